package dev.singleflight;

import dev.singleflight.FlightRejectedException.Reason;
import dev.singleflight.Reusables.Kept;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.lang.ref.WeakReference;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.concurrent.ForkJoinPool;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The control of a group's flights: it tells each call its role, and lands each flight in the order that {@link Flight}
 * asks for.
 */
final class Tower<V extends @Nullable Object> {

    private static final Logger LOGGER = System.getLogger(Tower.class.getName());

    /** The patience, in nanoseconds, of a caller that waits as long as it takes. */
    static final long UNLIMITED = Long.MAX_VALUE;

    private static final Duration LONGEST = Duration.ofNanos(UNLIMITED);

    /** The common pool; where this property leaves it no threads, though it reports one, a thread for each task. */
    static final Executor POOL = Integer.getInteger("java.util.concurrent.ForkJoinPool.common.parallelism", 1) == 0
            ? task -> new Thread(task, "single-flight").start()
            : ForkJoinPool.commonPool();

    private final GroupConfig config;

    private final Flights<V> flights;

    private final Tally tally = new Tally();

    private final Watch watch;

    private final Landings<V> landings;

    private final FutureWaits<V> futures;

    /** Null where no value outlives its flight. */
    private final @Nullable Reusables<V> reusables;

    private final long stuckAfter;

    private final AtomicBoolean warnedOfCircle = new AtomicBoolean();

    Tower(GroupConfig config) {
        this.config = config;
        this.flights = Flights.of(config);
        this.watch = new Watch(config);
        this.landings = new Landings<>(this);
        this.futures = new FutureWaits<>(this);
        this.reusables = Reusables.of(config);
        this.stuckAfter = nanos(config.stuckAfter());
    }

    GroupConfig config() {
        return config;
    }

    Flights<V> flights() {
        return flights;
    }

    Tally tally() {
        return tally;
    }

    Watch watch() {
        return watch;
    }

    Landings<V> landings() {
        return landings;
    }

    FutureWaits<V> futures() {
        return futures;
    }

    /** How long followers are patient with one leader, in nanoseconds; {@link #UNLIMITED} for ever. */
    long stuckAfter() {
        return stuckAfter;
    }

    long now() {
        return config.ticker().getAsLong();
    }

    /** Where a leader's call runs; null for its own thread, which a thread that runs flights for an executor always takes. */
    @Nullable
    Executor executor() {
        Executor executor = config.executor();
        return executor == null || Run.isOnExecutor() ? null : executor;
    }

    /** Whether values of flights that have landed answer later calls. */
    boolean keepsValues() {
        return reusables != null;
    }

    /** The value that still answers calls for the key; null where there is none. */
    @Nullable
    Outcome<V> freshOutcome(Object key) {
        return reusables == null ? null : reusables.fresh(key);
    }

    /** What answers where a call fails or its caller's patience ends; null where there is nothing. */
    @Nullable
    Outcome<V> staleOutcome(Object key) {
        Outcome<V> stale = reusables == null ? null : reusables.stale(key);
        if (stale != null) {
            watch.stale();
        }
        return stale;
    }

    /** Takes the flight out of the group, and keeps its value where it was still there. */
    void takeOut(Flight<V> flight, Outcome<V> outcome) {
        Kept<V> kept = null;
        if (reusables != null
                && outcome.failure() == null
                && flights.holds(flight)) { // else a newer value may stand there
            kept = reusables.put(flight.key(), outcome.value());
        }
        boolean removed = flights.remove(flight);
        if (kept != null && removed) {
            kept.validate();
        } else if (kept != null && reusables != null) {
            reusables.drop(flight.key(), kept);
        }
    }

    /**
     * Drops the key's value; false where there is none that could have answered. After its flight was taken out, and again
     * before a flight that was claimed in between: it may be about to land with that value.
     */
    boolean forgetValue(Object key) {
        if (reusables == null) {
            return false;
        }
        boolean forgotten = reusables.forget(key);
        flights.removeKey(key);
        return forgotten;
    }

    /** The keys of which values are kept: a live view. */
    Iterable<Object> keptKeys() {
        return reusables == null ? List.of() : reusables.keys();
    }

