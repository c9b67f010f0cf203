package dev.singleflight;

import java.util.Collection;
import java.util.Collections;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * The joinable flights of a group, at most one a key, and never more than the bound. Keys are compared while claiming
 * and forgetting; a flight that lands is removed by identity, so that no key's {@code equals} can keep it.
 *
 * <p>Under a bound, coming and going is one step each, under a lock: counted apart from the table, a caller could find the
 * group full because of the very flight of its key that is just leaving.
 */
final class Flights<V extends @Nullable Object> {

    private final ConcurrentHashMap<Object, Flight<V>> table = new ConcurrentHashMap<>();

    private final int bound;

    /** Null where there is no bound. */
    private final @Nullable ReentrantLock lock;

    Flights(int bound) {
        this.bound = bound;
        this.lock = bound == GroupConfig.UNLIMITED ? null : new ReentrantLock();
    }

    /** The flight that now stands for the key: this one, the one that was there, or null where the group is full. */
    @Nullable
    Flight<V> claim(Flight<V> mine) {
        Flight<V> there = lock == null ? table.putIfAbsent(mine, mine) : table.get(mine);
        if (there != null) {
            return there;
        }
        return lock == null ? mine : claim(mine, lock);
    }

    /** Whether this very flight stands there. */
    boolean holds(Flight<V> flight) {
        return table.containsKey(new Identity(flight));
    }

    /** Takes out this very flight; false where it stands there no longer. */
    boolean remove(Flight<V> flight) {
        return remove(new Identity(flight), flight);
    }

    /** Takes out the key's flight; false where there is none. */
    boolean removeKey(Object key) {
        Flight<V> probe = new Flight<>(key, null);
        Flight<V> there = table.get(probe);
        return there != null && remove(there);
    }

    /** A live view. */
    Collection<Flight<V>> all() {
        return Collections.unmodifiableCollection(table.values());
    }

    long size() {
        return table.mappingCount();
    }

    private @Nullable Flight<V> claim(Flight<V> mine, ReentrantLock lock) {
        lock.lock();
        try {
            Flight<V> there = table.get(mine);
            if (there != null || table.size() >= bound) {
                return there;
            }
            table.put(mine, mine);
            return mine;
        } finally {
            lock.unlock();
        }
    }

    private boolean remove(Identity identity, Flight<V> flight) {
        if (lock == null) {
            return table.remove(identity, flight);
        }
        lock.lock();
        try {
            return table.remove(identity, flight);
        } finally {
            lock.unlock();
        }
    }

    /** Equal to one flight alone, found where that flight is. */
    private record Identity(Flight<?> flight) {

        @Override
        public boolean equals(@Nullable Object other) {
            return other == flight;
        }

        @Override
        public int hashCode() {
            return flight.hashCode();
        }
    }
}
