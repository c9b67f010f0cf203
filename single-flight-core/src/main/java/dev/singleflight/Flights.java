package dev.singleflight;

import java.util.Collection;
import org.jspecify.annotations.Nullable;

/** The joinable flights of a group, at most one a key. */
sealed interface Flights<V extends @Nullable Object> permits MapFlights, BoundedFlights, SlotFlights {

    /** Names the table where the default is not wanted: {@code map} or {@code slots}. */
    String TABLE = "dev.singleflight.table";

    /** Slots are for groups whose leaders need nothing but their key. */
    static <V extends @Nullable Object> Flights<V> of(GroupConfig config) {
        if (config.maxFlights() != GroupConfig.UNLIMITED) {
            return new BoundedFlights<>(config.maxFlights());
        }
        boolean valuesStay = !config.reuseFor().isZero() || !config.staleFor().isZero();
        return valuesStay || config.executor() != null || "map".equals(System.getProperty(TABLE))
                ? new MapFlights<>()
                : new SlotFlights<>();
    }

    /** The flight that now stands for the key: this one, the one that was there, or null where the group is full. */
    @Nullable
    Flight<V> claim(Flight<V> mine);

    /** The flight that stands for the key; null where there is none. */
    @Nullable
    Flight<V> find(Object key);

    /** Whether this very flight stands there. */
    boolean holds(Flight<V> flight);

    /** Takes out this very flight; false where it stands there no longer. */
    boolean remove(Flight<V> flight);

    /** Takes out the key's flight; false where there is none. */
    default boolean removeKey(Object key) {
        Flight<V> there = find(key);
        return there != null && remove(there);
    }

    /** Those that stand there, each of them for the whole time of this call or for a part of it. */
    Collection<Flight<V>> all();

    long size();
}
