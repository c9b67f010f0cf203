package dev.singleflight;

import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * A flight whose leader entered a {@link Slot} with nothing but its key, and which somebody met there.
 *
 * <p>Until it has settled its leader does not know of it: who that is, and which hash code the key had, stand in the slot.
 * The slot may be another one's as soon as this flight is gone from it, which is after it settled: so what was read there
 * counts where the flight has not settled afterwards.
 */
final class MetFlight<V extends @Nullable Object> extends Flight<V> {

    private final Slot<V> slot;

    private final AtomicReference<Stage> stage = new AtomicReference<>(Stage.ENTERED);

    private volatile @Nullable Integer learned;

    MetFlight(Object key, Slot<V> slot) {
        super(key, 0, null);
        this.slot = slot;
    }

    Slot<V> slot() {
        return slot;
    }

    @Override
    boolean standsFor(Object other, int otherHash) {
        if (!isJoinable() || !mayHaveHash(otherHash) || !other.equals(key())) {
            return false;
        }
        learned = otherHash;
        return true;
    }

    /** Whether callers of its key may find it. */
    boolean isJoinable() {
        Stage now = stage.get();
        return now == Stage.ENTERED || now == Stage.SETTLED;
    }

    /** Whether it is one like any other by now; its leader is the slot's owner before. */
    boolean hasSettled() {
        Stage now = stage.get();
        return now == Stage.SETTLED || now == Stage.GONE;
    }

    /** Lets nobody find it any more, though its leader has yet to take it out; false where that was so, or it has settled. */
    boolean forget() {
        return stage.compareAndSet(Stage.ENTERED, Stage.FORGOTTEN);
    }

    /** By its leader, who knows of it from now on; false where it was forgotten. */
    boolean settle() {
        leader(Thread.currentThread()); // it leads until it has landed
        boolean settled = stage.compareAndSet(Stage.ENTERED, Stage.SETTLED);
        if (!settled) {
            stage.set(Stage.GONE);
        }
        return settled;
    }

    @Override
    @Nullable
    Thread leader() {
        Thread owner = slot.owner();
        return hasSettled() ? super.leader() : owner;
    }

    /** The hash code of the first who joined it: nobody asks for it before. */
    @Override
    public int hashCode() {
        Integer known = learned;
        if (known == null) {
            throw new IllegalStateException("A flight that nobody has joined is asked for its hash code");
        }
        return known;
    }

    private boolean mayHaveHash(int hash) {
        Integer known = learned;
        if (known != null) {
            return known == hash;
        }
        boolean readable = slot.owner() != null;
        int read = slot.hash();
        return !readable || hasSettled() || read == hash;
    }

    private enum Stage {
        ENTERED,
        FORGOTTEN,
        SETTLED,
        GONE
    }
}
