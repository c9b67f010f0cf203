package dev.singleflight;

import dev.singleflight.Flight.Boarding;
import dev.singleflight.FlightRejectedException.Reason;
import dev.singleflight.ParkedWaiter.Left;
import org.jspecify.annotations.Nullable;

/** The way of a blocking caller that met a flight: it waits, goes over to another one, leads, or runs alone. */
abstract class Caller<V extends @Nullable Object> {

    private final Tower<V> tower;

    private final Object key;

    private final Patience patience;

    Caller(Tower<V> tower, Object key, Patience patience) {
        this.tower = tower;
        this.key = key;
        this.patience = patience;
    }

    /** Runs its own call as the leader of the flight, on this thread. */
    abstract End<V> lead(Flight<V> flight);

    /** Runs its own call outside any flight. */
    abstract End<V> alone();

    /** Whether the end of somebody else's flight is an answer for it; else it starts over. */
    abstract boolean takes(End<V> end);

    /** Waits for a flight that was up when it came; where that has ended meanwhile, the end counts all the same. */
    final Arrival<V> join(Flight<V> found) {
        ParkedWaiter<V> waiter = new ParkedWaiter<>(tower, patience);
        Boarding boarding = found.join(waiter, tower);
        if (boarding == Boarding.FULL) {
            tower.admissions().overflow(found, Reason.MAX_FOLLOWERS);
            return bypass();
        }
        if (boarding == Boarding.JOINED) {
            tower.tally().follows();
            return follow(waiter);
        }
        tower.tally().joined();
        return onward(found.end(), tower.watch().start());
    }

    /** Goes on from the end of a flight that it was to lead, but whose run never began. */
    final Arrival<V> followInstead(@Nullable End<V> end) {
        tower.tally().withdrawn();
        return onward(end, tower.watch().start());
    }

    final Arrival<V> led(End<V> end) {
        return new Arrival<>(end, Role.LEADER, end.shared());
    }

    final ParkedWaiter<V> await(ParkedWaiter<V> waiter) {
        try {
            waiter.await();
        } finally {
            tower.tally().waitEnded();
        }
        return waiter;
    }

    /** What it gets that gave up waiting: an earlier value, where its patience ended and there is one that may stand in. */
    final Outcome<V> gaveUp(@Nullable Left why) {
        if (why != Left.TIMED_OUT) {
            throw new FlightInterruptedException(tower.config().name(), key);
        }
        Outcome<V> stale = tower.values().stale(key);
        if (stale == null) {
            throw tower.timeout(key, patience.limit());
        }
        return stale;
    }

    final Arrival<V> bypass() {
        tower.tally().bypassed();
        return new Arrival<>(alone(), Role.BYPASS, false);
    }

    /** Goes on from a flight in which its waiter stands. */
    final Arrival<V> follow(ParkedWaiter<V> waiter) {
        long start = tower.watch().start();
        Arrival<V> arrival = arrive(await(waiter), start);
        return arrival != null ? arrival : onward(waiter.end(), start);
    }

    /** Where a wait led to; null where it ended with the end of the flight. */
    private @Nullable Arrival<V> arrive(ParkedWaiter<V> waiter, long start) {
        Flight<V> toLead = waiter.toLead();
        if (toLead != null) {
            return takeOver(toLead, start);
        }
        return waiter.left() == null ? null : leave(waiter.left(), start);
    }

    /** Goes on from the end of a flight, over as many flights as it takes. */
    private Arrival<V> onward(@Nullable End<V> first, long start) {
        End<V> end = first;
        while (true) {
            ParkedWaiter<V> waiter = new ParkedWaiter<>(tower, patience);
            while (end instanceof Moved<V> moved) {
                end = moved.to().joinAgain(waiter, tower) ? null : moved.to().end();
            }
            if (end != null && takes(end)) {
                tower.watch().waited(start, end instanceof Outcome<V> outcome ? outcome.waitEnd() : WaitEnd.SUCCESS);
                return new Arrival<>(end, Role.FOLLOWER, true);
            }
            Flight<V> claimed = end == null ? null : startOver(waiter);
            if (claimed != null) {
                return takeOver(claimed, start);
            }
            tower.tally().waitBegan();
            Arrival<V> arrival = arrive(await(waiter), start);
            if (arrival != null) {
                return arrival;
            }
            end = waiter.end();
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
        return led(lead(flight));
    }

    private Arrival<V> leave(@Nullable Left why, long start) {
        if (why == Left.CIRCLE) {
            tower.tally().turnedBack();
            tower.warnOfCircle();
            return new Arrival<>(alone(), Role.BYPASS, false);
        }
        tower.watch().waited(start, why == Left.TIMED_OUT ? WaitEnd.TIMEOUT : WaitEnd.INTERRUPTED);
        return new Arrival<>(gaveUp(why), Role.FOLLOWER, true);
    }

    /** How a caller's way ended. */
    record Arrival<V extends @Nullable Object>(End<V> end, Role role, boolean shared) {

        /** Of a caller that takes nothing but outcomes. */
        Outcome<V> outcome() {
            return (Outcome<V>) end;
        }
    }
}
