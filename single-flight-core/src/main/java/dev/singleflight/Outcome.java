package dev.singleflight;

import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.atomic.AtomicReferenceFieldUpdater;
import org.jspecify.annotations.Nullable;

/**
 * How a flight ended: its value or failure, and those who wait to be told.
 *
 * <p>Parked waiters are told by one another. The stack is a queue that all of them share: the landing thread takes two
 * from it, and each one told takes two more before it goes its way. While the queue is not empty, somebody who was told
 * has yet to take from it, so nobody is left behind; and the landing thread is gone after two.
 */
final class Outcome<V extends @Nullable Object> {

    @SuppressWarnings("rawtypes") // a class literal has no type arguments
    private static final AtomicReferenceFieldUpdater<Outcome, @Nullable Waiter> UNTOLD =
            AtomicReferenceFieldUpdater.newUpdater(Outcome.class, Waiter.class, "untold");

    private static final int TOLD_BY_EACH = 2;

    private final @Nullable V value;

    private final @Nullable Throwable failure;

    private final @Nullable Throwable cause;

    // Written by the landing thread before the outcome is published.
    private @Nullable Waiter<V> waiters;
    private boolean shared;

    private volatile @Nullable Waiter<V> untold;

    private Outcome(@Nullable V value, @Nullable Throwable failure, @Nullable Throwable cause) {
        this.value = value;
        this.failure = failure;
        this.cause = cause;
    }

    /** Runs the call. */
    static <V extends @Nullable Object> Outcome<V> of(FlightCall<? extends V, ?> call) {
        try {
            return value(call.call());
        } catch (Throwable failure) {
            return failure(failure);
        }
    }

    static <V extends @Nullable Object> Outcome<V> value(@Nullable V value) {
        return new Outcome<>(value, null, null);
    }

    /** What a blocking call threw: the same for all. */
    static <V extends @Nullable Object> Outcome<V> failure(Throwable failure) {
        return new Outcome<>(null, failure, failure);
    }

    /** What a stage ended with: futures end as it did, threads get the cause. */
    static <V extends @Nullable Object> Outcome<V> failedStage(Throwable failure) {
        Throwable cause = failure;
        while ((cause instanceof CompletionException || cause instanceof ExecutionException)
                && cause.getCause() != null) {
            cause = cause.getCause();
        }
        return new Outcome<>(null, failure, cause);
    }

    /** For a thread: the value, or the failure thrown as it is. */
    @SuppressWarnings("NullAway") // the value is as nullable as V, which the analysis cannot say
    <X extends Exception> V get() throws X {
        if (cause != null) {
            Outcome.<X>rethrow(cause);
        }
        return value;
    }

    /** For a future: the value, where there is no failure. */
    @Nullable
    V value() {
        return value;
    }

    /** For a future: what it ends with. */
    @Nullable
    Throwable failure() {
        return failure;
    }

    /** Whether at the landing at least one follower was waiting. */
    boolean shared() {
        return shared;
    }

    /** The stack of those who wait for this outcome, from the last that came. */
    @Nullable
    Waiter<V> waiters() {
        return waiters;
    }

    /** By the landing thread, before it publishes this outcome in the place of the stack. */
    void addressTo(@Nullable Waiter<V> stack) {
        waiters = stack;
        untold = stack;
        shared = firstWaiting(stack) != null;
    }

    /** Tells the next two parked waiters. Owed by the landing thread and by each waiter that was told. */
    void passOn() {
        int told = 0;
        Waiter<V> next = untold;
        while (told < TOLD_BY_EACH && next != null) {
            ParkedWaiter<V> parked = firstParked(next);
            boolean taken = UNTOLD.compareAndSet(this, next, parked == null ? null : parked.next());
            if (taken && parked != null && parked.tell(this)) {
                told++;
            }
            next = untold;
        }
    }

    /** The first in the stack that is neither told nor gone. */
    static <V extends @Nullable Object> @Nullable Waiter<V> firstWaiting(@Nullable Waiter<V> stack) {
        Waiter<V> waiter = stack;
        while (waiter != null && waiter.isDone()) {
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

    /** Bound to no more than Throwable: an Error passes as well. */
    @SuppressWarnings("unchecked") // the failure is one that the call declares, or an unchecked one
    private static <X extends Throwable> void rethrow(Throwable failure) throws X {
        throw (X) failure;
    }
}
