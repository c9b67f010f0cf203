package dev.singleflight;

import dev.singleflight.Admissions.Admission;
import dev.singleflight.Flight.Boarding;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Calls that end in their caller's own future: led, followed, or alone. */
final class AsyncCalls<V extends @Nullable Object> {

    private final Tower<V> tower;

    AsyncCalls(Tower<V> tower) {
        this.tower = tower;
    }

    /**
     * Starts the call, or joins the flight that is up. What keys, bounds or the ticker throw fails the future.
     *
     * @param patience in nanoseconds
     */
    CompletableFuture<V> call(Object key, long patience, Supplier<? extends CompletionStage<? extends V>> call) {
        try {
            Outcome<V> kept = tower.values().fresh(key);
            if (kept != null) {
                tower.tally().reused();
                return CompletableFuture.completedFuture(kept.<RuntimeException>get());
            }
            FutureWaiter<V> follower = follow(key, patience, call);
            return follower == null ? meet(key, patience, call) : limited(key, patience, follower);
        } catch (Throwable refused) {
            return CompletableFuture.failedFuture(refused);
        }
    }

    /** Joins a flight that is up; null where there is none, or more to do than that. */
    private @Nullable FutureWaiter<V> follow(
            Object key, long patience, Supplier<? extends CompletionStage<? extends V>> call) {
        Flight<V> found = tower.admissions().watchedFlight(key);
        if (found != null) {
            FutureWaiter<V> waiter = waiter(patience, call);
            if (found.join(waiter, tower) == Boarding.JOINED) {
                tower.tally().follows();
                return waiter;
            }
        }
        return null;
    }

    private CompletableFuture<V> meet(
            Object key, long patience, Supplier<? extends CompletionStage<? extends V>> call) {
        Flight<V> mine = newFlight(key, call);
        Flight<V> met = tower.flights().claim(mine);
        if (mine.is(met)) {
            return depart(mine, patience, call);
        }
        FutureWaiter<V> waiter = waiter(patience, call);
        Admission<V> admission = tower.admissions().admit(mine, met, () -> newFlight(key, call), waiter);
        return switch (admission.role()) {
            case LEADER -> depart(admission.flight(), patience, call);
            case FOLLOWER -> {
                tower.relief().watchOver(admission.flight());
                Run.startQueued(admission.flight());
                yield limited(key, patience, waiter);
            }
            default -> limited(key, patience, alone(call));
        };
    }

    /** Starts the call outside any flight. */
    CompletableFuture<V> alone(Supplier<? extends CompletionStage<? extends V>> call) {
        tower.tally().bypassed();
        AsyncRun<V> run = new AsyncRun<>(tower, null, call, new CompletableFuture<>());
        run.runHere();
        return run.own();
    }

    /** Starts the call as if there were no group. */
    CompletableFuture<V> straight(Supplier<? extends CompletionStage<? extends V>> call) {
        CompletableFuture<V> own = new CompletableFuture<>();
        try {
            tower.stageOf(call).whenComplete((value, failure) -> AsyncRun.complete(own, value, failure));
        } catch (Throwable failure) {
            own.completeExceptionally(failure);
        }
        return own;
    }

    /** On an executor the run is there before the claim: a thread of the executor that finds the flight may have to start it. */
    private Flight<V> newFlight(Object key, Supplier<? extends CompletionStage<? extends V>> call) {
        Flight<V> flight = new Flight<>(key, (Thread) null);
        if (tower.executor() != null) {
            flight.run(new AsyncRun<>(tower, flight, call, new CompletableFuture<>()));
        }
        return flight;
    }

    private CompletableFuture<V> depart(
            Flight<V> claimed, long patience, Supplier<? extends CompletionStage<? extends V>> call) {
        Outcome<V> kept = tower.values().fresh(claimed.key());
        if (kept != null && claimed.withholdRun()) {
            tower.tally().reused();
            tower.landings().landKept(claimed, kept);
            return CompletableFuture.completedFuture(kept.<RuntimeException>get());
        }
        tower.tally().led();
        if (claimed.run() instanceof AsyncRun<V> queued) {
            tower.futures().pending(queued, claimed);
            queued.queue(tower.config());
            tower.startAtLast(queued);
            return limited(claimed.key(), patience, queued.own());
        }
        AsyncRun<V> run = new AsyncRun<>(tower, claimed, call, new CompletableFuture<>());
        run.begin();
        tower.futures().pending(run, claimed);
        run.go();
        return limited(claimed.key(), patience, run.own());
    }

    private CompletableFuture<V> limited(Object key, long patience, CompletableFuture<V> own) {
        if (patience != Tower.UNLIMITED && !own.isDone()) {
            Alarm alarm = tower.alarm(patience, () -> {
                Outcome<V> end = tower.outOfTime(key, patience);
                AsyncRun.complete(own, end.value(), end.failure());
            });
            CompletableFuture<V> unused = own.whenComplete((value, failure) -> alarm.silence());
        }
        return own;
    }

    private FutureWaiter<V> waiter(long patience, Supplier<? extends CompletionStage<? extends V>> call) {
        if (patience != Tower.UNLIMITED || tower.watch().isListening()) {
            return new WatchedFutureWaiter<>(tower.watch(), call);
        }
        return tower.config().executor() != null && Run.isOnExecutor()
                ? new FutureWaiter.OffExecutor<>(call)
                : new FutureWaiter<>(call);
    }

    private CompletableFuture<V> limited(Object key, long patience, FutureWaiter<V> waiter) {
        if (patience != Tower.UNLIMITED && waiter instanceof WatchedFutureWaiter<V> watched) {
            try {
                watched.limit(tower.alarm(patience, () -> waiter.expire(() -> tower.outOfTime(key, patience))));
            } catch (Throwable refused) {
                waiter.cancel(false); // the ticker threw: its caller gets another future, and nobody this one
                throw refused;
            }
        }
        return waiter;
    }
}
