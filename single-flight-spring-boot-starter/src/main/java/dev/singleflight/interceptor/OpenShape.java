package dev.singleflight.interceptor;

import dev.singleflight.SingleFlightGroup;
import java.lang.reflect.AccessibleObject;
import java.lang.reflect.Method;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import org.aopalliance.intercept.MethodInvocation;
import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import org.jspecify.annotations.Nullable;

/**
 * Each value tells whether it can be shared, for the declared type does not. Where it cannot, it is its leader's: a
 * follower leaves it untouched and runs the call for itself. That is reported once.
 */
@SuppressWarnings("FutureReturnValueIgnored") // every end goes to the caller's handle, which the advised method returns
final class OpenShape implements CallShape {

    private static final Log LOGGER = LogFactory.getLog(OpenShape.class);

    private final PlainShape shape;

    private final Declaration declaration;

    private final AtomicBoolean reported = new AtomicBoolean();

    OpenShape(PlainShape shape, Declaration declaration) {
        this.shape = shape;
        this.declaration = declaration;
    }

    @Override
    public @Nullable Object call(
            SingleFlightGroup<Object, @Nullable Object> group,
            Object key,
            @Nullable Duration waitTimeout,
            MethodInvocation invocation)
            throws Throwable {
        OwnRun own = new OwnRun(invocation);
        Object result = shape.call(group, key, waitTimeout, own);
        if (shape == PlainShape.FUTURE && result instanceof CompletableFuture<?> joined) {
            return sorted(joined, own, group);
        }
        return suits(result, own) ? result : shape.bypass(group, invocation);
    }

    @Override
    public @Nullable Object bypass(SingleFlightGroup<Object, @Nullable Object> group, MethodInvocation invocation)
            throws Throwable {
        return shape.bypass(group, invocation);
    }

    /** A future that ends as the joined one does, or, where its value does not suit, as a run of this caller's own. */
    private CompletableFuture<@Nullable Object> sorted(
            CompletableFuture<?> joined, OwnRun own, SingleFlightGroup<Object, @Nullable Object> group) {
        CompletableFuture<@Nullable Object> handle = new CompletableFuture<>();
        joined.whenComplete((value, failure) -> {
            try {
                if (failure != null || suits(value, own)) {
                    end(handle, value, failure);
                } else {
                    group.bypassAsync(() -> PlainShape.stage(own.invocation))
                            .whenComplete((ownValue, ownFailure) -> end(handle, ownValue, ownFailure));
                }
            } catch (Throwable thrown) { // a log that fails must not leave the handle open
                handle.completeExceptionally(thrown);
            }
        });
        // Whoever ends the handle leaves the flight. Where that has landed, it has no effect.
        handle.whenComplete((value, failure) -> joined.cancel(true));
        return handle;
    }

    private static void end(
            CompletableFuture<@Nullable Object> handle, @Nullable Object value, @Nullable Throwable failure) {
        if (failure == null) {
            handle.complete(value);
        } else {
            handle.completeExceptionally(failure);
        }
    }

    /** Whether the caller may have the value: others may have it, too, or it comes from the caller's own run. */
    private boolean suits(@Nullable Object value, OwnRun own) {
        Object unshareable = Unshareable.in(value);
        if (unshareable == null) {
            return true;
        }
        report(unshareable.getClass());
        return own.begun;
    }

    private void report(Class<?> type) {
        Unshareable found = Unshareable.of(type);
        if (found != null && !reported.getPlain() && reported.compareAndSet(false, true)) {
            LOGGER.warn(declaration + " returned a " + type.getName()
                    + ", which callers cannot share: each of them runs the call for itself. " + found.instead());
        }
    }

    /** A call that knows whether it was run, by the thread of its caller or another. */
    private static final class OwnRun implements MethodInvocation {

        private final MethodInvocation invocation;

        private volatile boolean begun; // by the one thread that runs it

        private OwnRun(MethodInvocation invocation) {
            this.invocation = invocation;
        }

        @Override
        public @Nullable Object proceed() throws Throwable {
            begun = true;
            return invocation.proceed();
        }

        @Override
        public Method getMethod() {
            return invocation.getMethod();
        }

        @Override
        @SuppressWarnings("NullAway") // that an argument may be null is said by Spring 7 alone
        public @Nullable Object[] getArguments() {
            return invocation.getArguments();
        }

        @Override
        public @Nullable Object getThis() {
            return invocation.getThis();
        }

        @Override
        public AccessibleObject getStaticPart() {
            return invocation.getStaticPart();
        }
    }
}
