package dev.singleflight;

import org.jspecify.annotations.Nullable;

/**
 * One wait for one flight, and a node of the flight's stack of waiters. A waiter is told an end, is chosen to lead, or
 * leaves: one atomic step decides which, and it happens once.
 */
sealed interface Waiter<V extends @Nullable Object> permits ParkedWaiter, FutureWaiter, FutureLink {

    /** The waiter below in the stack. */
    @Nullable
    Waiter<V> next();

    /** Set before the waiter is pushed; afterwards only to skip waiters that are done, by the one thread that prunes. */
    void next(@Nullable Waiter<V> next);

    /** Told which flight it is about to wait for, before it is pushed. */
    void boarding(Flight<V> flight);

    /** Whether it is neither told, chosen nor gone. */
    boolean isWaiting();

    /** Makes it the leader of the flight; false where it waits no longer. */
    boolean choose(Flight<V> flight);

    /** The future that is told by this node; null where a thread is. */
    static <V extends @Nullable Object> @Nullable FutureWaiter<V> futureOf(Waiter<V> waiter) {
        if (waiter instanceof FutureLink<V> link) {
            return link.future();
        }
        return waiter instanceof FutureWaiter<V> future ? future : null;
    }

    /** Chooses the one that has waited longest of a stack; null where nobody waits. */
    static <V extends @Nullable Object> @Nullable Waiter<V> chooseOldest(@Nullable Waiter<V> stack, Flight<V> flight) {
        while (true) {
            Waiter<V> oldest = null;
            for (Waiter<V> waiter = stack; waiter != null; waiter = waiter.next()) {
                if (waiter.isWaiting()) {
                    oldest = waiter;
                }
            }
            if (oldest == null || oldest.choose(flight)) {
                return oldest;
            }
        }
    }
}
