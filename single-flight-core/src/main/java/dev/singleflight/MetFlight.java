package dev.singleflight;

import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * A flight whose leader entered a {@link Slot} with nothing but its key, and which somebody met there.
 *
 * <p>Until it has settled its leader does not know of it: who that is, and which hash code the key had, stand in the slot.
 * The slot may be another one's as soon as this flight is gone from it, which is after it settled: so the owner counts where
 * the flight has not settled afterwards. A hash code that is another one's says at worst that this flight is not the one that
 * was looked for; and it is not there any more then.
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
        if (learned == null) {
            learned = slot.hash(); // its own: it is in the slot still
        }
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

    /** The hash code of the first who joined it, or of its leader once it has settled: nobody asks for it before. */
    @Override
    public int hashCode() {
        Integer known = learned;
        if (known == null) {
            throw new IllegalStateException("A flight that nobody has joined or settled is asked for its hash code");
        }
        return known;
    }

    /** While its leader has just entered, or is just leaving, nobody can say: then the keys are compared. */
    private boolean mayHaveHash(int hash) {
        boolean readable = slot.owner() != null;
        int read = slot.hash();
        if (readable && !hasSettled()) {
            return read == hash;
        }
        Integer known = learned;
        return known == null || known == hash;
    }

    private enum Stage {
        ENTERED,
        FORGOTTEN,
        SETTLED,
        GONE
    }
}
