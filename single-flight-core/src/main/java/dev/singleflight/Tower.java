package dev.singleflight;

import dev.singleflight.FlightRejectedException.Reason;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.concurrent.ForkJoinPool;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The control of a group's flights: it tells each call its role, and lands each flight in the order that {@link Flight}
 * asks for.
 */
final class Tower<V extends @Nullable Object> {

    /** The patience, in nanoseconds, of a caller that waits as long as it takes. */
    static final long UNLIMITED = Long.MAX_VALUE;

    private static final Duration LONGEST = Duration.ofNanos(UNLIMITED);

    /** The common pool; where this property leaves it no threads, though it reports one, a thread for each task. */
    private static final Executor POOL =
            Integer.getInteger("java.util.concurrent.ForkJoinPool.common.parallelism", 1) == 0
                    ? task -> new Thread(task, "single-flight").start()
                    : ForkJoinPool.commonPool();

    private final GroupConfig config;

    private final Flights<V> flights;

    private final Tally tally = new Tally();

    private final Watch watch;

    Tower(GroupConfig config) {
        this.config = config;
        this.flights = new Flights<>(config.maxFlights());
        this.watch = new Watch(config);
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

    long now() {
        return config.ticker().getAsLong();
    }

    /**
     * The role of a call that met a flight, or a full table, in its place. As {@link Role#FOLLOWER} its waiter stands in
     * a flight, as {@link Role#LEADER} its own flight has got the place after all.
     *
     * @param met the flight in its place, null where the table is full
     */
    Role admit(Flight<V> mine, @Nullable Flight<V> met, Waiter<V> waiter) {
        Flight<V> found = met;
        while (!mine.is(found)) {
            if (found == null) {
                return overflow(mine, Reason.MAX_FLIGHTS);
            }
            if (found.leader() == Thread.currentThread()) {
                return Role.BYPASS; // it would wait for itself
            }
            if (config.duplicates() == Duplicates.JOIN) {
                switch (found.join(waiter, this)) {
                    case JOINED -> {
                        tally.joined();
                        tally.waitBegan();
                        return Role.FOLLOWER;
                    }
                    case FULL -> {
                        return overflow(mine, Reason.MAX_FOLLOWERS);
                    }
                    case LANDED -> {}
                }
            } else if (found.outcome() == null) {
                throw rejected(mine, Reason.DUPLICATE);
            }
            found = flights.claim(mine);
        }
        return Role.LEADER;
    }

    /**
     * A call has ended on this thread, whose transaction and locks no other caller's callback may meet.
     *
     * @return false where the flight has landed already: an executor ran its task, and threw all the same
     */
    boolean landCall(Flight<V> flight, Outcome<V> outcome) {
        boolean landed = land(flight, outcome);
        if (landed && hasFutures(flight)) {
            dispatch(() -> tellFutures(outcome));
        }
        return landed;
    }

    /**
     * A stage has ended, on the thread that completed it.
     *
     * @return false where the flight has landed already
     */
    boolean landStage(Flight<V> flight, Outcome<V> outcome) {
        boolean landed = land(flight, outcome);
        if (landed && hasFutures(flight)) {
            tellFutures(outcome);
        }
        return landed;
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
        return Alarm.set(config.ticker(), patience, () -> POOL.execute(ring));
    }

    FlightTimeoutException timeout(Object key, long patience) {
        return new FlightTimeoutException(config.name(), key, Duration.ofNanos(patience));
    }

    static long nanos(@Nullable Duration limit) {
        return limit == null || limit.compareTo(LONGEST) >= 0 ? UNLIMITED : limit.toNanos();
    }

    private Role overflow(Flight<V> mine, Reason reason) {
        if (config.overflow() == Overflow.REJECT) {
            throw rejected(mine, reason);
        }
        return Role.BYPASS;
    }

    private FlightRejectedException rejected(Flight<V> mine, Reason reason) {
        tally.rejected();
        return new FlightRejectedException(config.name(), mine.key(), reason);
    }

    private boolean land(Flight<V> flight, Outcome<V> outcome) {
        if (flight.outcome() != null) {
            return false;
        }
        if (outcome.failure() != null) {
            tally.failed();
        }
        flight.leader(null);
        flights.remove(flight);
        boolean landed = flight.land(outcome);
        if (landed) {
            outcome.passOn();
        }
        return landed;
    }

    private boolean hasFutures(Flight<V> flight) {
        Followers<V> followers = flight.followers();
        return followers != null && followers.haveFutures();
    }

    /**
     * Without callbacks a future is completed here; with them in a task, so that none waits for another's callback. The
     * listener hears last, so that it delays nobody's outcome.
     */
    private void tellFutures(Outcome<V> outcome) {
        WaitEnd end = outcome.failure() == null ? WaitEnd.SUCCESS : WaitEnd.FAILURE;
        List<FutureWaiter<V>> told = new ArrayList<>();
        for (Waiter<V> waiter = outcome.waiters(); waiter != null; waiter = waiter.next()) {
            if (!(waiter instanceof FutureWaiter<V> future)) {
                continue;
            }
            if (future.getNumberOfDependents() > 0) {
                dispatch(() -> {
                    if (future.tell(outcome)) {
                        future.waitOver(end);
                    }
                });
            } else if (future.tell(outcome) && future.isWatched()) {
                told.add(future);
            }
        }
        told.forEach(future -> future.waitOver(end));
    }

    /** Runs the task on the group's executor; where there is none, or it refuses, on the common pool. */
    private void dispatch(Runnable task) {
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
