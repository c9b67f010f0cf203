package dev.singleflight;

import java.io.InterruptedIOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.net.SocketTimeoutException;
import java.nio.channels.ClosedByInterruptException;
import java.util.concurrent.CancellationException;
import org.jspecify.annotations.Nullable;

/** The ends of a group's flights, each in the order that {@link Flight} asks for. */
final class Landings<V extends @Nullable Object> {

    private static final Logger LOGGER = System.getLogger(Landings.class.getName());

    /** How far down the causes of a failure an interrupt is looked for. */
    private static final int DEPTH = 32;

    private final Tower<V> tower;

    Landings(Tower<V> tower) {
        this.tower = tower;
    }

    /**
     * Runs a call on this thread and lands its flight.
     *
     * @param caller who waits for this run; null where this is the caller's thread
     * @return what the leader gets
     */
    Outcome<V> lead(Flight<V> flight, FlightCall<? extends V, ?> call, @Nullable ParkedWaiter<V> caller) {
        flight.leader(Thread.currentThread());
        long start = tower.watch().start();
        return landRun(flight, Outcome.of(call), start, caller);
    }

    /** A call has ended on this thread, which entered the slot for it. */
    Outcome<V> landEntered(Slot<V> slot, Object key, Outcome<V> outcome, long start) {
        if (!slot.leave(key)) {
            return landRun(slot.settle(), outcome, start, null);
        }
        if (outcome.failure() != null) {
            tower.tally().failed();
        }
        tower.watch().ran(start, outcome.failure());
        return outcome;
    }

    /**
     * A call has ended on this thread.
     *
     * @param start when it began, by the watch
     * @param caller who waits for this run; null where this is the caller's thread
     * @return what the leader gets
     */
    Outcome<V> landRun(Flight<V> flight, Outcome<V> outcome, long start, @Nullable ParkedWaiter<V> caller) {
        Throwable failure = outcome.failure();
        boolean cancelled = isCancelled(failure);
        if (failure != null) {
            tower.tally().failed();
        }
        Outcome<V> own = landCall(flight, outcome, cancelled);
        if (caller != null) {
            caller.tell(own);
        }
        tower.watch().ran(start, failure);
        return own;
    }

    /** The end of a call that an executor would not take. */
    void landUnstarted(Flight<V> flight, Outcome<V> outcome, ParkedWaiter<V> caller) {
        long start = tower.watch().start();
        tower.tally().failed();
        caller.tell(landCall(flight, outcome, false));
        tower.watch().ran(start, outcome.failure());
    }

    /** A stage has ended, on the thread that completed it. */
    Outcome<V> landStage(Flight<V> flight, Outcome<V> outcome) {
        if (outcome.cause() != null) {
            tower.tally().failed();
        }
        Outcome<V> told = land(flight, outcome, outcome.cause() instanceof CancellationException);
        if (haveFutures(flight, told)) {
            tower.futures().tell(told);
        }
        return told;
    }

    /** A blocking call has ended on this thread, whose transaction and locks no other caller's callback may meet. */
    Outcome<V> landCall(Flight<V> flight, Outcome<V> outcome, boolean cancelled) {
        Outcome<V> told = land(flight, outcome, cancelled);
        if (haveFutures(flight, told)) {
            tower.futures().tellElsewhere(flight, told);
        }
        return told;
    }

    /** A flight was claimed after another one had landed whose value still answers. */
    void landKept(Flight<V> flight, Outcome<V> kept) {
        flight.leader(null);
        tower.flights().remove(flight);
        if (flight.end(kept)) {
            kept.passOn();
            if (haveFutures(flight, kept)) {
                tower.futures().tellElsewhere(flight, kept);
            }
        } else {
            tower.relief().leaderEnded(flight);
        }
    }

    /** The call of a batch has returned nothing for the key of this flight. */
    Absent<V> landAbsent(Flight<V> flight) {
        Absent<V> end = Absent.fromBatch();
        flight.leader(null);
        tower.flights().remove(flight);
        if (flight.end(end)) {
            end.passOn();
            tower.futures().moveOn(flight, end);
        } else {
            tower.relief().leaderEnded(flight);
        }
        return end;
    }

    /** Whether a blocking call that failed with this on the present thread was cancelled. */
    static boolean isCancelled(@Nullable Throwable failure) {
        return failure != null && (Thread.currentThread().isInterrupted() || isInterrupt(failure));
    }

    /**
     * Finds a leader for a flight whose leader is gone; where nobody waits, the flight ends. It stays in its group, so that
     * nobody starts a second one meanwhile.
     */
    void handOver(Flight<V> flight) {
        Followers<V> followers = flight.followers();
        if (followers != null && !followers.renew(tower.now())) {
            tower.relief().leaderEnded(flight); // it was declared stuck, or is just being
            return;
        }
        Absent<V> end = Absent.withoutLeader();
        while (!flight.endAlone(end)) {
            followers = flight.followers();
            Waiter<V> successor = followers == null ? null : followers.chooseSuccessor(flight);
            if (successor != null) {
                start(successor, flight);
                return;
            }
            if (flight.end() != null) {
                tower.relief().leaderEnded(flight);
                return;
            }
        }
        tower.flights().remove(flight);
    }

    /** Ends an asynchronous flight that nobody wants any more, in the very step that sees everybody gone. */
    void abandon(Flight<V> flight) {
        if (tower.config().abandoned() == Abandoned.CANCEL
                && flight.run() instanceof AsyncRun<V> run
                && run.own().isDone()
                && flight.endAlone(Absent.withoutLeader())) {
            tower.flights().remove(flight);
            run.cancel();
        }
    }

    /** A parked successor runs its call itself. */
    void start(Waiter<V> successor, Flight<V> flight) {
        if (successor instanceof FutureWaiter<V> future) {
            tower.futures().lead(future, flight);
        } else if (successor instanceof FutureLink<V> link) {
            tower.futures().lead(link.future(), flight);
        }
    }

    /** Returns what its leader gets. */
    private Outcome<V> land(Flight<V> flight, Outcome<V> outcome, boolean cancelled) {
        Throwable cause = outcome.cause();
        Outcome<V> stale = cause == null || cancelled ? null : tower.values().stale(flight.key());
        boolean shared = cause == null || stale != null || (!cancelled && isShared(cause));
        flight.leader(null);
        if (!shared) {
            handOver(flight);
            return outcome;
        }
        Outcome<V> told = stale == null ? outcome : stale;
        tower.values().takeOut(flight, outcome);
        if (flight.end(told)) {
            told.passOn();
        } else {
            tower.relief().leaderEnded(flight);
        }
        return told;
    }

    private boolean haveFutures(Flight<V> flight, Outcome<V> told) {
        Followers<V> followers = flight.followers();
        return followers != null && followers.haveFutures() && flight.end() == told;
    }

    private boolean isShared(Throwable failure) {
        try {
            return tower.config().shareFailure().test(failure);
        } catch (Throwable thrown) {
            LOGGER.log(
                    Level.WARNING,
                    "shareFailure of group '" + tower.config().name()
                            + "' failed; the failure it was asked about is shared",
                    thrown);
            return true;
        }
    }

    private static boolean isInterrupt(Throwable failure) {
        Throwable cause = failure;
        for (int depth = 0; cause != null && depth <= DEPTH; depth++) {
            if (cause instanceof InterruptedException
                    || cause instanceof ClosedByInterruptException
                    || (cause instanceof InterruptedIOException && !(cause instanceof SocketTimeoutException))) {
                return true;
            }
            cause = cause.getCause();
        }
        return false;
    }
}
