package dev.singleflight.interceptor;

import dev.singleflight.SingleFlightGroup;
import java.time.Duration;
import org.aopalliance.intercept.MethodInvocation;
import org.jspecify.annotations.Nullable;

/** A call for one key. */
sealed interface SingleShape extends CallShape permits PlainShape, OpenShape, LaterShape {

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
}
