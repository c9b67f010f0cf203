package dev.singleflight;

import java.util.concurrent.atomic.AtomicReferenceFieldUpdater;
import org.jspecify.annotations.Nullable;

/**
 * One run of a call and all who wait for it; where a leader was cancelled, the runs of its successors one after the other.
 *
 * <p>A flight is <em>joinable</em> while it stands in its group's {@link Flights}; it has <em>ended</em> once its state,
 * or the stack of its followers, holds an {@link End}; it has <em>landed</em> where that is an {@link Outcome}.
 *
 * <pre>
 * state:                null ──first follower──▶ Followers           (for good)
 *                         └──end, nobody came──▶ End
 * Followers.stack:      null ⇄ stack of waiters ──end──▶ End
 * Waiter:               waiting ──▶ told (an end) | chosen (a flight to lead) | left          (one CAS)
 * Followers.term:       leader's ──hand-over──▶ successor's ──declared stuck──▶ null            (one CAS)
 *
 * End                   by                                                 who waited
 * Outcome               its leader: landing                                shares it
 * Moved(next)           who declares it stuck                              goes over to next
 * Absent                its leader, where nobody can lead on; a batch      starts over
 *
 * field            written by                          read by            mode
 * key, hash        creator                             all                final
 * state            first follower | who ends it        all                CAS
 * Followers.stack  each follower, its pruner, the end  all                CAS
 * Followers.term   first follower, hand-over, declarer all                CAS
 * leader           the thread that runs the call       callers of the key volatile
 * run              creator | hand-over to a future     callers of the key volatile
 * Waiter.next      its waiter before the push, then    end, told          volatile
 *                  the one pruner
 * </pre>
 *
 * <p><b>Landing.</b> A leader writes {@code leader} before its call begins and clears it when the call has ended; then it
 * removes the flight from its group; then it publishes the outcome; then it tells. So who learns an outcome can no longer
 * find the flight, and who still holds a flight that has ended is sent back to start over: an ended flight takes no
 * waiter, because joining is a CAS on the very field that the end replaced.
 *
 * <p><b>Succession.</b> A cancelled leader clears {@code leader}, renews the {@code term} and chooses the oldest waiter: the
 * flight stays where it is, joinable all the time. Where nobody waits the flight ends first and is removed then, so that
 * whoever joined before the end is chosen and nobody can claim the key in between; whoever finds the ended flight in its
 * group removes it himself.
 *
 * <p><b>Stuck.</b> Taking the {@code term} away decides who declares, and that no hand-over comes between; the end decides
 * between declaring and landing. The way over flights that moved on never leads in a circle: each leads to one that nobody
 * knew before or, where it never had the place, to one that was up there when it came.
 *
 * <p><b>Happens-before.</b> What the leader did comes before its publishing CAS; a follower reads that end, or an answer
 * written after it, through a volatile field.
 *
 * <p><b>As key.</b> In the table a flight is its own key: equal where the callers' keys are, with the hash code they had
 * when the flight was made, so that a key that changes during the run still lets its flight go.
 */
sealed class Flight<V extends @Nullable Object> permits MetFlight {

    @SuppressWarnings("rawtypes") // a class literal has no type arguments
    private static final AtomicReferenceFieldUpdater<Flight, @Nullable Object> STATE =
            AtomicReferenceFieldUpdater.newUpdater(Flight.class, Object.class, "state");

    private final Object key;

    private final int hash;

    private volatile @Nullable Object state;

    private volatile @Nullable Thread leader;

    private volatile @Nullable Run<V> run;

    Flight(Object key, int hash, @Nullable Thread leader) {
        this.key = key;
        this.hash = hash;
        this.leader = leader;
    }

    /** Asks the key for its hash code, once. */
    Flight(Object key, @Nullable Thread leader) {
        this(key, key.hashCode(), leader);
    }

    /** Another flight of this one's key, which is asked nothing. */
    final Flight<V> another() {
        return new Flight<>(key, hashCode(), null);
    }

    /** Whether callers of the key are to find this. What is asked is the caller's key, as a map would. */
    boolean standsFor(Object other, int otherHash) {
        return hash == otherHash && other.equals(key);
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

    /** The run that leads it, where that is on an executor or asynchronous. */
    @Nullable
    Run<V> run() {
        return run;
    }

    /** By who makes the flight, before anybody can wait for it. */
    void run(Run<V> run) {
        this.run = run;
    }

    /** By who claimed it, or hands it over, when others may wait for it: those that are to start the run before look again. */
    void runLate(Run<V> run) {
        this.run = run;
        Followers<V> followers = followers();
        if (followers != null) {
            followers.wake();
        }
    }

    /** Keeps its run from ever beginning; false where that has begun. True for a flight without one. */
    boolean withholdRun() {
        Run<V> queued = run;
        return queued == null || queued.begin();
    }

    /** What came of it; null while it is up. */
    @Nullable
    End<V> end() {
        Object now = state;
        return now instanceof Followers<?> ? followers(now).end() : asEnd(now);
    }

    /** Who waits for it; null where nobody ever did. */
    @Nullable
    Followers<V> followers() {
        Object now = state;
        return now instanceof Followers<?> ? followers(now) : null;
    }

    /** Takes the waiter in, unless the flight has ended or is full. */
    Boarding join(Waiter<V> waiter, Tower<V> tower) {
        Followers<V> followers = followers(tower);
        if (followers == null) {
            return Boarding.ENDED;
        }
        waiter.boarding(this);
        return followers.add(waiter);
    }

    /** Takes the waiter in, even where the flight is full: it has passed the limits before. False where it has ended. */
    boolean joinAgain(Waiter<V> waiter, Tower<V> tower) {
        Followers<V> followers = followers(tower);
        if (followers == null) {
            return false;
        }
        waiter.boarding(this);
        return followers.addAgain(waiter);
    }

    /** Whether it can have followers; false where it ended without any. */
    boolean expects(Tower<V> tower) {
        return followers(tower) != null;
    }

    /** Publishes the end; false where it has ended already. */
    boolean end(End<V> end) {
        if (state == null && STATE.compareAndSet(this, null, end)) {
            return true;
        }
        Followers<V> followers = followers();
        return followers != null && followers.end(end);
    }

    /** Publishes the end in the very step that sees nobody waiting; false where somebody is, or it has ended already. */
    boolean endAlone(Absent<V> end) {
        if (state == null && STATE.compareAndSet(this, null, end)) {
            return true;
        }
        Followers<V> followers = followers();
        return followers != null && followers.endAlone(end);
    }

    @Override
    public boolean equals(Object other) {
        return other == this
                || (other instanceof Flight<?> flight && hashCode() == flight.hashCode() && key.equals(flight.key));
    }

    @Override
    public int hashCode() {
        return hash;
    }

    /** Its followers, made now where it has none; null where it ended without any. */
    private @Nullable Followers<V> followers(Tower<V> tower) {
        Object now = state;
        if (now == null) {
            Followers<V> first = new Followers<>(tower);
            now = STATE.compareAndSet(this, null, first) ? first : state;
        }
        return now instanceof Followers<?> ? followers(now) : null;
    }

    @SuppressWarnings("unchecked") // followers(tower) writes nothing else
    private Followers<V> followers(Object state) {
        return (Followers<V>) state;
    }

    @SuppressWarnings("unchecked") // end() and endAlone() write nothing else
    private @Nullable End<V> asEnd(@Nullable Object state) {
        return (End<V>) state;
    }

    /** What became of a waiter that asked to join. */
    enum Boarding {
        JOINED,
        ENDED,
        FULL
    }
}
