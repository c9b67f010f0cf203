package dev.singleflight.interceptor;

import dev.singleflight.SingleFlightGroup;
import java.time.Duration;
import org.aopalliance.intercept.MethodInvocation;
import org.jspecify.annotations.Nullable;

/** How calls of one kind of return type go through a group. */
sealed interface CallShape permits PlainShape, OpenShape {

    /**
     * Runs the call, or joins the key's flight.
     *
     * @param waitTimeout null for the group's own
     */
    @Nullable
    Object call(
            SingleFlightGroup<Object, @Nullable Object> group,
            Object key,
            @Nullable Duration waitTimeout,
            MethodInvocation invocation)
            throws Throwable;

    /** Runs the call outside any flight. */
    @Nullable
    Object bypass(SingleFlightGroup<Object, @Nullable Object> group, MethodInvocation invocation) throws Throwable;
}
