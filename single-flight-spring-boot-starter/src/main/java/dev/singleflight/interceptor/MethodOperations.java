package dev.singleflight.interceptor;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * All that the annotations on a method of a class come to.
 *
 * @param flight null where there is no {@code @SingleFlight}
 * @param forgets empty where there is no {@code @SingleFlightForget}
 * @param future whether the method returns a future
 * @param later what it returns, where its run begins when somebody subscribes; null where it has run on return
 */
record MethodOperations(
        @Nullable SingleFlightOperation flight,
        List<ForgetOperation> forgets,
        boolean future,
        @Nullable LaterType later) {

    static final MethodOperations NONE = new MethodOperations(null, List.of(), false, null);

    boolean isEmpty() {
        return flight == null && forgets.isEmpty();
    }
}
