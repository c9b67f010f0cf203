package dev.singleflight;

import dev.singleflight.Admissions.Admission;
import dev.singleflight.Caller.Arrival;
import org.jspecify.annotations.Nullable;

/** Calls that end on their caller's thread: led, followed, or alone. */
final class BlockingCalls<V extends @Nullable Object> {

    private final Tower<V> tower;

    /** Null where a leader needs more than its key. */
    private final @Nullable SlotFlights<V> slots;

    BlockingCalls(Tower<V> tower) {
        this.tower = tower;
        this.slots = tower.flights() instanceof SlotFlights<V> inSlots ? inSlots : null;
    }

    /**
     * Runs the call, or waits for the flight that is up.
     *
     * @param patience in nanoseconds
     * @param shape what the caller gets
     */
    <X extends Exception, R extends @Nullable Object> R call(
            Object key, long patience, FlightCall<? extends V, X> call, Shape<V, R> shape) throws X {
        Slot<V> entered = slots == null ? null : slots.enter(key);
        return entered == null ? meet(key, patience, call, shape) : lead(entered, key, call, shape);
    }

    /** Leads a flight that is nothing but its key, unless somebody comes meanwhile. */
    private <X extends Exception, R extends @Nullable Object> R lead(
            Slot<V> slot, Object key, FlightCall<? extends V, X> call, Shape<V, R> shape) throws X {
        tower.tally().led();
        long start = tower.watch().start();
        V value;
        try {
            value = call.call();
        } catch (Throwable failure) {
            Outcome<V> outcome = tower.landings().landEntered(slot, key, Outcome.failure(failure), start);
            return shape.of(outcome.<X>get(), Role.LEADER, outcome.shared(), false);
        }
        if (slot.leave(key)) {
            tower.watch().ran(start, null);
            return shape.of(value, Role.LEADER, false, false);
        }
        Outcome<V> outcome = tower.landings().landRun(slot.settle(), Outcome.value(value), start, null);
        return shape.of(outcome.<X>get(), Role.LEADER, outcome.shared(), false);
    }

    private <X extends Exception, R extends @Nullable Object> R meet(
            Object key, long patience, FlightCall<? extends V, X> call, Shape<V, R> shape) throws X {
        Arrival<V> arrival;
        Outcome<V> kept = tower.values().fresh(key);
        if (kept != null) {
            tower.tally().reused();
            arrival = new Arrival<>(kept, Role.REUSED, true);
        } else if (tower.executor() != null) {
            SingleCaller caller = new SingleCaller(key, patience, call);
            Flight<V> mine = caller.newFlight();
            arrival = caller.meet(mine, tower.flights().claim(mine));
        } else {
            Flight<V> mine = new Flight<>(key, Thread.currentThread());
            Flight<V> met = tower.flights().claim(mine);
            if (mine.is(met) && !tower.values().areKept()) {
                tower.tally().led();
                Outcome<V> outcome = tower.landings().lead(mine, call, null);
                return shape.of(outcome.<X>get(), Role.LEADER, outcome.shared(), false);
            }
            arrival = new SingleCaller(key, patience, call).meet(mine, met);
        }
        Outcome<V> outcome = arrival.outcome();
        return shape.of(outcome.<X>get(), arrival.role(), arrival.shared(), outcome.isStale());
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

    /** What a caller gets, made of the value and how it came about. */
    @FunctionalInterface
    interface Shape<V extends @Nullable Object, R extends @Nullable Object> {
        R of(V value, Role role, boolean shared, boolean stale);
    }

    /** A caller of one key. */
    private final class SingleCaller extends Caller<V> {

        private final Object key;

        private final Patience patience;

        private final FlightCall<? extends V, ?> call;

        private SingleCaller(Object key, long patience, FlightCall<? extends V, ?> call) {
            this(key, new Patience(patience), call);
        }

        private SingleCaller(Object key, Patience patience, FlightCall<? extends V, ?> call) {
            super(tower, key, patience);
            this.key = key;
            this.patience = patience;
            this.call = call;
        }

        @Override
        End<V> lead(Flight<V> flight) {
            return tower.landings().lead(flight, call, null);
        }

        @Override
        End<V> alone() {
            return uncounted(call);
        }

        @Override
        boolean takes(End<V> end) {
            return end instanceof Outcome<V>;
        }

        /** On an executor the run is there before the claim: a thread of the executor may find it and have to start it. */
        private Flight<V> newFlight() {
            if (tower.executor() == null) {
                return new Flight<>(key, Thread.currentThread());
            }
            Flight<V> flight = new Flight<>(key, (Thread) null);
            flight.run(new BlockingRun<>(tower, flight, call, patience));
            return flight;
        }

        /** Goes on from the flight that it met in the place of its own, or from a full table. */
        private Arrival<V> meet(Flight<V> mine, @Nullable Flight<V> met) {
            ParkedWaiter<V> waiter = new ParkedWaiter<>(tower, patience);
            Admission<V> admission = tower.admissions().admit(mine, met, this::newFlight, waiter);
            return switch (admission.role()) {
                case LEADER -> depart(admission.flight());
                case FOLLOWER -> follow(waiter);
                default -> bypass();
            };
        }

        private Arrival<V> depart(Flight<V> claimed) {
            Outcome<V> kept = tower.values().fresh(key);
            if (kept != null && claimed.withholdRun()) {
                tower.tally().reused();
                tower.landings().landKept(claimed, kept);
                return new Arrival<>(kept, Role.REUSED, true);
            }
            tower.tally().led();
            return claimed.run() instanceof BlockingRun<V> run ? queue(run) : led(lead(claimed));
        }

        private Arrival<V> queue(BlockingRun<V> run) {
            ParkedWaiter<V> waiter = run.caller();
            tower.tally().waitBegan();
            run.queue(tower.config());
            await(waiter);
            Flight<V> toLead = waiter.toLead();
            if (toLead != null) {
                return led(lead(toLead));
            }
            if (waiter.left() == ParkedWaiter.Left.CIRCLE) {
                tower.tally().leftItsRun();
                tower.warnOfCircle();
                return new Arrival<>(alone(), Role.BYPASS, false);
            }
            if (waiter.left() != null) {
                return new Arrival<>(gaveUp(waiter.left()), Role.LEADER, false);
            }
            End<V> end = waiter.end();
            return end instanceof Outcome<V> ? led(end) : followInstead(end);
        }
    }
}
