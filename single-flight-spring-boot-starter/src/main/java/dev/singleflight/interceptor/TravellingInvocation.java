package dev.singleflight.interceptor;

import org.jspecify.annotations.Nullable;
import org.springframework.aop.ProxyMethodInvocation;
import org.springframework.aop.interceptor.ExposeInvocationInterceptor;
import org.springframework.core.task.TaskDecorator;

/**
 * A call that may run on another thread than its caller's. There it has what the caller's thread had when it called: itself as
 * the invocation that advice of AspectJ's kind asks for, the class loader, and what the decorator takes along. On its caller's
 * own thread, where a successor runs, it has all that anyway.
 */
@SuppressWarnings("NullAway") // that arguments, attributes and results may be null is said by Spring 7 alone
final class TravellingInvocation extends InvocationView {

    private final Luggage luggage;

    /** What belongs to this thread, which calls. */
    TravellingInvocation(ProxyMethodInvocation invocation, TaskDecorator decorator) {
        this(invocation, new Luggage(decorator));
    }

    private TravellingInvocation(ProxyMethodInvocation invocation, Luggage luggage) {
        super(invocation);
        this.luggage = luggage;
    }

    @Override
    public @Nullable Object proceed() throws Throwable {
        return Thread.currentThread() == luggage.caller ? invocation().proceed() : luggage.proceed(invocation());
    }

    @Override
    public TravellingInvocation invocableClone() {
        return new TravellingInvocation((ProxyMethodInvocation) invocation().invocableClone(), luggage);
    }

    @Override
    public TravellingInvocation invocableClone(@Nullable Object... arguments) {
        return new TravellingInvocation((ProxyMethodInvocation) invocation().invocableClone(arguments), luggage);
    }

    /**
     * What was taken from the caller's thread. A call begins on another thread at most once, so all that changes is confined to
     * that.
     */
    private static final class Luggage implements Runnable {

        private final Thread caller = Thread.currentThread();

        private final @Nullable ClassLoader loader = caller.getContextClassLoader();

        private final Runnable decorated;

        private @Nullable ProxyMethodInvocation invocation;

        private @Nullable Object result;

        private @Nullable Throwable failure;

        private Luggage(TaskDecorator decorator) {
            this.decorated = decorator.decorate(this);
        }

        private @Nullable Object proceed(ProxyMethodInvocation started) throws Throwable {
            Thread here = Thread.currentThread();
            ClassLoader before = here.getContextClassLoader();
            invocation = started;
            here.setContextClassLoader(loader);
            try {
                decorated.run();
            } finally {
                here.setContextClassLoader(before);
            }
            if (invocation != null) {
                throw new IllegalStateException("A TaskDecorator did not run " + started.getMethod()
                        + ". What it returns must run what it is given");
            }
            if (failure != null) {
                throw failure;
            }
            return result;
        }

        @Override
        public void run() {
            ProxyMethodInvocation started = invocation;
            invocation = null;
            try {
                result = ExposeInvocationInterceptor.INSTANCE.invoke(started);
            } catch (Throwable thrown) {
                failure = thrown;
            }
        }
    }
}
