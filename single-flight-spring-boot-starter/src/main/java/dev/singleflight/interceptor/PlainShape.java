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
        public @Nullable Object call(
                SingleFlightGroup<Object, @Nullable Object> group,
                Object key,
                @Nullable Duration waitTimeout,
                MethodInvocation invocation)
                throws Throwable {
            FlightCall<@Nullable Object, Exception> call = () -> proceed(invocation);
            return waitTimeout == null ? group.execute(key, call) : group.execute(key, waitTimeout, call);
        }

        @Override
        public @Nullable Object bypass(SingleFlightGroup<Object, @Nullable Object> group, MethodInvocation invocation)
                throws Throwable {
            return group.bypass(() -> proceed(invocation));
        }
    },

    /** A future: nobody waits. */
    FUTURE {
        @Override
        public CompletableFuture<@Nullable Object> call(
                SingleFlightGroup<Object, @Nullable Object> group,
                Object key,
                @Nullable Duration waitTimeout,
                MethodInvocation invocation) {
            Supplier<CompletionStage<?>> call = () -> stage(invocation);
            return waitTimeout == null ? group.executeAsync(key, call) : group.executeAsync(key, waitTimeout, call);
        }

        @Override
        public CompletableFuture<@Nullable Object> bypass(
                SingleFlightGroup<Object, @Nullable Object> group, MethodInvocation invocation) {
            return group.bypassAsync(() -> stage(invocation));
        }
    };

    /**
     * Proceeds with another invocation than the thread's: advice of AspectJ's kind that stands inside asks the thread which it
     * is in.
     */
    @SuppressWarnings({
        "unchecked", // as in proceed
        "NullAway"
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
    private static <X extends Throwable> Object proceed(MethodInvocation invocation) throws X {
        try {
            return invocation.proceed();
        } catch (Throwable thrown) {
            throw (X) thrown;
        }
    }

    static CompletionStage<?> stage(MethodInvocation invocation) {
        return (CompletionStage<?>) PlainShape.<RuntimeException>proceed(invocation);
    }
}