    /**
     * The role of a call that met a flight, or a full table, in its place. As {@link Role#FOLLOWER} its waiter stands in
     * a flight, as {@link Role#LEADER} a flight of its own has got the place after all.
     *
     * @param first its flight
     * @param met the flight in its place, null where the table is full
     * @param another makes another flight for it, where the first one is spent
     */
    Admission<V> admit(Flight<V> first, @Nullable Flight<V> met, Supplier<Flight<V>> another, Waiter<V> waiter) {
        Flight<V> mine = first;
        Flight<V> found = met;
        while (true) {
            Admission<V> meeting = meet(mine, found, another);
            if (meeting.role() != Role.FOLLOWER) {
                return meeting;
            }
            Flight<V> joined = meeting.flight();
            switch (joined.join(waiter, this)) {
                case JOINED -> {
                    tally.follows();
                    return meeting;
                }
                case FULL -> {
                    return overflow(mine, Reason.MAX_FOLLOWERS);
                }
                case ENDED -> flights.remove(joined);
            }
            mine = mine.end() == null ? mine : another.get();
            found = flights.claim(mine);
        }
    }

    /**
     * The flight of the key, where a call that waits on no thread has but to join it: futures that came before have seen to
     * its alarm, so nobody has to look at the clock. Null where there is none, and for a group whose flights are queued.
     */
    @Nullable
    Flight<V> watchedFlight(Object key) {
        Flight<V> found = flights instanceof SlotFlights<V> slots ? slots.find(key) : null;
        Followers<V> followers = found == null ? null : found.followers();
        boolean watched = followers != null && followers.isWatched() && config.duplicates() == Duplicates.JOIN;
        return found == null || !watched || found.leader() == Thread.currentThread() ? null : found;
    }

    /** What a call is to do about the flight in its place: as {@link Role#FOLLOWER} that is up, and may be joined. */
    Admission<V> meet(Flight<V> first, @Nullable Flight<V> met, Supplier<Flight<V>> another) {
        Flight<V> mine = first;
        Flight<V> found = met;
        while (!mine.is(found)) {
            if (found == null) {
                return overflow(mine, Reason.MAX_FLIGHTS);
            }
            if (found.leader() == Thread.currentThread()) {
                return new Admission<>(Role.BYPASS, mine); // it would wait for itself
            }
            if (relieves(found, mine)) {
                return new Admission<>(Role.LEADER, mine);
            }
            if (found.end() == null) {
                if (config.duplicates() == Duplicates.REJECT) {
                    throw rejected(mine, Reason.DUPLICATE);
                }
                return new Admission<>(Role.FOLLOWER, found);
            }
            flights.remove(found);
            mine = mine.end() == null ? mine : another.get();
            found = flights.claim(mine);
        }
        return new Admission<>(Role.LEADER, mine);
    }

    /** What becomes of a call past a bound. */
    Admission<V> overflow(Flight<V> mine, Reason reason) {
        if (config.overflow() == Overflow.REJECT) {
            throw rejected(mine, reason);
        }
        return new Admission<>(Role.BYPASS, mine);
    }

    /** Looks after a flight with futures: they wait on no thread that could notice that it is stuck. */
    void watchOver(Flight<V> flight) {
        Followers<V> followers = flight.followers();
        if (stuckAfter != UNLIMITED && followers != null && !followers.isWatched()) {
            WeakReference<Flight<V>> watched = new WeakReference<>(flight);
            followers.watch(Alarm.set(() -> patienceLeft(watched), () -> relieve(watched)));
        }
    }

    /** {@link #watchOver}, where the alarm has rung in vain. */
    void watchOverAgain(Flight<V> flight) {
        Followers<V> followers = flight.followers();
        if (followers != null && flight.end() == null) {
            followers.unwatch();
            watchOver(flight);
        }
    }

    /** A waiter has left the flight. */
    void left(Flight<V> flight) {
        Followers<V> followers = flight.followers();
        if (followers != null) {
            followers.left();
            landings.abandon(flight);
        }
    }

