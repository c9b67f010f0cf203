package dev.singleflight;

import java.util.Collection;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Never more flights than a bound. Coming and going is one step each, under a lock: counted apart from the table, a caller
 * could find the group full because of the very flight of its key that is just leaving.
 */
final class BoundedFlights<V extends @Nullable Object> implements Flights<V> {

    private final MapFlights<V> flights = new MapFlights<>();

    private final ReentrantLock lock = new ReentrantLock();

    private final int bound;

    BoundedFlights(int bound) {
        this.bound = bound;
    }

    @Override
    public @Nullable Flight<V> claim(Flight<V> mine) {
        Flight<V> there = flights.find(mine);
        return there != null ? there : locked(() -> flights.size() < bound ? flights.claim(mine) : flights.find(mine));
    }

    @Override
    public @Nullable Flight<V> find(Object key) {
        return flights.find(key);
    }

    @Override
    public boolean holds(Flight<V> flight) {
        return flights.holds(flight);
    }

    @Override
    public boolean remove(Flight<V> flight) {
        return locked(() -> flights.remove(flight));
    }

    /** As they stand at one instant: no more than the bound. */
    @Override
    public Collection<Flight<V>> all() {
        return locked(flights::all);
    }

    @Override
    public long size() {
        return flights.size();
    }

    private <R extends @Nullable Object> R locked(Supplier<R> step) {
        lock.lock();
        try {
            return step.get();
        } finally {
            lock.unlock();
        }
    }
}
