package dev.singleflight.interceptor;

import org.aopalliance.intercept.MethodInvocation;
import org.jspecify.annotations.Nullable;

/** Nothing happens before somebody subscribes to what the method returns; each subscription is a call of its own. */
sealed interface LaterShape extends SingleShape permits ReactiveShape {

    /** What the method returns: each subscription to it makes the call. */
    Object defer(MethodInvocation invocation, ReactiveCallers callers, SubscribedCall call);

    /** The same, for calls that emit no more elements than this. */
    LaterShape withMaxElements(int maxElements);

    /** A call that is made now. */
    @FunctionalInterface
    interface SubscribedCall {

        /** Gives what the method returns. */
        @Nullable
        Object by(Caller caller, MethodInvocation subscribed) throws Throwable;
    }
}
