package dev.singleflight;

import java.util.Objects;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicReferenceFieldUpdater;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A follower's own future, which is its node in the stack too, and keeps its own call: it may have to lead.
 *
 * <p>{@code flight} is what it waits for. It goes to null in the one step that decides who strikes it off: who tells it,
 * or its holder who ends it; to {@link #LEADING} in the one step that makes it lead; to another flight in the one step that
 * moves it there. Who completes the future tells the listener.
 */
sealed class FutureWaiter<V extends @Nullable Object> extends CompletableFuture<V> implements Waiter<V>
        permits WatchedFutureWaiter, FutureWaiter.OffExecutor {

    @SuppressWarnings("rawtypes") // a class literal has no type arguments
    private static final AtomicReferenceFieldUpdater<FutureWaiter, @Nullable Flight> FLIGHT =
            AtomicReferenceFieldUpdater.newUpdater(FutureWaiter.class, Flight.class, "flight");

    @SuppressWarnings("rawtypes") // a class literal has no type arguments
    private static final AtomicReferenceFieldUpdater<FutureWaiter, @Nullable Waiter> NEXT =
            AtomicReferenceFieldUpdater.newUpdater(FutureWaiter.class, Waiter.class, "next");

    /** In the place of a flight: its own call is the run. */
    private static final Flight<?> LEADING = new Flight<>("leading", (Thread) null);

    /** By who moved {@code flight} away last; null once the wait is over, so that an old future holds no captured objects. */
    private @Nullable Supplier<? extends CompletionStage<? extends V>> call;

    private volatile @Nullable Waiter<V> next;

    private volatile @Nullable Flight<V> flight;

    FutureWaiter(Supplier<? extends CompletionStage<? extends V>> call) {
        this.call = call;
    }

    /** Whether no task of the executor may be needed to end it: a run on the executor, which made it, may wait for it. */
    boolean isOffExecutor() {
        return false;
    }

    /** Its own call. For who made it lead. */
    final Supplier<? extends CompletionStage<? extends V>> takeCall() {
        Supplier<? extends CompletionStage<? extends V>> own = Objects.requireNonNull(call);
        call = null;
        return own;
    }

    @Override
    public final @Nullable Waiter<V> next() {
        return next;
    }

    @Override
    public final void next(@Nullable Waiter<V> next) {
        NEXT.lazySet(this, next); // the push publishes it
    }

    @Override
    public final void boarding(Flight<V> flight) {
        FLIGHT.lazySet(this, flight); // the push publishes it
    }

    @Override
    public final boolean isWaiting() {
        return joined() != null;
    }

    @Override
    public final boolean choose(Flight<V> toLead) {
        Flight<V> joined = joined();
        return joined != null && lead(joined);
    }

    /** Makes it lead; false where it waits for that flight no longer. */
    @SuppressWarnings("unchecked") // a mark, whose type says nothing
    final boolean lead(Flight<V> from) {
        if (!FLIGHT.compareAndSet(this, from, LEADING)) {
            return false;
        }
        waitEnded(from);
        return true;
    }

    /** Moves it from one flight to another; false where it waits for the first no longer. */
    final boolean goOver(Flight<V> from, Flight<V> to) {
        return FLIGHT.compareAndSet(this, from, to);
    }

    /**
     * Completes it as the flight ended; without effect where its holder is completing it, who has left then.
     *
     * @return whether it had an effect: then {@link #waitOver} is due
     */
    final boolean tell(Outcome<V> outcome) {
        return takeLeave() != null && finish(outcome.value(), outcome.failure());
    }

    /** Completes it as its own run ended; without effect where its holder has completed it. */
    @SuppressWarnings("NullAway") // the value is as nullable as V, which the analysis cannot say
    final boolean finish(@Nullable V value, @Nullable Throwable failure) {
        return failure == null ? super.complete(value) : super.completeExceptionally(failure);
    }

    /** Ends it so, where the flight has not landed: then it is about to be told, and that wins. */
    final void expire(Supplier<Outcome<V>> outOfTime) {
        Flight<V> now = flight;
        if (now != null && !(now.end() instanceof Outcome<V>)) {
            Outcome<V> end = outOfTime.get();
            leave();
            if (finish(end.value(), end.failure())) {
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

    /** The wait is over, and whoever waits for this future knows. */
    void waitOver(WaitEnd end) {}

    /** Strikes it off, before its end is seen by anybody. */
    private void leave() {
        Flight<V> joined = isDone() ? null : takeLeave();
        Followers<V> followers = joined == null ? null : joined.followers();
        if (followers != null && joined != null) {
            followers.tower().left(joined);
        }
    }

    private boolean endedByHolder(boolean ended) {
        if (ended) {
            waitOver(WaitEnd.INTERRUPTED);
        }
        return ended;
    }

    private @Nullable Flight<V> joined() {
        Flight<V> now = flight;
        return LEADING.is(now) ? null : now;
    }

    /** What it waited for; null where it waited no longer. */
    private @Nullable Flight<V> takeLeave() {
        Flight<V> joined = joined();
        while (joined != null) {
            if (FLIGHT.compareAndSet(this, joined, null)) {
                call = null;
                waitEnded(joined);
                return joined;
            }
            joined = joined(); // it has gone over, or leads
        }
        return null;
    }

    private static void waitEnded(Flight<?> joined) {
        Followers<?> followers = joined.followers();
        if (followers != null) {
            followers.tower().tally().waitEnded();
        }
    }

    /** One that no task of the executor may be needed to end. */
    static final class OffExecutor<V extends @Nullable Object> extends FutureWaiter<V> {

        OffExecutor(Supplier<? extends CompletionStage<? extends V>> call) {
            super(call);
        }

        @Override
        boolean isOffExecutor() {
            return true;
        }
    }
}
