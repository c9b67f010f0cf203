package dev.singleflight;

import dev.singleflight.ParkedWaiter.Left;
import dev.singleflight.Tower.Admission;
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
        if (isQueued()) {
            return new Caller(key, patience, call).fly(shape);
        }
        Flight<V> mine = new Flight<>(key, Thread.currentThread());
        Flight<V> met = tower.flights().claim(mine);
        if (!mine.is(met)) {
            return new Caller(key, patience, call).<X, R>meet(mine, met, shape);
        }
        tower.tally().led();
        Outcome<V> outcome = tower.landings().lead(mine, call, null);
        return shape.of(outcome.<X>get(), Role.LEADER, outcome.shared());
    }

    /** Runs the call outside any flight. */
    <X extends Exception> V alone(FlightCall<? extends V, X> call) throws X {
        tower.tally().bypassed();
        return uncounted(call).<X>get();
    }

    private Outcome<V> uncounted(FlightCall<? extends V, ?> call) {
        long start = tower.watch().start();
        Outcome<V> outcome = Outcome.of(call);
        if (outcome.failure() != null) {
            tower.tally().failed();
        }
        tower.watch().ran(start, outcome.failure());
        return outcome;
    }

    /** Whether a leader's call goes to the executor. A thread that runs flights for one leads on itself. */
    private boolean isQueued() {
        return tower.config().executor() != null && !Run.isOnExecutor();
    }

    /** What a caller gets, made of the value and how it came about. */
    @FunctionalInterface
    interface Shape<V extends @Nullable Object, R extends @Nullable Object> {
        R of(V value, Role role, boolean shared);
    }

    /** How a caller's way ended. */
    private record Arrival<V extends @Nullable Object>(Outcome<V> outcome, Role role, boolean shared) {}

    /** The way of a caller that does not lead at once on its own thread. */
    private final class Caller {

        private final Object key;

        private final FlightCall<? extends V, ?> call;

        private final Patience patience;

        private Caller(Object key, long limit, FlightCall<? extends V, ?> call) {
            this.key = key;
            this.call = call;
            this.patience = new Patience(limit);
        }

        private <X extends Exception, R extends @Nullable Object> R fly(Shape<V, R> shape) throws X {
            Flight<V> mine = newFlight();
            return meet(mine, tower.flights().claim(mine), shape);
        }

        private <X extends Exception, R extends @Nullable Object> R meet(
                Flight<V> mine, @Nullable Flight<V> met, Shape<V, R> shape) throws X {
            Arrival<V> arrival = arrive(mine, met);
            return shape.of(arrival.outcome().<X>get(), arrival.role(), arrival.shared());
        }

        private Arrival<V> arrive(Flight<V> mine, @Nullable Flight<V> met) {
            ParkedWaiter<V> waiter = new ParkedWaiter<>(tower, patience);
            Admission<V> admission = tower.admit(mine, met, this::newFlight, waiter);
            return switch (admission.role()) {
                case LEADER -> {
                    tower.tally().led();
                    yield lead(admission.flight());
                }
                case FOLLOWER -> follow(waiter);
                default -> {
                    tower.tally().bypassed();
                    yield new Arrival<>(uncounted(call), Role.BYPASS, false);
                }
            };
        }

        private Flight<V> newFlight() {
            if (!isQueued()) {
                return new Flight<>(key, Thread.currentThread());
            }
            Flight<V> flight = new Flight<>(key, (Thread) null);
            flight.run(new BlockingRun<>(tower, flight, call, patience));
            return flight;
        }

        private Arrival<V> lead(Flight<V> flight) {
            Executor executor = tower.config().executor();
            if (executor == null || flight.run() == null) {
                return led(tower.landings().lead(flight, call, null));
            }
            BlockingRun<V> run = BlockingRun.of(flight);
            tower.tally().waitBegan();
            try {
                executor.execute(run);
            } catch (Throwable refused) {
                run.refuse(refused);
            }
            return queued(await(run.caller()));
        }

        /** The caller of a run on the executor has waited for it. */
        private Arrival<V> queued(ParkedWaiter<V> waiter) {
            Flight<V> toLead = waiter.toLead();
            if (toLead != null) {
                return led(tower.landings().lead(toLead, call, null));
            }
            if (waiter.end() instanceof Outcome<V> outcome) {
                return led(outcome);
            }
            if (waiter.left() == Left.CIRCLE) {
                tower.tally().succeeded();
                return new Arrival<>(uncounted(call), Role.BYPASS, false);
            }
            if (waiter.left() != null) {
                throw gaveUp(waiter);
            }
            tower.tally().withdrawn();
            return arrival(waiter, tower.watch().start());
        }

        private Arrival<V> led(Outcome<V> outcome) {
            return new Arrival<>(outcome, Role.LEADER, outcome.shared());
        }

        private Arrival<V> follow(ParkedWaiter<V> waiter) {
            long start = tower.watch().start();
            return arrival(await(waiter), start);
        }

        /** Where a follower gets to, from the end of its first wait. */
        private Arrival<V> arrival(ParkedWaiter<V> first, long start) {
            ParkedWaiter<V> waiter = first;
            while (true) {
                if (waiter.toLead() != null) {
                    return takeOver(waiter.toLead(), start);
                }
                if (waiter.left() != null) {
                    return leave(waiter, start);
                }
                End<V> end = waiter.end();
                waiter = new ParkedWaiter<>(tower, patience);
                while (end instanceof Moved<V> moved) {
                    end = moved.to().joinAgain(waiter, tower)
                            ? null
                            : moved.to().end();
                }
                if (end instanceof Outcome<V> outcome) {
                    tower.watch().waited(start, outcome.waitEnd());
                    return new Arrival<>(outcome, Role.FOLLOWER, true);
                }
                Flight<V> claimed = end == null ? null : startOver(waiter);
                if (claimed != null) {
                    return takeOver(claimed, start);
                }
                tower.tally().waitBegan();
                await(waiter);
            }
        }

        /** Claims the key again; null where the waiter has joined a flight. What has passed the limits is not limited. */
        private @Nullable Flight<V> startOver(ParkedWaiter<V> waiter) {
            Flight<V> mine = new Flight<>(key, Thread.currentThread());
            while (true) {
                Flight<V> there = tower.flights().claim(mine);
                if (there == null || mine.is(there)) {
                    return mine;
                }
                if (there.joinAgain(waiter, tower)) {
                    return null;
                }
                tower.flights().remove(there);
            }
        }

        private Arrival<V> takeOver(Flight<V> flight, long start) {
            tower.watch().waited(start, WaitEnd.HANDED_OVER);
            tower.tally().succeeded();
            return led(tower.landings().lead(flight, call, null));
        }

        private Arrival<V> leave(ParkedWaiter<V> waiter, long start) {
            if (waiter.left() == Left.CIRCLE) {
                tower.circleFound();
                return new Arrival<>(uncounted(call), Role.BYPASS, false);
            }
            tower.watch().waited(start, waiter.left() == Left.TIMED_OUT ? WaitEnd.TIMEOUT : WaitEnd.INTERRUPTED);
            throw gaveUp(waiter);
        }

        private SingleFlightException gaveUp(ParkedWaiter<V> waiter) {
            return waiter.left() == Left.TIMED_OUT
                    ? tower.timeout(key, patience.limit())
                    : new FlightInterruptedException(tower.config().name(), key);
        }

        private ParkedWaiter<V> await(ParkedWaiter<V> waiter) {
            try {
                waiter.await();
            } finally {
                tower.tally().waitEnded();
            }
            return waiter;
        }
    }
}
