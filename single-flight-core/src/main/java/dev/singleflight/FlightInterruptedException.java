package dev.singleflight;

/**
 * The caller's thread was interrupted while it waited, or before. Its interrupt flag is set; the flight goes on for the
 * others.
 */
public final class FlightInterruptedException extends SingleFlightException {

    private static final long serialVersionUID = 1L;

    /**
     * A caller was interrupted.
     *
     * @param group the group's name
     * @param key the key that was asked for
     */
    public FlightInterruptedException(String group, Object key) {
        super(
                "Interrupted while waiting for a flight of group '" + group
                        + "'. The flight goes on without this caller, whose interrupt flag is set",
                group,
                key,
                null);
    }
}
