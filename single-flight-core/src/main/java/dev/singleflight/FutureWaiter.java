package dev.singleflight;

import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicReferenceFieldUpdater;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A follower's own future, which is its node in the stack too. The future's completion is the one step that decides
 * between told and left, and whoever completes it tells the listener; {@code flight} goes to null in the one step that
 * decides who strikes it off.
 */
sealed class FutureWaiter<V extends @Nullable Object> extends CompletableFuture<V> implements Waiter<V>
        permits WatchedFutureWaiter {

    @SuppressWarnings("rawtypes") // a class literal has no type arguments
    private static final AtomicReferenceFieldUpdater<FutureWaiter, @Nullable Flight> FLIGHT =
            AtomicReferenceFieldUpdater.newUpdater(FutureWaiter.class, Flight.class, "flight");

    private volatile @Nullable Waiter<V> next;

    private volatile @Nullable Flight<V> flight;

    @Override
    public final @Nullable Waiter<V> next() {
        return next;
    }

    @Override
    public final void next(@Nullable Waiter<V> next) {
        this.next = next;
    }

    @Override
    public final void boarding(Flight<V> flight) {
        this.flight = flight;
    }

    /**
     * Completes it as the flight ended; without effect where its holder has completed it.
     *
     * @return whether it had an effect: then {@link #waitOver} is due
     */
    final boolean tell(Outcome<V> outcome) {
        takeLeave();
        Throwable failure = outcome.failure();
        return failure == null ? completeWith(outcome.value()) : super.completeExceptionally(failure);
    }

    /** Ends it with the failure, where the flight has not landed: then it is about to be told, and the outcome wins. */
    final void expire(Throwable timeout) {
        Flight<V> joined = flight;
        if (joined != null && joined.outcome() == null) {
            leave();
            if (super.completeExceptionally(timeout)) {
                waitOver(WaitEnd.TIMEOUT);
            }
        }
    }

    @Override
    public final boolean complete(V value) {
        leave();
        return endedByHolder(super.complete(value));
    }

    @Override
    public final boolean completeExceptionally(Throwable failure) {
        leave();
        return endedByHolder(super.completeExceptionally(failure));
    }

    @Override
    public final boolean cancel(boolean mayInterruptIfRunning) {
        return completeExceptionally(new CancellationException()) || isCancelled();
    }

    @Override
    public final void obtrudeValue(V value) {
        if (!complete(value)) {
            super.obtrudeValue(value);
        }
    }

    @Override
    public final void obtrudeException(Throwable failure) {
        if (!completeExceptionally(failure)) {
            super.obtrudeException(failure);
        }
    }

    /** As in the superclass, which would complete it past the methods above. */
    @Override
    public final CompletableFuture<V> completeAsync(Supplier<? extends V> supplier, Executor executor) {
        executor.execute(() -> {
            if (!isDone()) {
                try {
                    complete(supplier.get());
                } catch (Throwable thrown) {
                    completeExceptionally(new CompletionException(thrown));
                }
            }
        });
        return this;
    }

    /** Whether anything is to be done when the wait is over. */
    boolean isWatched() {
        return false;
    }

    /** The wait is over, and whoever waits for this future knows. Called once. */
    void waitOver(WaitEnd end) {}

    /** Strikes it off, before its end is seen by anybody. */
    private void leave() {
        Followers<V> followers = isDone() ? null : takeLeave();
        if (followers != null) {
            followers.left();
        }
    }

    private boolean endedByHolder(boolean ended) {
        if (ended) {
            waitOver(WaitEnd.INTERRUPTED);
        }
        return ended;
    }

    @SuppressWarnings("unchecked") // boarding() writes nothing else
    private @Nullable Followers<V> takeLeave() {
        Flight<V> joined = FLIGHT.getAndSet(this, null);
        Followers<V> followers = joined == null ? null : joined.followers();
        if (followers != null) {
            followers.tower().tally().waitEnded();
        }
        return followers;
    }

    @SuppressWarnings("NullAway") // the value is as nullable as V, which the analysis cannot say
    private boolean completeWith(@Nullable V value) {
        return super.complete(value);
    }
}
