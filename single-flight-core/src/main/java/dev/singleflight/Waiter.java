package dev.singleflight;

import org.jspecify.annotations.Nullable;

/**
 * One wait for one flight, and a node of the flight's stack of waiters. A waiter is told an outcome or it leaves: one
 * atomic step decides which, and it happens once.
 */
sealed interface Waiter<V extends @Nullable Object> permits ParkedWaiter, FutureWaiter {

    /** The waiter below in the stack. */
    @Nullable
    Waiter<V> next();

    /** Set before the waiter is pushed; afterwards only to skip waiters that left, by the one thread that prunes. */
    void next(@Nullable Waiter<V> next);

    /** Told which flight it is about to wait for, before it is pushed. */
    void boarding(Flight<V> flight);

    /** Whether it is told already or has left: nobody needs to tell it anything. */
    boolean isDone();
}
