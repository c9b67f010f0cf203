package dev.singleflight;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** What becomes of the futures that wait for a group's flights when those end. */
final class FutureWaits<V extends @Nullable Object> {

    private final Tower<V> tower;

    FutureWaits(Tower<V> tower) {
        this.tower = tower;
    }

    /**
     * Without callbacks a future is completed here; with them in a task, so that none waits for another's callback. The
     * listener hears last, so that it delays nobody's outcome.
     */
    void tell(Outcome<V> outcome) {
        WaitEnd end = outcome.waitEnd();
        List<FutureWaiter<V>> told = new ArrayList<>();
        for (Waiter<V> waiter = outcome.waiters(); waiter != null; waiter = waiter.next()) {
            FutureWaiter<V> future = Waiter.futureOf(waiter);
            if (future == null) {
                continue;
            }
            if (future.getNumberOfDependents() > 0) {
                dispatch(future, () -> {
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

    /** {@link #tell}, off this thread. */
    void tellElsewhere(Flight<V> flight, Outcome<V> outcome) {
        Followers<V> followers = flight.followers();
        if (followers != null && followers.haveFuturesOffExecutor()) {
            tower.dispatchToPool(() -> tell(outcome));
        } else {
            tower.dispatch(() -> tell(outcome));
        }
    }

    /**
     * Sends those who wait for an end without an outcome to where they get one. Off this thread, and not on the executor:
     * that may be full of stuck calls.
     */
    void moveOn(Flight<V> from, End<V> end) {
        Followers<V> followers = from.followers();
        if (followers != null && followers.haveFutures()) {
            tower.dispatchToPool(() -> {
                Deque<FutureWaiter<V>> oldestFirst = new ArrayDeque<>();
                for (Waiter<V> waiter = end.waiters(); waiter != null; waiter = waiter.next()) {
                    FutureWaiter<V> future = Waiter.futureOf(waiter);
                    if (future != null) {
                        oldestFirst.push(future);
                    }
                }
                oldestFirst.forEach(future -> goOver(future, from, end));
            });
        }
    }

    /** Lets a future that waited for this end wait for the flight that it leads to. */
    void goOver(FutureWaiter<V> future, Flight<V> from, End<V> end) {
        Flight<V> left = from;
        End<V> ended = end;
        while (ended instanceof Moved<V> moved) {
            Flight<V> to = moved.to();
            if (to.expects(tower)) {
                if (!future.goOver(left, to) || board(future, to)) {
                    return;
                }
                left = to;
            }
            ended = to.end();
        }
        if (ended instanceof Outcome<V> outcome) {
            if (future.tell(outcome)) {
                future.waitOver(outcome.waitEnd());
            }
        } else {
            startOver(future, left);
        }
    }

    /** Lets a future lead with its own call, on the executor or the common pool: never on the thread of a failed leader. */
    void lead(FutureWaiter<V> future, @Nullable Flight<V> flight) {
        tower.tally().succeeded();
        AsyncRun<V> run = new AsyncRun<>(tower, flight, future.takeCall(), future);
        pending(run, flight);
        future.waitOver(WaitEnd.HANDED_OVER);
        dispatch(future, run);
        tower.startAtLast(run);
    }

    /** Counts the future of a leader as pending, until it ends. */
    void pending(AsyncRun<V> run, @Nullable Flight<V> flight) {
        if (flight != null) {
            flight.runLate(run); // a thread of the executor that waits already may be the only one left to start it
        }
        tower.tally().waitBegan();
        CompletableFuture<V> unused = run.own().whenComplete((value, failure) -> {
            tower.tally().waitEnded();
            if (flight != null) {
                tower.landings().abandon(flight);
            }
        });
    }

    /** False where the flight has ended. */
    private boolean board(FutureWaiter<V> future, Flight<V> flight) {
        if (!flight.joinAgain(new FutureLink<>(future), tower)) {
            return false;
        }
        tower.relief().watchOver(flight);
        return true;
    }

    private void dispatch(FutureWaiter<V> future, Runnable task) {
        if (future.isOffExecutor()) {
            tower.dispatchToPool(task);
        } else {
            tower.dispatch(task);
        }
    }

    /** Claims the key again for a future whose flight had no outcome for it. */
    private void startOver(FutureWaiter<V> future, Flight<V> from) {
        Flight<V> left = from;
        while (true) {
            Flight<V> mine = left.another();
            Flight<V> there = tower.flights().claim(mine);
            if (there == null || mine.is(there)) {
                Flight<V> flight = there;
                if (future.lead(left)) {
                    lead(future, flight);
                } else if (flight != null) {
                    tower.landings().handOver(flight);
                }
                return;
            }
            if (there.expects(tower)) {
                if (!future.goOver(left, there) || board(future, there)) {
                    return;
                }
                left = there;
            }
            tower.flights().remove(there);
        }
    }
}
