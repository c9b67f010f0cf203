package dev.singleflight;

import java.util.concurrent.atomic.AtomicReferenceFieldUpdater;
import org.jspecify.annotations.Nullable;

/**
 * One run of a call and all who wait for it.
 *
 * <p>A flight is <em>joinable</em> while it stands in its group's {@link Flights}; it has <em>landed</em> once its
 * state, or the stack of its followers, holds an {@link Outcome}.
 *
 * <pre>
 * state:                null ──first follower──▶ Followers           (for good)
 *                         └──landing, nobody came──▶ Outcome
 * Followers.stack:      null ⇄ stack of waiters ──landing──▶ Outcome
 * Waiter:               waiting ──▶ told (an outcome) | left          (one CAS)
 *
 * field            written by                          read by            mode
 * key, hash        creator                             all                final
 * state            first follower | landing thread     all                CAS
 * Followers.stack  each follower, its pruner, landing  all                CAS
 * leader           the thread that runs the call       callers of the key volatile
 * Waiter.next      its waiter before the push, then    landing, told      volatile
 *                  the one pruner
 * </pre>
 *
 * <p><b>Order.</b> A leader writes {@code leader} before its call begins and clears it when the call has ended; then it
 * removes the flight from its group; then it publishes the outcome; then it tells. So who learns an outcome can no longer
 * find the flight, and who still holds a flight that has landed is sent back to start over: a landed flight takes no
 * waiter, because joining is a CAS on the very field that the landing replaced.
 *
 * <p><b>Happens-before.</b> What the leader did comes before its publishing CAS; a follower reads that outcome, or an
 * answer written after it, through a volatile field.
 *
 * <p><b>As key.</b> In the table a flight is its own key: equal where the callers' keys are, with the hash code they had
 * when the flight was made, so that a key that changes during the run still lets its flight go.
 */
final class Flight<V extends @Nullable Object> {

    @SuppressWarnings("rawtypes") // a class literal has no type arguments
    private static final AtomicReferenceFieldUpdater<Flight, @Nullable Object> STATE =
            AtomicReferenceFieldUpdater.newUpdater(Flight.class, Object.class, "state");

    private final Object key;

    private final int hash;

    private volatile @Nullable Object state;

    private volatile @Nullable Thread leader;

    /** Asks the key for its hash code, once. */
    Flight(Object key, @Nullable Thread leader) {
        this.key = key;
        this.hash = key.hashCode();
        this.leader = leader;
    }

    /** Whether it is this very flight: {@link #equals} asks about keys. */
    @SuppressWarnings("ReferenceEquality") // this is the one place that means identity
    boolean is(@Nullable Flight<?> other) {
        return this == other;
    }

    Object key() {
        return key;
    }

    /** The thread that is running the call; null where none is. */
    @Nullable
    Thread leader() {
        return leader;
    }

    /** By the leading thread, before it enters user code and, with null, after it left. */
    void leader(@Nullable Thread leader) {
        this.leader = leader;
    }

    /** What came of it; null while it is up. */
    @Nullable
    Outcome<V> outcome() {
        Object now = state;
        return now instanceof Followers<?> ? followers(now).outcome() : asOutcome(now);
    }

    /** Who waits for it; null where nobody ever did. */
    @Nullable
    Followers<V> followers() {
        Object now = state;
        return now instanceof Followers<?> ? followers(now) : null;
    }

    /** Takes the waiter in, unless the flight has landed or is full. */
    Boarding join(Waiter<V> waiter, Tower<V> tower) {
        Object now = state;
        if (now == null) {
            Followers<V> first = new Followers<>(tower);
            now = STATE.compareAndSet(this, null, first) ? first : state;
        }
        if (!(now instanceof Followers<?>)) {
            return Boarding.LANDED;
        }
        waiter.boarding(this);
        return followers(now).add(waiter);
    }

    /** Publishes the outcome; false where the flight has landed already. */
    boolean land(Outcome<V> outcome) {
        if (state == null && STATE.compareAndSet(this, null, outcome)) {
            return true;
        }
        Followers<V> followers = followers();
        return followers != null && followers.land(outcome);
    }

    @Override
    public boolean equals(Object other) {
        return other == this || (other instanceof Flight<?> flight && hash == flight.hash && key.equals(flight.key));
    }

    @Override
    public int hashCode() {
        return hash;
    }

    @SuppressWarnings("unchecked") // join() writes nothing else
    private Followers<V> followers(Object state) {
        return (Followers<V>) state;
    }

    @SuppressWarnings("unchecked") // land() writes nothing else
    private @Nullable Outcome<V> asOutcome(@Nullable Object state) {
        return (Outcome<V>) state;
    }

    /** What became of a waiter that asked to join. */
    enum Boarding {
        JOINED,
        LANDED,
        FULL
    }
}
