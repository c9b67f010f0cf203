package dev.singleflight;

import java.util.concurrent.atomic.AtomicReferenceFieldUpdater;
import org.jspecify.annotations.Nullable;

/**
 * How a flight ended, and those who wait to be told.
 *
 * <p>Parked waiters are told by one another. The stack is a queue that all of them share: who ends the flight takes two
 * from it, and each one told takes some more before it goes its way. While the queue is not empty, somebody who was told
 * has yet to take from it, so nobody is left behind; and who ended the flight is gone after two. The others take more: a
 * thread that wakes another may have to wait for a processor itself, and the fewer do so the sooner all are back.
 */
abstract sealed class End<V extends @Nullable Object> permits Outcome, Moved, Absent {

    @SuppressWarnings("rawtypes") // a class literal has no type arguments
    private static final AtomicReferenceFieldUpdater<End, @Nullable Waiter> UNTOLD =
            AtomicReferenceFieldUpdater.newUpdater(End.class, Waiter.class, "untold");

    private static final int TOLD_AT_THE_END = 2;

    private static final int TOLD_BY_EACH = 64;

    // Written by who ends the flight, before the end is published.
    private @Nullable Waiter<V> waiters;
    private boolean shared;

    private volatile @Nullable Waiter<V> untold;

    /** Whether at the end at least one follower was waiting. */
    final boolean shared() {
        return shared;
    }

    /** The stack of those who wait for this, from the last that came. */
    @Nullable
    final Waiter<V> waiters() {
        return waiters;
    }

    /** By who ends the flight, before it publishes this in the place of the stack. */
    final void addressTo(@Nullable Waiter<V> stack) {
        waiters = stack;
        untold = stack;
        shared = firstWaiting(stack) != null;
    }

    /** Tells the next parked waiters. Owed by who ended the flight. */
    final void passOn() {
        passOn(TOLD_AT_THE_END);
    }

    /** Tells the next parked waiters. Owed by each of them that was told. */
    final void passOnAsTold() {
        passOn(TOLD_BY_EACH);
    }

    private void passOn(int most) {
        int told = 0;
        Waiter<V> next = untold;
        while (told < most && next != null) {
            ParkedWaiter<V> parked = firstParked(next);
            boolean taken = UNTOLD.compareAndSet(this, next, parked == null ? null : parked.next());
            if (taken && parked != null && parked.tell(this)) {
                told++;
            }
            next = untold;
        }
    }

    /** The first in the stack that is neither told, chosen nor gone. */
    static <V extends @Nullable Object> @Nullable Waiter<V> firstWaiting(@Nullable Waiter<V> stack) {
        Waiter<V> waiter = stack;
        while (waiter != null && !waiter.isWaiting()) {
            waiter = waiter.next();
        }
        return waiter;
    }

    private static <V extends @Nullable Object> @Nullable ParkedWaiter<V> firstParked(Waiter<V> stack) {
        Waiter<V> waiter = stack;
        while (waiter != null) {
            if (waiter instanceof ParkedWaiter<V> parked) {
                return parked;
            }
            waiter = waiter.next();
        }
        return null;
    }
}
