package dev.singleflight;

import dev.singleflight.Reusables.Kept;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What values a group keeps of flights that have landed, in step with its table of flights. */
final class Values<V extends @Nullable Object> {

    private final Flights<V> flights;

    private final Watch watch;

    /** Null where no value outlives its flight. */
    private final @Nullable Reusables<V> reusables;

    Values(GroupConfig config, Flights<V> flights, Watch watch) {
        this.flights = flights;
        this.watch = watch;
        this.reusables = Reusables.of(config);
    }

    /** Whether values of flights that have landed answer later calls. */
    boolean areKept() {
        return reusables != null;
    }

    /** The value that still answers calls for the key; null where there is none. */
    @Nullable
    Outcome<V> fresh(Object key) {
        return reusables == null ? null : reusables.fresh(key);
    }

    /** What answers where a call fails or its caller's patience ends; null where there is nothing. */
    @Nullable
    Outcome<V> stale(Object key) {
        Outcome<V> stale = reusables == null ? null : reusables.stale(key);
        if (stale != null) {
            watch.stale();
        }
        return stale;
    }

    /** Takes the flight out of the group, and keeps its value where it was still there. */
    void takeOut(Flight<V> flight, Outcome<V> outcome) {
        Kept<V> kept = null;
        if (reusables != null
                && outcome.failure() == null
                && flights.holds(flight)) { // else a newer value may stand there
            kept = reusables.put(flight.key(), outcome.value());
        }
        boolean removed = flights.remove(flight);
        if (kept != null && removed) {
            kept.validate();
        } else if (kept != null && reusables != null) {
            reusables.drop(flight.key(), kept);
        }
    }

    /**
     * Drops the key's value; false where there is none that could have answered. After its flight was taken out, and again
     * before a flight that was claimed in between: it may be about to land with that value.
     */
    boolean forget(Object key) {
        if (reusables == null) {
            return false;
        }
        boolean forgotten = reusables.forget(key);
        flights.removeKey(key);
        return forgotten;
    }

    /** The keys of which values are kept: a live view. */
    Iterable<Object> keys() {
        return reusables == null ? List.of() : reusables.keys();
    }
}
