package dev.singleflight;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Calls that end in their caller's own future: led, followed, or alone. */
final class AsyncCalls<V extends @Nullable Object> {

    private static final Executor CALLERS_THREAD = Runnable::run;

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
            Flight<V> mine = new Flight<>(key, null);
            Flight<V> met = tower.flights().claim(mine);
            if (!mine.is(met)) {
                FutureWaiter<V> waiter = waiter(patience);
                Role role = tower.admit(mine, met, waiter);
                if (role == Role.FOLLOWER) {
                    return limited(key, patience, waiter);
                }
                if (role == Role.BYPASS) {
                    return limited(key, patience, alone(call));
                }
            }
            return lead(mine, patience, call);
        } catch (Throwable refused) {
            return CompletableFuture.failedFuture(refused);
        }
    }

    /** Starts the call outside any flight. */
    CompletableFuture<V> alone(Supplier<? extends CompletionStage<? extends V>> call) {
        tower.tally().bypassed();
        AsyncRun<V> run = new AsyncRun<>(tower, null, call);
        run.run();
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

    private CompletableFuture<V> lead(
            Flight<V> mine, long patience, Supplier<? extends CompletionStage<? extends V>> call) {
        tower.tally().led();
        tower.tally().waitBegan();
        AsyncRun<V> run = new AsyncRun<>(tower, mine, call);
        CompletableFuture<V> own = run.own();
        Executor executor = tower.config().executor();
        try {
            (executor == null ? CALLERS_THREAD : executor).execute(run);
        } catch (Throwable refused) {
            run.refuse(refused);
        }
        CompletableFuture<V> unused =
                own.whenComplete((value, failure) -> tower.tally().waitEnded());
        return limited(mine.key(), patience, own);
    }

    private CompletableFuture<V> limited(Object key, long patience, CompletableFuture<V> own) {
        if (patience != Tower.UNLIMITED && !own.isDone()) {
            Alarm alarm = tower.alarm(patience, () -> own.completeExceptionally(tower.timeout(key, patience)));
            CompletableFuture<V> unused = own.whenComplete((value, failure) -> alarm.silence());
        }
        return own;
    }

    private FutureWaiter<V> waiter(long patience) {
        return patience != Tower.UNLIMITED || tower.watch().isListening()
                ? new WatchedFutureWaiter<>(tower.watch())
                : new FutureWaiter<>();
    }

    private CompletableFuture<V> limited(Object key, long patience, FutureWaiter<V> waiter) {
        if (patience != Tower.UNLIMITED && waiter instanceof WatchedFutureWaiter<V> watched) {
            watched.limit(tower.alarm(patience, () -> waiter.expire(tower.timeout(key, patience))));
        }
        return waiter;
    }
}
