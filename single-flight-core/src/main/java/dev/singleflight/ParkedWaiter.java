package dev.singleflight;

import java.lang.invoke.VarHandle;
import java.util.concurrent.atomic.AtomicReferenceFieldUpdater;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * A thread that waits for a flight. Its answer is written once: null while it waits, then the {@link End} it was told, the
 * {@link Flight} it was chosen to lead, or why it {@link Left}.
 *
 * <p>While the thread is parked the waiter is its park blocker: so a circle of waits can be seen, see {@link Circle}.
 */
final class ParkedWaiter<V extends @Nullable Object> implements Waiter<V> {

    @SuppressWarnings("rawtypes") // a class literal has no type arguments
    private static final AtomicReferenceFieldUpdater<ParkedWaiter, @Nullable Object> ANSWER =
            AtomicReferenceFieldUpdater.newUpdater(ParkedWaiter.class, Object.class, "answer");

    /** Null once it waits no longer: a future above it in the stack may be kept, and would keep the thread. */
    private @Nullable Thread thread = Thread.currentThread();

    private final Tower<V> tower;

    private final Patience patience;

    private volatile @Nullable Waiter<V> next;

    private volatile @Nullable Object answer;

    private volatile @Nullable Flight<V> flight; // by the thread, before anybody can see the waiter

    private @Nullable Run<V> own; // confined to the thread

    ParkedWaiter(Tower<V> tower, Patience patience) {
        this.tower = tower;
        this.patience = patience;
    }

    /** The caller of a run that an executor was given: it waits for the end of its own call, and is told by name. */
    static <V extends @Nullable Object> ParkedWaiter<V> leading(
            Tower<V> tower, Patience patience, Flight<V> flight, Run<V> own) {
        ParkedWaiter<V> leader = new ParkedWaiter<>(tower, patience);
        leader.flight = flight;
        leader.own = own;
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
    }

    @Override
    public boolean isWaiting() {
        return answer == null;
    }

    @Override
    public boolean choose(Flight<V> flight) {
        return answer(flight);
    }

    /** Gives it the end and wakes its thread; false where it is told already, leads or has left. */
    boolean tell(End<V> end) {
        return answer(end);
    }

    /** Lets its thread look around. */
    void wake() {
        LockSupport.unpark(thread);
    }

    /** The flight it waits for. */
    @Nullable
    Flight<V> flight() {
        return flight;
    }

    /** Parks until it is told or chosen, its patience ends, it would close a circle, or its thread is interrupted. */
    void await() {
        try {
            Flight<V> joined = flight;
            if (joined == null) {
                return;
            }
            Run.startQueued(joined);
            if (patience.isLimited() || own != null) {
                patience.begin(tower.now());
            }
            while (answer == null) {
                step(joined);
                Run.startQueued(joined); // the run of a batch is there later than its flights
            }
        } finally {
            settle();
        }
    }

    /** What it was told; null where it leads or has left. */
    @SuppressWarnings("unchecked") // answer() is given nothing else
    @Nullable
    End<V> end() {
        return answer instanceof End<?> end ? (End<V>) end : null;
    }

    /** What it was chosen to lead; null where it was told or has left. */
    @SuppressWarnings("unchecked") // answer() is given nothing else
    @Nullable
    Flight<V> toLead() {
        return answer instanceof Flight<?> flight ? (Flight<V>) flight : null;
    }

    /** Why it left; null where it was told or leads. */
    @Nullable
    Left left() {
        return answer instanceof Left left ? left : null;
    }

    private void step(Flight<V> joined) {
        if (Thread.currentThread().isInterrupted()) {
            leave(joined, Left.INTERRUPTED);
            return;
        }
        long now = patience.isLimited() || tower.stuckAfter() != Tower.UNLIMITED ? tower.now() : 0;
        long left = patience.left(now);
        long leftForLeader = patienceWithLeader(joined, now);
        if (left <= 0) {
            leave(joined, Left.TIMED_OUT);
        } else if (leftForLeader <= 0) {
            relieve(joined, now);
        } else if (!park(joined, Math.min(left, leftForLeader))) {
            leave(joined, Left.CIRCLE);
        }
    }

    private long patienceWithLeader(Flight<V> joined, long now) {
        if (own != null) {
            return own.hasBegun() || tower.stuckAfter() == Tower.UNLIMITED
                    ? Tower.UNLIMITED
                    : tower.stuckAfter() - patience.waited(now);
        }
        Followers<V> followers = joined.followers();
        return followers == null ? Tower.UNLIMITED : followers.patienceLeft(now);
    }

    private void relieve(Flight<V> joined, long now) {
        if (own == null) {
            Flight<V> next = joined.another();
            Moved<V> end = tower.relief().relieve(joined, next, now);
            if (end != null) {
                if (tower.relief().isToBeLed(next) && !answer(next)) {
                    tower.landings().handOver(next); // a leader that was just going has chosen it already
                }
                tower.relief().spread(end, joined);
            }
        } else if (own.begin()) {
            answer(joined); // its executor has not started it in all that time: it runs here
        }
    }

    /**
     * Between telling that this thread waits and looking at the others nothing may change on this side, so no user code
     * runs in here; see {@link Circle}.
     *
     * @return false where this wait would close a circle: then it has not parked
     */
    private boolean park(Flight<V> joined, long nanos) {
        LockSupport.setCurrentBlocker(this);
        VarHandle.fullFence();
        boolean circle = Circle.closes(joined, Thread.currentThread());
        End<V> end = own == null ? joined.end() : null;
        if (end != null) {
            answer(end);
        } else if (!circle && answer == null) {
            if (nanos == Tower.UNLIMITED) {
                LockSupport.park();
            } else {
                LockSupport.parkNanos(nanos);
            }
        }
        LockSupport.setCurrentBlocker(null);
        return !circle;
    }

    /** Gives up waiting, unless the flight has landed or it is told or chosen: then that wins. */
    private void leave(Flight<V> joined, Left why) {
        End<V> end = joined.end();
        answer(end != null && (own == null || end instanceof Outcome<V>) ? end : why);
    }

    private boolean answer(Object answer) {
        if (!ANSWER.compareAndSet(this, null, answer)) {
            return false;
        }
        LockSupport.unpark(thread);
        return true;
    }

    /** Who was told tells the next; who left strikes itself off. */
    private void settle() {
        if (answer == null) {
            answer(Left.INTERRUPTED); // the ticker threw
        }
        thread = null;
        End<V> end = end();
        Flight<V> joined = flight;
        if (own != null || joined == null) {
            return;
        }
        if (end != null) {
            end.passOnAsTold();
        } else if (left() != null) {
            tower.left(joined);
        }
    }

    /** Why a thread gave up waiting. */
    enum Left {
        TIMED_OUT,
        INTERRUPTED,
        CIRCLE
    }
}
