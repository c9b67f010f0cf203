package dev.singleflight.interceptor;

import dev.singleflight.SingleFlightGroup;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.aopalliance.intercept.MethodInvocation;
import org.jspecify.annotations.Nullable;

/**
 * Each value tells whether it can be shared, for the declared type does not. Where it cannot, it is its leader's: a
 * follower leaves it untouched and runs the call for itself. That is reported once.
 */
@SuppressWarnings("FutureReturnValueIgnored") // every end goes to the caller's handle, which the advised method returns
final class OpenShape implements SingleShape {

    private final PlainShape shape;

    private final OpenValues values;

    OpenShape(PlainShape shape, OpenValues values) {
        this.shape = shape;
        this.values = values;
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
        return values.suits(result, own.begun) ? result : shape.bypass(group, invocation);
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
                if (failure != null || values.suits(value, own.begun)) {
                    end(handle, value, failure);
                } else {
                    group.bypassAsync(own).whenComplete((ownValue, ownFailure) -> end(handle, ownValue, ownFailure));
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

    /** A call that knows whether it was run, by the thread of its caller or another. */
    private static final class OwnRun extends PlainShape.MethodCall {

        private volatile boolean begun; // by the one thread that runs it

        private OwnRun(MethodInvocation invocation) {
            super(invocation);
        }

        @Override
        @SuppressWarnings("NullAway") // null is a value like any other
        public @Nullable Object call() {
            begun = true;
            return super.call();
        }

        @Override
        public CompletionStage<?> get() {
            begun = true;
            return super.get();
        }
    }
}
