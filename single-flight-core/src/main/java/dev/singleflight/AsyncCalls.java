package dev.singleflight;

import dev.singleflight.Tower.Admission;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
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
            Flight<V> mine = newFlight(key, call);
            Flight<V> met = tower.flights().claim(mine);
            if (mine.is(met)) {
                return lead(mine, patience, call);
            }
            FutureWaiter<V> waiter = waiter(patience, call);
            Admission<V> admission = tower.admit(mine, met, () -> newFlight(key, call), waiter);
            return switch (admission.role()) {
                case LEADER -> lead(admission.flight(), patience, call);
                case FOLLOWER -> {
                    tower.watchOver(admission.flight());
                    yield limited(key, patience, waiter);
                }
                default -> limited(key, patience, alone(call));
            };
        } catch (Throwable refused) {
            return CompletableFuture.failedFuture(refused);
        }
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
        if (isQueued()) {
            flight.run(new AsyncRun<>(tower, flight, call, new CompletableFuture<>()));
        }
        return flight;
    }

    private CompletableFuture<V> lead(
            Flight<V> flight, long patience, Supplier<? extends CompletionStage<? extends V>> call) {
        tower.tally().led();
        Executor executor = tower.config().executor();
        AsyncRun<V> run = flight.run() instanceof AsyncRun<V> queued
                ? queued
                : new AsyncRun<>(tower, flight, call, new CompletableFuture<>());
        if (executor == null || flight.run() == null) {
            run.begin();
            tower.futures().pending(run, flight);
            run.go();
        } else {
            tower.futures().pending(run, flight);
            try {
                executor.execute(run);
            } catch (Throwable refused) {
                run.refuse(refused);
            }
        }
        return limited(flight.key(), patience, run.own());
    }

    /** Whether a leader's supplier goes to the executor. A thread that runs flights for one leads on itself. */
    private boolean isQueued() {
        return tower.config().executor() != null && !Run.isOnExecutor();
    }

    private CompletableFuture<V> limited(Object key, long patience, CompletableFuture<V> own) {
        if (patience != Tower.UNLIMITED && !own.isDone()) {
            Alarm alarm = tower.alarm(patience, () -> own.completeExceptionally(tower.timeout(key, patience)));
            CompletableFuture<V> unused = own.whenComplete((value, failure) -> alarm.silence());
        }
        return own;
    }

    private FutureWaiter<V> waiter(long patience, Supplier<? extends CompletionStage<? extends V>> call) {
        return patience != Tower.UNLIMITED || tower.watch().isListening()
                ? new WatchedFutureWaiter<>(tower.watch(), call)
                : new FutureWaiter<>(call);
    }

    private CompletableFuture<V> limited(Object key, long patience, FutureWaiter<V> waiter) {
        if (patience != Tower.UNLIMITED && waiter instanceof WatchedFutureWaiter<V> watched) {
            watched.limit(tower.alarm(patience, () -> waiter.expire(tower.timeout(key, patience))));
        }
        return waiter;
    }
}
