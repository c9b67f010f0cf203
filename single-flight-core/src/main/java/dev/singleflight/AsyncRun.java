package dev.singleflight;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Future;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** The run of an asynchronous call, from its supplier to the end of its stage: a flight's, or one outside any flight. */
final class AsyncRun<V extends @Nullable Object> extends Run<V> {

    private final Tower<V> tower;

    private final @Nullable Flight<V> flight;

    private final Supplier<? extends CompletionStage<? extends V>> call;

    /** The future of the caller that leads. */
    private final CompletableFuture<V> own;

    private long start; // written before the stage is asked for its end, read at its end

    private volatile @Nullable CompletionStage<? extends V> stage;

    private volatile boolean cancelled;

    AsyncRun(
            Tower<V> tower,
            @Nullable Flight<V> flight,
            Supplier<? extends CompletionStage<? extends V>> call,
            CompletableFuture<V> own) {
        this.tower = tower;
        this.flight = flight;
        this.call = call;
        this.own = own;
    }

    CompletableFuture<V> own() {
        return own;
    }

    @Override
    void go() {
        start = tower.watch().start();
        try {
            CompletionStage<? extends V> started = started();
            stage = started;
            if (cancelled) {
                cancel(started);
            }
            started.whenComplete((value, failure) -> end(value, failure, start));
        } catch (Throwable failure) {
            end(null, failure, start);
        }
    }

    @Override
    void refused(Throwable failure) {
        end(null, failure, tower.watch().start());
    }

    @Override
    void withdrawn(Moved<V> end) {
        if (flight == null) {
            return;
        }
        if (own instanceof FutureWaiter<V>) {
            tower.tally().successionWithdrawn();
        } else {
            tower.tally().withdrawn();
        }
        FutureWaiter<V> follower = new FutureWaiter.OffExecutor<>(call); // the executor has not even started it
        follower.boarding(flight);
        CompletableFuture<V> unused = follower.whenComplete((value, failure) -> {
            tower.tally().waitBegan(); // the caller's own future is pending still, and was counted once
            finish(value, failure);
        });
        tower.futures().goOver(follower, flight, end);
        CompletableFuture<V> unusedToo = own.whenComplete((value, failure) -> follower.cancel(false));
    }

    /** Cancels what it waits for: nobody wants the outcome any more. */
    void cancel() {
        cancelled = true;
        CompletionStage<? extends V> started = begin() ? null : stage;
        if (started != null) {
            cancel(started);
        }
    }

    private static void cancel(CompletionStage<?> stage) {
        try {
            Future<?> future = stage instanceof Future<?> itself ? itself : stage.toCompletableFuture();
            future.cancel(true);
        } catch (Throwable refused) {
            // A stage that cannot be cancelled goes on for nobody.
        }
    }

    private CompletionStage<? extends V> started() {
        if (flight == null) {
            return tower.stageOf(call);
        }
        flight.leader(Thread.currentThread());
        try {
            return tower.stageOf(call);
        } finally {
            flight.leader(null);
        }
    }

    private void end(@Nullable V value, @Nullable Throwable failure, long start) {
        Outcome<V> outcome = failure == null ? Outcome.value(value) : Outcome.failedStage(failure);
        if (flight != null) {
            outcome = tower.landings().landStage(flight, outcome);
        } else if (failure != null) {
            tower.tally().failed();
        }
        finish(outcome.value(), outcome.failure());
        tower.watch().ran(start, failure);
    }

    /** Ends the caller's future. */
    private void finish(@Nullable V value, @Nullable Throwable failure) {
        if (own instanceof FutureWaiter<V> successor) {
            if (successor.finish(value, failure)) {
                successor.waitOver(failure == null ? WaitEnd.SUCCESS : WaitEnd.FAILURE);
            }
        } else {
            complete(own, value, failure);
        }
    }

    /** Ends a future as a stage ended. */
    @SuppressWarnings("NullAway") // the value is as nullable as V, which the analysis cannot say
    static <V extends @Nullable Object> void complete(
            CompletableFuture<V> future, @Nullable V value, @Nullable Throwable failure) {
        if (failure == null) {
            future.complete(value);
        } else {
            future.completeExceptionally(failure);
        }
    }
}
