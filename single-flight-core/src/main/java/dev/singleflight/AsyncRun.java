package dev.singleflight;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** The run of an asynchronous call, from its supplier to the end of its stage: a flight's, or one outside any flight. */
final class AsyncRun<V extends @Nullable Object> implements Runnable {

    private final Tower<V> tower;

    private final @Nullable Flight<V> flight;

    private final Supplier<? extends CompletionStage<? extends V>> call;

    /** The future of the caller that leads. */
    private final CompletableFuture<V> own = new CompletableFuture<>();

    private long start; // written before the stage is asked for its end, read at its end

    AsyncRun(Tower<V> tower, @Nullable Flight<V> flight, Supplier<? extends CompletionStage<? extends V>> call) {
        this.tower = tower;
        this.flight = flight;
        this.call = call;
    }

    CompletableFuture<V> own() {
        return own;
    }

    @Override
    public void run() {
        start = tower.watch().start();
        try {
            stage().whenComplete(this::end);
        } catch (Throwable failure) {
            end(null, failure);
        }
    }

    /** Ends the run before it began: an executor would not take it. */
    void refuse(Throwable failure) {
        end(null, failure, tower.watch().start());
    }

    private CompletionStage<? extends V> stage() {
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

    private void end(@Nullable V value, @Nullable Throwable failure) {
        end(value, failure, start);
    }

    private void end(@Nullable V value, @Nullable Throwable failure, long start) {
        if (flight == null) {
            if (failure != null) {
                tower.tally().failed();
            }
        } else if (!tower.landStage(flight, failure == null ? Outcome.value(value) : Outcome.failedStage(failure))) {
            return;
        }
        complete(own, value, failure);
        tower.watch().ran(start, failure);
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
