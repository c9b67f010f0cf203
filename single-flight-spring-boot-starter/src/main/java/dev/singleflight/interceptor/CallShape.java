package dev.singleflight.interceptor;

import dev.singleflight.SingleFlightGroup;
import org.aopalliance.intercept.MethodInvocation;
import org.jspecify.annotations.Nullable;

/** How calls of one kind of method go through a group. */
sealed interface CallShape permits SingleShape, BatchShape {

    /** Runs the call outside any flight. */
    @Nullable
    Object bypass(SingleFlightGroup<Object, @Nullable Object> group, MethodInvocation invocation) throws Throwable;
}
