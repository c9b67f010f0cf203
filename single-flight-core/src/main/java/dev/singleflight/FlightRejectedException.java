package dev.singleflight;

/** The group refused the call before anything ran. */
public final class FlightRejectedException extends SingleFlightException {

    private static final long serialVersionUID = 1L;

    /** Why a call was refused. */
    public enum Reason {
        /** The key is in flight, and the group does not let a second caller join. */
        DUPLICATE("its key is in flight and duplicates are rejected. Try again when that flight has landed"),
        /** As many keys are in flight as the group allows. */
        MAX_FLIGHTS("maxFlights keys are in flight. Try again later, raise the bound, or let the overflow bypass"),
        /** As many callers follow the key's flight as the group allows. */
        MAX_FOLLOWERS(
                "its flight has maxFollowers followers. Try again later, raise the bound, or let the overflow bypass");

        private final String explanation;

        Reason(String explanation) {
            this.explanation = explanation;
        }
    }

    /** Why. */
    private final Reason reason;

    /**
     * A call was refused.
     *
     * @param group the group's name
     * @param key the key that was asked for
     * @param reason why
     */
    public FlightRejectedException(String group, Object key, Reason reason) {
        super("Group '" + group + "' rejected a call: " + reason.explanation, group, key, null);
        this.reason = reason;
    }

    /**
     * Why the call was refused.
     *
     * @return the reason
     */
    public Reason reason() {
        return reason;
    }
}
