package dev.singleflight;

import java.util.concurrent.atomic.AtomicReferenceFieldUpdater;
import java.util.concurrent.locks.LockSupport;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * A thread that waits for a flight. Its answer is written once: null while it waits, then the outcome it was told, or
 * {@link #LEFT}.
 */
final class ParkedWaiter<V extends @Nullable Object> implements Waiter<V> {

    @SuppressWarnings("rawtypes") // a class literal has no type arguments
    private static final AtomicReferenceFieldUpdater<ParkedWaiter, @Nullable Object> ANSWER =
            AtomicReferenceFieldUpdater.newUpdater(ParkedWaiter.class, Object.class, "answer");

    private static final Object LEFT = "left";

    private final Thread thread = Thread.currentThread();

    private volatile @Nullable Waiter<V> next;

    private volatile @Nullable Object answer;

    private @Nullable Flight<V> flight; // confined to the thread

    private boolean follows; // confined to the thread

    /** The caller of a flight that runs elsewhere: it waits for the end of its own call, and is told by name. */
    static <V extends @Nullable Object> ParkedWaiter<V> leading(Flight<V> flight) {
        ParkedWaiter<V> leader = new ParkedWaiter<>();
        leader.flight = flight;
        return leader;
    }

    @Override
    public @Nullable Waiter<V> next() {
        return next;
    }

    @Override
    public void next(@Nullable Waiter<V> next) {
        this.next = next;
    }

    @Override
    public void boarding(Flight<V> flight) {
        this.flight = flight;
        this.follows = true;
    }

    @Override
    public boolean isDone() {
        return answer != null;
    }

    /** Gives it the outcome and wakes its thread; false where it is told already or has left. */
    boolean tell(Outcome<V> outcome) {
        if (!ANSWER.compareAndSet(this, null, outcome)) {
            return false;
        }
        LockSupport.unpark(thread);
        return true;
    }

    /**
     * Parks until it is told, its patience ends, or its thread is interrupted (also before), and settles its debts.
     *
     * @param patience in nanoseconds; {@link Long#MAX_VALUE} for no limit
     */
    WaitEnd await(long patience, LongSupplier ticker) {
        try {
            return park(patience, ticker);
        } finally {
            if (answer == null) {
                leave(); // the ticker threw
            }
            settle();
        }
    }

    /** What it was told, or null where it left. */
    @SuppressWarnings("unchecked") // tell() and leave() write nothing else
    @Nullable
    Outcome<V> outcome() {
        return answer instanceof Outcome<?> outcome ? (Outcome<V>) outcome : null;
    }

    private WaitEnd park(long patience, LongSupplier ticker) {
        long start = patience == Long.MAX_VALUE ? 0 : ticker.getAsLong();
        while (answer == null) {
            if (thread.isInterrupted()) {
                if (leave()) {
                    return WaitEnd.INTERRUPTED;
                }
            } else if (patience == Long.MAX_VALUE) {
                LockSupport.park(this);
            } else {
                long left = patience - (ticker.getAsLong() - start);
                if (left > 0) {
                    LockSupport.parkNanos(this, left);
                } else if (leave()) {
                    return WaitEnd.TIMEOUT;
                }
            }
        }
        Outcome<V> outcome = outcome();
        return outcome != null && outcome.failure() == null ? WaitEnd.SUCCESS : WaitEnd.FAILURE;
    }

    /** Gives up waiting; false where the flight has landed or it is told: then the outcome wins. */
    private boolean leave() {
        Outcome<V> landed = flight == null ? null : flight.outcome();
        return ANSWER.compareAndSet(this, null, landed != null ? landed : LEFT) && landed == null;
    }

    /** Who was told tells the next; who left strikes itself off. */
    private void settle() {
        Outcome<V> outcome = outcome();
        Followers<V> followers = !follows || flight == null ? null : flight.followers();
        if (outcome != null) {
            outcome.passOn();
        } else if (followers != null) {
            followers.left();
        }
    }
}
