package dev.singleflight;

import java.util.ArrayList;
import java.util.Collection;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.jspecify.annotations.Nullable;

/**
 * The flights of a group in slots, and in a map behind them. A call that finds its slot empty enters it with nothing but
 * its key, and leaves it so where nobody came meanwhile: two atomic steps, and not one object. The first flight that needs to
 * be one stands in the slot itself, and each one that finds others there in the map.
 *
 * <p>A flight in the map is counted in its slot from before it is put there until after it is taken out. So nobody takes the
 * slot while the map holds a flight of its keys, and one place decides about each key.
 */
final class SlotFlights<V extends @Nullable Object> implements Flights<V> {

    private static final int FEWEST = 64;

    private static final int MOST = 1_024;

    private static final int FOR_EACH_PROCESSOR = 16;

    /** Spreads hash codes that differ in a few bits over all slots: 2^32 through the golden ratio. */
    private static final int SPREAD = 0x9E3779B9;

    private final MapFlights<V> map = new MapFlights<>();

    /** Each is made when it is first asked for: most groups have few keys, and many are never called. */
    private final AtomicReferenceArray<@Nullable Slot<V>> slots;

    private final int shift;

    SlotFlights() {
        this(Math.max(
                FEWEST, Math.min(MOST, FOR_EACH_PROCESSOR * Runtime.getRuntime().availableProcessors())));
    }

    /** With so many slots, or the next power of two; two at least. */
    SlotFlights(int atLeast) {
        int bits = Math.max(1, Integer.SIZE - Integer.numberOfLeadingZeros(atLeast - 1));
        this.slots = new AtomicReferenceArray<>(1 << bits);
        this.shift = Integer.SIZE - bits;
    }

    /** Leads a flight of the key with nothing but the key; null where the slot is not empty. The caller leaves the slot. */
    @Nullable
    Slot<V> enter(Object key) {
        int hash = key.hashCode();
        Slot<V> slot = slot(hash);
        return slot.enter(key, hash) ? slot : null;
    }

    @Override
    public @Nullable Flight<V> find(Object key) {
        int hash = key.hashCode();
        Slot.Crowd<V> seen = slot(hash).look();
        if (seen == null) {
            return null;
        }
        Flight<V> first = seen.first();
        if (first != null && first.standsFor(key, hash)) {
            return first;
        }
        return seen.inMap() == 0 ? null : map.find(new Flight<>(key, hash, null));
    }

    @Override
    public Flight<V> claim(Flight<V> mine) {
        Slot<V> slot = slot(mine.hashCode());
        while (true) {
            Slot.Crowd<V> seen = slot.look();
            Flight<V> first = seen == null ? null : seen.first();
            if (first != null && first.standsFor(mine.key(), mine.hashCode())) {
                return first;
            }
            if (seen == null && slot.stand(mine)) {
                return mine;
            }
            if (seen != null && slot.board(seen)) {
                boolean stays = false;
                try {
                    Flight<V> claimed = map.claim(mine);
                    stays = mine.is(claimed);
                    return claimed;
                } finally {
                    if (!stays) { // another was there, or the key threw when it was compared
                        slot.alight();
                    }
                }
            }
        }
    }

    @Override
    public boolean holds(Flight<V> flight) {
        if (flight instanceof MetFlight<V> met) {
            return met.isJoinable() && met.slot().holds(met);
        }
        return slot(flight.hashCode()).holds(flight) || map.holds(flight);
    }

    @Override
    public boolean remove(Flight<V> flight) {
        if (flight instanceof MetFlight<V> met) {
            return met.forget() || (met.isJoinable() && met.slot().drop(met));
        }
        Slot<V> slot = slot(flight.hashCode());
        if (slot.drop(flight)) {
            return true;
        }
        boolean removed = map.remove(flight);
        if (removed) {
            slot.alight();
        }
        return removed;
    }

    @Override
    public Collection<Flight<V>> all() {
        Collection<Flight<V>> all = new ArrayList<>(map.all());
        for (int i = 0; i < slots.length(); i++) {
            Slot<V> slot = slots.get(i);
            Slot.Crowd<V> crowd = slot == null ? null : slot.look();
            Flight<V> standing = crowd == null ? null : crowd.standing();
            if (standing != null) {
                all.add(standing);
            }
        }
        return all;
    }

    @Override
    public long size() {
        long size = map.size();
        for (int i = 0; i < slots.length(); i++) {
            Slot<V> slot = slots.get(i);
            size += slot == null ? 0 : slot.size();
        }
        return size;
    }

    private Slot<V> slot(int hash) {
        int index = (hash * SPREAD) >>> shift;
        Slot<V> slot = slots.get(index);
        return slot == null ? newSlot(index) : slot;
    }

    private Slot<V> newSlot(int index) {
        Slot<V> made = new PaddedSlot<>();
        Slot<V> there = slots.compareAndExchange(index, null, made);
        return there == null ? made : there;
    }

    /** Keeps the slots of two threads off each other's cache line. */
    @SuppressWarnings("unused") // the fields are there to take room
    private static final class PaddedSlot<V extends @Nullable Object> extends Slot<V> {
        long p01, p02, p03, p04, p05, p06, p07, p08, p09, p10, p11, p12, p13;
    }
}
