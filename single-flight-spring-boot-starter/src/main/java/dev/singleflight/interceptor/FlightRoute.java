package dev.singleflight.interceptor;

import dev.singleflight.SingleFlightGroup;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicBoolean;
import org.aopalliance.intercept.MethodInvocation;
import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import org.jspecify.annotations.Nullable;
import org.springframework.aop.ProxyMethodInvocation;
import org.springframework.core.task.TaskDecorator;

/**
 * An operation with its group.
 *
 * @param shape the operation's, as the configuration has it
 * @param waitTimeout null where it is the group's own
 * @param travel what takes a caller's context along to other threads; null where calls run on their callers' own
 */
record FlightRoute(
        SingleFlightOperation operation,
        CallShape shape,
        SingleFlightGroup<Object, @Nullable Object> group,
        TargetKey.Targets targets,
        @Nullable Duration waitTimeout,
        boolean joinsInTransaction,
        @Nullable TaskDecorator travel,
        AtomicBoolean reported) {

    private static final Log LOGGER = LogFactory.getLog(FlightRoute.class);

    /** The call as it may be run: by its caller, or on another thread. */
    MethodInvocation run(MethodInvocation invocation) {
        return travel == null ? invocation : new TravellingInvocation((ProxyMethodInvocation) invocation, travel);
    }

    void reportTransaction(MethodInvocation invocation) {
        if (!reported.getPlain() && reported.compareAndSet(false, true)) {
            LOGGER.warn(Declaration.of(
                            invocation.getMethod(),
                            SingleFlightInterceptor.target(invocation).getClass())
                    + " was called within a transaction that may write. Such callers run alone: others must not get"
                    + " what may yet be rolled back, and they must see their own writes. Call it outside of the"
                    + " transaction, make that read-only, or set single-flight.in-transaction to join.");
        }
    }
}
