package dev.singleflight.interceptor;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * What {@code @SingleFlight} on a method of a class comes to. Resolved once.
 *
 * @param group the group's name
 * @param key makes the user's part of the key; of a batch each element of its argument is one
 * @param condition where it is not true the call bypasses; null where every call may share
 * @param waitTimeout the annotation's; null where it has none
 * @param shape how the calls go through the group
 * @param copied whether each caller gets a shallow copy
 */
record SingleFlightOperation(
        String group,
        CallKey key,
        @Nullable CallExpression condition,
        @Nullable Duration waitTimeout,
        CallShape shape,
        boolean copied) {}
