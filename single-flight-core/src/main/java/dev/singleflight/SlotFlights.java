package dev.singleflight;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The flights of a group in slots, and in a map behind them. A call that finds its slot empty enters it with nothing but
 * its key, and leaves it so where nobody came meanwhile: two atomic steps, and not one object. Where others are there, in
 * the slot or on their way to it, it is a flight in the map.
 *
 * <p>A flight has its place in the slot from before it is put into the map until after it is taken out. So nobody enters
 * while the map holds a flight of the slot's keys, and one place decides about each key.
 */
final class SlotFlights<V extends @Nullable Object> implements Flights<V> {

    private static final int FEWEST = 64;

    private static final int MOST = 1_024;

    private static final int FOR_EACH_PROCESSOR = 16;

    /** Spreads hash codes that differ in a few bits over all slots: 2^32 through the golden ratio. */
    private static final int SPREAD = 0x9E3779B9;

    private static final VarHandle SLOTS = slotsHandle();

    private final MapFlights<V> map = new MapFlights<>();

    private final int bits;

    private volatile Slot<V> @Nullable [] slots; // there with the first call: many groups are never called

    SlotFlights() {
        this(Math.max(
                FEWEST, Math.min(MOST, FOR_EACH_PROCESSOR * Runtime.getRuntime().availableProcessors())));
    }

    /** With so many slots, or the next power of two. */
    SlotFlights(int atLeast) {
        bits = Math.max(1, Integer.SIZE - Integer.numberOfLeadingZeros(atLeast - 1));
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
        return first != null && first.standsFor(key, hash)
                ? first
                : seen.inMap() == 0 ? null : map.find(new Flight<>(key, hash, null));
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
                Flight<V> claimed = map.claim(mine);
                if (!mine.is(claimed)) {
                    slot.alight();
                }
                return claimed;
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
        List<Flight<V>> all = new ArrayList<>(map.all());
        for (Slot<V> slot : slots()) {
            Slot.Crowd<V> crowd = slot.look();
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
        for (Slot<V> slot : slots()) {
            size += slot.size();
        }
        return size;
    }

    private Slot<V> slot(int hash) {
        return slots()[(hash * SPREAD) >>> (Integer.SIZE - bits)];
    }

    private Slot<V>[] slots() {
        Slot<V>[] there = slots;
        return there == null ? firstSlots() : there;
    }

    @SuppressWarnings({"unchecked", "rawtypes"}) // an array has no type arguments
    private Slot<V>[] firstSlots() {
        Slot<V>[] made = new Slot[1 << bits];
        Arrays.setAll(made, i -> new PaddedSlot<>());
        Slot<V>[] there = (Slot<V>[]) SLOTS.compareAndExchange(this, null, made);
        return there == null ? made : there;
    }

    private static VarHandle slotsHandle() {
        try {
            return MethodHandles.lookup().findVarHandle(SlotFlights.class, "slots", Slot[].class);
        } catch (ReflectiveOperationException missing) {
            throw new ExceptionInInitializerError(missing);
        }
    }

    /** Keeps the slots of two threads off each other's cache line. */
    @SuppressWarnings("unused") // the fields are there to take room
    private static final class PaddedSlot<V extends @Nullable Object> extends Slot<V> {
        long p01, p02, p03, p04, p05, p06, p07, p08, p09, p10, p11, p12, p13;
    }
}
