package dev.singleflight;

import java.time.Duration;

/** The caller's wait timeout ended before the flight did. The flight goes on, for its other callers and for the next. */
public final class FlightTimeoutException extends SingleFlightException {

    private static final long serialVersionUID = 1L;

    /**
     * A caller's patience has ended.
     *
     * @param group the group's name
     * @param key the key that was asked for
     * @param waitTimeout how long the caller was to wait
     */
    public FlightTimeoutException(String group, Object key, Duration waitTimeout) {
        super(
                "No outcome of group '" + group + "' within the wait timeout of " + waitTimeout
                        + ". The flight goes on without this caller; raise the wait timeout if the call may take longer",
                group,
                key,
                null);
    }
}