    /** A call runs alone, for its wait would have closed a circle. */
    void warnOfCircle() {
        if (warnedOfCircle.compareAndSet(false, true)) {
            LOGGER.log(
                    Level.WARNING,
                    "Calls of group '" + config.name()
                            + "' wait for each other in a circle; the one that would have closed it"
                            + " ran alone. Let calls that need each other take their keys in one order");
        }
    }

    /** The stage of a call that was started; a null one is the supplier's failure. */
    CompletionStage<? extends V> stageOf(Supplier<? extends CompletionStage<? extends V>> call) {
        CompletionStage<? extends V> stage = call.get();
        return Objects.requireNonNull(
                stage,
                () -> "The supplier of an asynchronous call of group '" + config.name()
                        + "' returned null; return a CompletionStage");
    }

    /**
     * Ends a caller's patience, unless the alarm is silenced before. Off the timer's thread, and not on the group's
     * executor: that may be full of the very calls that take too long.
     */
    Alarm alarm(long patience, Runnable ring) {
        long start = now();
        return Alarm.set(() -> patience - (now() - start), () -> POOL.execute(ring));
    }

    /** What a future ends with whose patience has ended: an earlier value, where there is one that may stand in. */
    Outcome<V> outOfTime(Object key, long patience) {
        Outcome<V> stale = staleOutcome(key);
        return stale != null ? stale : Outcome.failure(timeout(key, patience));
    }

    /** Starts a run on the common pool that its executor, full or gone, has not started in the time of one leader. */
    void startAtLast(AsyncRun<V> run) {
        if (stuckAfter != UNLIMITED && !run.hasBegun()) {
            Alarm alarm = alarm(stuckAfter, run);
            CompletableFuture<V> unused = run.own().whenComplete((value, failure) -> alarm.silence());
        }
    }

    FlightTimeoutException timeout(Object key, long patience) {
        return new FlightTimeoutException(config.name(), key, Duration.ofNanos(patience));
    }

    static long nanos(@Nullable Duration limit) {
        return limit == null || limit.compareTo(LONGEST) >= 0 ? UNLIMITED : limit.toNanos();
    }

    private FlightRejectedException rejected(Flight<V> mine, Reason reason) {
        tally.rejected(1);
        return new FlightRejectedException(config.name(), mine.key(), reason);
    }

    /** The JDK's timer holds the alarm: through it nothing may hold a group that is gone, or the classes of its calls. */
    private static long patienceLeft(WeakReference<? extends Flight<?>> watched) {
        Flight<?> flight = watched.get();
        Followers<?> followers = flight == null ? null : flight.followers();
        return followers == null ? 0 : followers.patienceLeft(followers.tower().now());
    }

    private static <V extends @Nullable Object> void relieve(WeakReference<Flight<V>> watched) {
        Flight<V> flight = watched.get();
        Followers<V> followers = flight == null ? null : flight.followers();
        if (flight != null && followers != null) {
            POOL.execute(() -> followers.tower().landings().relieveByAlarm(flight));
        }
    }

    private boolean relieves(Flight<V> found, Flight<V> mine) {
        Followers<V> followers = found.followers();
        if (followers == null || stuckAfter == UNLIMITED) {
            return false;
        }
        long now = now();
        Moved<V> end = followers.patienceLeft(now) > 0 ? null : landings.relieve(found, mine, now);
        if (end == null) {
            return false;
        }
        landings.spread(end, found);
        return landings.isToBeLed(mine);
    }

    /** Runs the task on the common pool. */
    void dispatchToPool(Runnable task) {
        POOL.execute(task);
    }

    /** Runs the task on the group's executor; where there is none, or it refuses, on the common pool. */
    void dispatch(Runnable task) {
        Executor executor = config.executor();
        if (executor != null) {
            try {
                executor.execute(task);
                return;
            } catch (Throwable refused) {
                // Whoever waits is told all the same: the common pool refuses nothing.
            }
        }
        POOL.execute(task);
    }

    /**
     * What a call that met a flight is to do.
     *
     * @param role its role
     * @param flight the flight it joined, or is to lead
     */
    record Admission<V extends @Nullable Object>(Role role, Flight<V> flight) {}
}
