package dev.singleflight;

import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.concurrent.ForkJoinPool;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** The control of a group's flights: what calls, landings, and all who wait have in common. */
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

    private final Admissions<V> admissions;

    private final Relief<V> relief;

    private final Values<V> values;

    private final long stuckAfter;

    private final AtomicBoolean warnedOfCircle = new AtomicBoolean();

    Tower(GroupConfig config) {
        this.config = config;
        this.flights = Flights.of(config);
        this.watch = new Watch(config);
        this.landings = new Landings<>(this);
        this.futures = new FutureWaits<>(this);
        this.admissions = new Admissions<>(this);
        this.relief = new Relief<>(this);
        this.values = new Values<>(config, flights, watch);
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

    Admissions<V> admissions() {
        return admissions;
    }

    Relief<V> relief() {
        return relief;
    }

    Values<V> values() {
        return values;
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
        Outcome<V> stale = values.stale(key);
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
}
