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
 *                           └──somebody comes──▶ Crowd(1, met)    it is a flight like any other now
 *          null ⇄ Crowd(n)                                        n flights have their place in the map
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
        MetFlight<V> met = crowd(state).met();
        if (met == null) {
            throw new IllegalStateException("The flight that was entered here is gone: somebody else has taken it out");
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
            STATE.compareAndSet(this, now, new Crowd<>(0, new MetFlight<>(now, this)));
        }
    }

    /** Takes a place for one more flight in the map; false where others are here by now than were seen. */
    final boolean board(@Nullable Crowd<V> seen) {
        return STATE.compareAndSet(this, seen, seen == null ? new Crowd<V>(1, null) : seen.plus(1));
    }

    /** Gives the place of a flight in the map back. */
    final void alight() {
        Crowd<V> seen;
        do {
            seen = crowd(state);
        } while (!STATE.compareAndSet(this, seen, seen.plus(-1).orNull()));
    }

    /** Takes out the flight that was met, and has settled; false where it is not here. */
    final boolean drop(MetFlight<V> flight) {
        while (true) {
            Object now = state;
            if (!(now instanceof Crowd<?> crowd) || !flight.is(crowd.met())) {
                return false;
            }
            if (STATE.compareAndSet(this, now, crowd.withoutMet().orNull())) {
                return true;
            }
        }
    }

    /** Whether the flight is here that was entered and met. */
    final boolean holds(MetFlight<V> flight) {
        return state instanceof Crowd<?> crowd && flight.is(crowd.met());
    }

    /** How many flights are here that are not in the map. */
    final int size() {
        Object now = state;
        MetFlight<?> met = now instanceof Crowd<?> crowd ? crowd.met() : null;
        return met != null ? (met.isJoinable() ? 1 : 0) : now == null || now instanceof Crowd<?> ? 0 : 1;
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
     * @param inMap how many have their place in the map, or are about to
     * @param met the one that was entered here; null where there is none
     */
    record Crowd<V extends @Nullable Object>(
            int inMap, @Nullable MetFlight<V> met) {

        private Crowd<V> plus(int flights) {
            return new Crowd<>(inMap + flights, met);
        }

        private Crowd<V> withoutMet() {
            return new Crowd<>(inMap, null);
        }

        private @Nullable Crowd<V> orNull() {
            return inMap == 0 && met == null ? null : this;
        }
    }
}
