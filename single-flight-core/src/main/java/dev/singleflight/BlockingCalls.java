package dev.singleflight;

import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/** Calls that end on their caller's thread: led, followed, or alone. */
final class BlockingCalls<V extends @Nullable Object> {

    private final Tower<V> tower;

    BlockingCalls(Tower<V> tower) {
        this.tower = tower;
    }

    /**
     * Runs the call, or waits for the flight that is up.
     *
     * @param patience in nanoseconds
     * @param shape what the caller gets
     */
    <X extends Exception, R extends @Nullable Object> R call(
            Object key, long patience, FlightCall<? extends V, X> call, Shape<V, R> shape) throws X {
        Executor executor = tower.config().executor();
        Flight<V> mine = new Flight<>(key, executor == null ? Thread.currentThread() : null);
        Flight<V> met = tower.flights().claim(mine);
        if (!mine.is(met)) {
            ParkedWaiter<V> waiter = new ParkedWaiter<>();
            Role role = tower.admit(mine, met, waiter);
            if (role == Role.FOLLOWER) {
                return shape.of(this.<X>follow(key, patience, waiter), role, true);
            }
            if (role == Role.BYPASS) {
                return shape.of(alone(call), role, false);
            }
        }
        tower.tally().led();
        Outcome<V> outcome = executor == null ? run(mine, call, null) : runOn(executor, mine, call, patience);
        return shape.of(outcome.<X>get(), Role.LEADER, outcome.shared());
    }

    /** Runs the call outside any flight. */
    <X extends Exception> V alone(FlightCall<? extends V, X> call) throws X {
        tower.tally().bypassed();
        long start = tower.watch().start();
        Outcome<V> outcome = Outcome.of(call);
        if (outcome.failure() != null) {
            tower.tally().failed();
        }
        tower.watch().ran(start, outcome.failure());
        return outcome.<X>get();
    }

    private <X extends Exception> V follow(Object key, long patience, ParkedWaiter<V> waiter) throws X {
        long start = tower.watch().start();
        WaitEnd end = await(waiter, patience);
        tower.watch().waited(start, end);
        return told(key, patience, waiter, end).<X>get();
    }

    private Outcome<V> runOn(Executor executor, Flight<V> mine, FlightCall<? extends V, ?> call, long patience) {
        ParkedWaiter<V> leader = ParkedWaiter.leading(mine);
        tower.tally().waitBegan();
        try {
            executor.execute(() -> run(mine, call, leader));
        } catch (Throwable refused) {
            finish(mine, Outcome.failure(refused), leader, tower.watch().start());
        }
        return told(mine.key(), patience, leader, await(leader, patience));
    }

    private Outcome<V> run(Flight<V> flight, FlightCall<? extends V, ?> call, @Nullable ParkedWaiter<V> leader) {
        flight.leader(Thread.currentThread());
        long start = tower.watch().start();
        Outcome<V> outcome = Outcome.of(call);
        finish(flight, outcome, leader, start);
        return outcome;
    }

    private void finish(Flight<V> flight, Outcome<V> outcome, @Nullable ParkedWaiter<V> leader, long start) {
        boolean landed = tower.landCall(flight, outcome);
        if (landed && leader != null) {
            leader.tell(outcome);
        }
        if (landed) {
            tower.watch().ran(start, outcome.failure());
        }
    }

    private WaitEnd await(ParkedWaiter<V> waiter, long patience) {
        try {
            return waiter.await(patience, tower.config().ticker());
        } finally {
            tower.tally().waitEnded();
        }
    }

    private Outcome<V> told(Object key, long patience, ParkedWaiter<V> waiter, WaitEnd end) {
        Outcome<V> outcome = waiter.outcome();
        if (outcome != null) {
            return outcome;
        }
        throw end == WaitEnd.TIMEOUT
                ? tower.timeout(key, patience)
                : new FlightInterruptedException(tower.config().name(), key);
    }

    /** What a caller gets, made of the value and how it came about. */
    @FunctionalInterface
    interface Shape<V extends @Nullable Object, R extends @Nullable Object> {
        R of(V value, Role role, boolean shared);
    }
}
