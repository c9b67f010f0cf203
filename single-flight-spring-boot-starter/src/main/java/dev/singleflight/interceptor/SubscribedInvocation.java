package dev.singleflight.interceptor;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;
import org.springframework.aop.ProxyMethodInvocation;
import org.springframework.aop.interceptor.ExposeInvocationInterceptor;

/**
 * A call as one subscription makes it, after the call itself has returned: advice of AspectJ's kind that stands inside finds
 * it on the thread all the same. A suspending function's arguments are those that its author wrote.
 */
@SuppressWarnings("NullAway") // that arguments may be null is said by Spring 7 alone
final class SubscribedInvocation extends InvocationView {

    private final boolean suspending;

    private SubscribedInvocation(ProxyMethodInvocation invocation, boolean suspending) {
        super(invocation);
        this.suspending = suspending;
    }

    /** The call, for one that proceeds with it or not at all. */
    static SubscribedInvocation of(ProxyMethodInvocation invocation, LaterType type) {
        return new SubscribedInvocation(invocation, type.suspending());
    }

    @Override
    public @Nullable Object proceed() throws Throwable {
        return ExposeInvocationInterceptor.INSTANCE.invoke(invocation());
    }

    @Override
    public @Nullable Object[] getArguments() {
        @Nullable Object[] all = invocation().getArguments();
        return suspending ? Arrays.copyOf(all, all.length - 1) : all;
    }

    @Override
    public SubscribedInvocation invocableClone() {
        return new SubscribedInvocation((ProxyMethodInvocation) invocation().invocableClone(), suspending);
    }

    @Override
    public SubscribedInvocation invocableClone(@Nullable Object... arguments) {
        throw new UnsupportedOperationException("Only a batch proceeds with other arguments, and none is reactive");
    }
}
