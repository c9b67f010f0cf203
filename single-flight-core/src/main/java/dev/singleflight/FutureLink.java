package dev.singleflight;

import org.jspecify.annotations.Nullable;

/** The node of a future in the stack of a flight that it went over to: the future itself is a node of the one before. */
final class FutureLink<V extends @Nullable Object> implements Waiter<V> {

    private final FutureWaiter<V> future;

    private volatile @Nullable Waiter<V> next;

    FutureLink(FutureWaiter<V> future) {
        this.future = future;
    }

    FutureWaiter<V> future() {
        return future;
    }

    @Override
    public @Nullable Waiter<V> next() {
        return next;
    }

    @Override
    public void next(@Nullable Waiter<V> next) {
        this.next = next;
    }

    /** The future has gone over already, in the one step that a cancellation cannot come between. */
    @Override
    public void boarding(Flight<V> flight) {}

    @Override
    public boolean isWaiting() {
        return future.isWaiting();
    }

    @Override
    public boolean choose(Flight<V> flight) {
        return future.choose(flight);
    }
}
