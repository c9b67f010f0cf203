package dev.singleflight;

import org.jspecify.annotations.Nullable;

/**
 * A group that spans several JVMs could not reach what it needs to agree with the others, and is configured not to run
 * the call without. Groups made by {@link SingleFlightGroup#create(String)} need nothing and never throw it.
 */
public final class FlightUnavailableException extends SingleFlightException {

    private static final long serialVersionUID = 1L;

    /**
     * The others could not be asked.
     *
     * @param group the group's name
     * @param key the key that was asked for
     * @param what what could not be reached, as a noun
     * @param cause why, or null
     */
    public FlightUnavailableException(String group, Object key, String what, @Nullable Throwable cause) {
        super(
                "Group '" + group + "' could not reach " + what
                        + ". Nothing was run; let the group run calls locally while it is away if that is acceptable",
                group,
                key,
                cause);
    }
}
