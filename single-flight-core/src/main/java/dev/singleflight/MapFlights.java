package dev.singleflight;

import java.util.Collection;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * The flights of a group in a map. Keys are compared while claiming and forgetting; a flight that lands is removed by
 * identity, so that no key's {@code equals} can keep it.
 */
final class MapFlights<V extends @Nullable Object> implements Flights<V> {

    private final ConcurrentHashMap<Object, Flight<V>> table = new ConcurrentHashMap<>();

    @Override
    public Flight<V> claim(Flight<V> mine) {
        Flight<V> there = table.putIfAbsent(mine, mine);
        return there == null ? mine : there;
    }

    @Override
    public @Nullable Flight<V> find(Object key) {
        return find(new Flight<>(key, null));
    }

    @Nullable
    Flight<V> find(Flight<V> equal) {
        return table.get(equal);
    }

    @Override
    public boolean holds(Flight<V> flight) {
        return table.containsKey(new Identity(flight));
    }

    @Override
    public boolean remove(Flight<V> flight) {
        return table.remove(new Identity(flight), flight);
    }

    @Override
    public Collection<Flight<V>> all() {
        return List.copyOf(table.values());
    }

    @Override
    public long size() {
        return table.mappingCount();
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
