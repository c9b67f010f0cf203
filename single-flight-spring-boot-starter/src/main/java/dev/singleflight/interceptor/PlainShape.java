package dev.singleflight.interceptor;

import dev.singleflight.FlightCall;
import dev.singleflight.SingleFlightGroup;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;
import org.aopalliance.intercept.MethodInvocation;
import org.jspecify.annotations.Nullable;
import org.springframework.aop.interceptor.ExposeInvocationInterceptor;

/** Whatever the call returns is shared: its declared type says that it can be. */
enum PlainShape implements SingleShape {

    /** A value, or nothing: the caller's thread waits. */
    BLOCKING {
        @Override
        @Nullable
        Object call(
                SingleFlightGroup<Object, @Nullable Object> group,
                Object key,
                @Nullable Duration waitTimeout,
                MethodCall call)
                throws Throwable {
            return waitTimeout == null ? group.execute(key, call) : group.execute(key, waitTimeout, call);
        }

        @Override
        @Nullable
        Object bypass(SingleFlightGroup<Object, @Nullable Object> group, MethodCall call) throws Throwable {
            return group.bypass(call);
        }
    },

    /** A future: nobody waits. */
    FUTURE {
        @Override
        CompletableFuture<@Nullable Object> call(
                SingleFlightGroup<Object, @Nullable Object> group,
                Object key,
                @Nullable Duration waitTimeout,
                MethodCall call) {
            return waitTimeout == null ? group.executeAsync(key, call) : group.executeAsync(key, waitTimeout, call);
        }

        @Override
        CompletableFuture<@Nullable Object> bypass(SingleFlightGroup<Object, @Nullable Object> group, MethodCall call) {
            return group.bypassAsync(call);
        }
    };

    abstract @Nullable Object call(
            SingleFlightGroup<Object, @Nullable Object> group,
            Object key,
            @Nullable Duration waitTimeout,
            MethodCall call)
            throws Throwable;

    abstract @Nullable Object bypass(SingleFlightGroup<Object, @Nullable Object> group, MethodCall call)
            throws Throwable;

    @Override
    public @Nullable Object call(
            SingleFlightGroup<Object, @Nullable Object> group,
            Object key,
            @Nullable Duration waitTimeout,
            MethodInvocation invocation)
            throws Throwable {
        return call(group, key, waitTimeout, new MethodCall(invocation));
    }

    @Override
    public @Nullable Object bypass(SingleFlightGroup<Object, @Nullable Object> group, MethodInvocation invocation)
            throws Throwable {
        return bypass(group, new MethodCall(invocation));
    }

    /**
     * Proceeds with another invocation than the thread's: advice of AspectJ's kind that stands inside asks the thread which it
     * is in.
     */
    @SuppressWarnings({
        "unchecked", // whatever the method throws leaves as it is
        "NullAway" // null is a value like any other, which the analysis cannot say of a type variable
    })
    static <X extends Throwable> Object proceedExposed(MethodInvocation invocation) throws X {
        try {
            return ExposeInvocationInterceptor.INSTANCE.invoke(invocation);
        } catch (Throwable thrown) {
            throw (X) thrown;
        }
    }

    @SuppressWarnings({
        "unchecked", // whatever the method throws leaves as it is
        "NullAway" // null is a value like any other, which the analysis cannot say of a lambda
    })
    static <X extends Throwable> Object proceed(MethodInvocation invocation) throws X {
        try {
            return invocation.proceed();
        } catch (Throwable thrown) {
            throw (X) thrown;
        }
    }

    /** A call of the method, as groups take it: blocking, or with a future. */
    static class MethodCall implements FlightCall<@Nullable Object, Exception>, Supplier<CompletionStage<?>> {

        private final MethodInvocation invocation;

        MethodCall(MethodInvocation invocation) {
            this.invocation = invocation;
        }

        @Override
        @SuppressWarnings("NullAway") // null is a value like any other
        public @Nullable Object call() {
            return PlainShape.<RuntimeException>proceed(invocation);
        }

        @Override
        public CompletionStage<?> get() {
            return (CompletionStage<?>) PlainShape.<RuntimeException>proceed(invocation);
        }
    }
}
