package dev.singleflight;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * One of the places of {@link SlotFlights}, for all the keys whose hash codes lead to it.
 *
 * <pre>
 * state:   null ──enter──▶ key ──leave──▶ null                    a flight that nobody met: nothing but its key
 *                           └──somebody comes──▶ Crowd(met)       it is a flight like any other now
 *          null ──stand──▶ Crowd(flight)                          the first flight, until it is dropped
 *          Crowd ──board──▶ one more in the map ──alight──▶ Crowd, or null where nobody is left
 *
 * field    written by                                             read by         mode
 * state    all                                                    all             CAS
 * owner    who entered: its thread before its call begins,        callers of the  release, acquire
 *          null before it leaves                                  slot's keys
 * hash     who entered, before the owner                          callers of the  plain, after the owner
 *                                                                 slot's keys
 * </pre>
 *
 * <p>At most one who entered is in the slot: who enters finds it empty, and it is not empty again before he has left. So
 * owner and hash are those of the one flight that was entered here, and an owner that is seen while that flight is here is
 * its leader. He alone takes it out: one that is forgotten stays until then, and only is joined no longer.
 *
 * <p>The key object says nothing about the flight: the same one may be in the slot again for another flight. A flight that
 * is made of it at that moment is as good for the one as for the other, for it takes everything else from the slot.
 */
class Slot<V extends @Nullable Object> {

    private static final VarHandle STATE = handle("state", Object.class);

    private static final VarHandle OWNER = handle("owner", Thread.class);

    private volatile @Nullable Object state;

    @SuppressWarnings("unused") // read and written by its handle alone
    private @Nullable Thread owner;

    private int hash;

    /** Puts a flight of this thread there, as nothing but its key; false where it is not empty. */
    final boolean enter(Object key, int keyHash) {
        if (state != null || !STATE.compareAndSet(this, null, key)) {
            return false;
        }
        hash = keyHash;
        OWNER.setRelease(this, Thread.currentThread());
        return true;
    }

    /** By who entered: takes his flight out; false where somebody met it, and it is to {@linkplain #settle settle}. */
    final boolean leave(Object key) {
        OWNER.setRelease(this, null);
        return STATE.compareAndSet(this, key, null);
    }

    /** By who entered, and could not leave: his flight, from now on one like any other. */
    final MetFlight<V> settle() {
        if (!(crowd(state).first() instanceof MetFlight<V> met)) {
            throw new IllegalStateException("The flight that entered its slot is gone: somebody else has taken it out");
        }
        if (!met.settle()) {
            drop(met);
        }
        return met;
    }

    /** The leader of the flight that was entered; null while it does not run its call. */
    @Nullable
    final Thread owner() {
        return (Thread) OWNER.getAcquire(this);
    }

    /** The hash code of the key that was entered; right after an {@link #owner()} was seen, while its flight is here. */
    final int hash() {
        return hash;
    }

    /** Those that are here, where somebody has met one; a flight that was entered is met now. */
    @Nullable
    final Crowd<V> look() {
        while (true) {
            Object now = state;
            if (now == null || now instanceof Crowd<?>) {
                return now == null ? null : crowd(now);
            }
            STATE.compareAndSet(this, now, new Crowd<>(new MetFlight<>(now, this), 0));
        }
    }

    /** Gives the flight the place of the first; false where the slot is not empty. */
    final boolean stand(Flight<V> flight) {
        return STATE.compareAndSet(this, null, new Crowd<>(flight, 0));
    }

    /** Takes a place for one more flight in the map; false where others are here by now than were seen. */
    final boolean board(Crowd<V> seen) {
        return STATE.compareAndSet(this, seen, seen.plus(1));
    }

    /** Gives the place of a flight in the map back. */
    final void alight() {
        Crowd<V> seen;
        do {
            seen = crowd(state);
        } while (!STATE.compareAndSet(this, seen, seen.plus(-1).orNull()));
    }

    /** Takes the flight out that stands here, and is not to settle first; false where it is not here. */
    final boolean drop(Flight<V> flight) {
        while (true) {
            Object now = state;
            if (!(now instanceof Crowd<?> crowd) || !flight.is(crowd.first())) {
                return false;
            }
            if (STATE.compareAndSet(this, now, crowd.withoutFirst().orNull())) {
                return true;
            }
        }
    }

    /** Whether the flight stands here. */
    final boolean holds(Flight<V> flight) {
        return state instanceof Crowd<?> crowd && flight.is(crowd.first());
    }

    /** How many flights stand here. */
    final int size() {
        Object now = state;
        if (now instanceof Crowd<?> crowd) {
            return crowd.standing() == null ? 0 : 1;
        }
        return now == null ? 0 : 1;
    }

    @SuppressWarnings("unchecked") // only this class writes crowds
    private Crowd<V> crowd(@Nullable Object state) {
        return (Crowd<V>) Objects.requireNonNull(state);
    }

    private static VarHandle handle(String field, Class<?> type) {
        try {
            return MethodHandles.lookup().findVarHandle(Slot.class, field, type);
        } catch (ReflectiveOperationException missing) {
            throw new ExceptionInInitializerError(missing);
        }
    }

    /**
     * The flights of a slot, as they are at one instant.
     *
     * @param first the one that stands here; null where that is gone
     * @param inMap how many more have their place in the map, or are about to
     */
    record Crowd<V extends @Nullable Object>(@Nullable Flight<V> first, int inMap) {

        /** The one that stands here for callers of its key. */
        @Nullable
        Flight<V> standing() {
            return first instanceof MetFlight<V> met && !met.isJoinable() ? null : first;
        }

        private Crowd<V> plus(int flights) {
            return new Crowd<>(first, inMap + flights);
        }

        private Crowd<V> withoutFirst() {
            return new Crowd<>(null, inMap);
        }

        private @Nullable Crowd<V> orNull() {
            return first == null && inMap == 0 ? null : this;
        }
    }
}
