package dev.singleflight;

import dev.singleflight.Flight.Boarding;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * Those who wait for a flight, as a stack, and the book about them. Made by the first that comes.
 *
 * <p>Waiters are pushed on the top alone. One that leaves or is chosen to lead stays in the stack as a dead node until the
 * dead outnumber the waiting; then one of those who make a node dead prunes: below the top by rewriting {@code next}, which
 * only the pruner does, and the top itself by the CAS that pushes use too. An end that comes meanwhile takes the stack as
 * it is, dead nodes included: they are passed over.
 */
final class Followers<V extends @Nullable Object> {

    private final Tower<V> tower;

    /** The term of the present leader; null once it was declared stuck. */
    private final AtomicReference<@Nullable Term> term;

    /** Null, the {@link Waiter} on top, or the {@link End}. */
    private final AtomicReference<@Nullable Object> stack = new AtomicReference<>();

    private final AtomicInteger seats = new AtomicInteger(); // taken before the push; only where the group bounds them

    private final AtomicInteger dead = new AtomicInteger();

    /** How many dead call for the next count: with fewer they cannot outnumber the waiting. Written by who prunes. */
    private volatile int prunedAt = 1;

    private final AtomicBoolean pruning = new AtomicBoolean();

    private final AtomicReference<@Nullable Alarm> alarm = new AtomicReference<>();

    // Written by those who push one, before the push.
    private volatile boolean futures;
    private volatile boolean futuresOffExecutor;

    Followers(Tower<V> tower) {
        this.tower = tower;
        this.term = new AtomicReference<>(new Term(tower.now()));
    }

    Tower<V> tower() {
        return tower;
    }

    /** When their patience with the present leader began, by the group's ticker; null once it was declared stuck. */
    @Nullable
    Long since() {
        Term present = term.get();
        return present == null ? null : present.since();
    }

    /** How much of their patience is left, in nanoseconds; unlimited once the leader was declared stuck. */
    long patienceLeft(long now) {
        Term present = term.get();
        return present == null ? Tower.UNLIMITED : present.left(tower.stuckAfter(), now);
    }

    /** Declares the leader stuck, where their patience has ended; true for one caller. */
    boolean declareStuck(long now) {
        Term present = term.get();
        return present != null && present.left(tower.stuckAfter(), now) <= 0 && term.compareAndSet(present, null);
    }

    /** Begins their patience anew, for the next leader; false where the present one was declared stuck. */
    boolean renew(long now) {
        Term present = term.get();
        return present != null && term.compareAndSet(present, new Term(now));
    }

    /** Counts them. */
    int waiting() {
        Object top = stack.get();
        int waiting = 0;
        for (Waiter<?> waiter = top instanceof Waiter<?> first ? first : null; waiter != null; waiter = waiter.next()) {
            waiting += waiter.isWaiting() ? 1 : 0;
        }
        return waiting;
    }

    @Nullable
    End<V> end() {
        Object now = stack.get();
        return now instanceof End<?> ? asEnd(now) : null;
    }

    Boarding add(Waiter<V> waiter) {
        if (stack.get() instanceof End<?>) {
            return Boarding.ENDED;
        }
        if (bounded() && !takeSeat()) {
            return Boarding.FULL;
        }
        return push(waiter) ? Boarding.JOINED : Boarding.ENDED;
    }

    /** Takes in one that has passed the limits before; false where the flight has ended. */
    boolean addAgain(Waiter<V> waiter) {
        if (bounded()) {
            seats.incrementAndGet();
        }
        return push(waiter);
    }

    /** Puts the end, addressed to all who wait, in the place of the stack; false where one is there already. */
    boolean end(End<V> end) {
        Object top;
        do {
            top = stack.get();
            if (top instanceof End<?>) {
                return false;
            }
            end.addressTo(asWaiter(top));
        } while (!stack.compareAndSet(top, end));
        silence();
        return true;
    }

    /** Puts the end in the place of a stack in which nobody waits; false where somebody does, or one is there already. */
    boolean endAlone(Absent<V> end) {
        Object top;
        do {
            top = stack.get();
            if (top instanceof End<?> || End.firstWaiting(asWaiter(top)) != null) {
                return false;
            }
        } while (!stack.compareAndSet(top, end));
        silence();
        return true;
    }

    /** Lets those that are parked look around. */
    void wake() {
        Object top = stack.get();
        Waiter<V> waiter = top instanceof Waiter<?> ? asWaiter(top) : null;
        while (waiter != null) {
            if (waiter instanceof ParkedWaiter<V> parked) {
                parked.wake();
            }
            waiter = waiter.next();
        }
    }

    /** Makes the one that has waited longest the flight's leader; null where nobody waits. */
    @Nullable
    Waiter<V> chooseSuccessor(Flight<V> flight) {
        Object top = stack.get();
        Waiter<V> successor = top instanceof End<?> ? null : Waiter.chooseOldest(asWaiter(top), flight);
        if (successor != null) {
            left();
        }
        return successor;
    }

    /** Whether futures may be among them; right about those that an end was addressed to. */
    boolean haveFutures() {
        return futures;
    }

    /** Whether some of those futures may be {@linkplain FutureWaiter#isOffExecutor off the executor}. */
    boolean haveFuturesOffExecutor() {
        return futuresOffExecutor;
    }

    /** Sets the alarm that looks after futures, once for each flight. */
    void watch(Alarm set) {
        if (!alarm.compareAndSet(null, set) || stack.get() instanceof End<?>) {
            set.silence();
        }
    }

    void unwatch() {
        alarm.set(null);
    }

    boolean isWatched() {
        return alarm.get() != null;
    }

    /** A waiter has left, or leads. */
    void left() {
        if (bounded()) {
            seats.decrementAndGet();
        }
        if (dead.incrementAndGet() >= prunedAt) {
            prune();
        }
    }

    private void silence() {
        Alarm set = alarm.get();
        if (set != null) {
            set.silence();
        }
    }

    private boolean push(Waiter<V> waiter) {
        FutureWaiter<V> future = Waiter.futureOf(waiter);
        if (future != null) {
            announce(future);
        }
        Object top;
        do {
            top = stack.get();
            if (top instanceof End<?>) {
                return false;
            }
            waiter.next(asWaiter(top));
        } while (!stack.compareAndSet(top, waiter));
        return true;
    }

    private void announce(FutureWaiter<V> future) {
        if (!futures) {
            futures = true;
        }
        if (future.isOffExecutor() && !futuresOffExecutor) {
            futuresOffExecutor = true;
        }
    }

    private boolean bounded() {
        return tower.config().maxFollowers() != GroupConfig.UNLIMITED;
    }

    private boolean takeSeat() {
        int taken;
        do {
            taken = seats.get();
            if (taken >= tower.config().maxFollowers()) {
                return false;
            }
        } while (!seats.compareAndSet(taken, taken + 1));
        return true;
    }

    /** Counts again when the dead can outnumber the waiting at the earliest. The dead first: who leaves meanwhile is late. */
    private void prune() {
        while (dead.get() >= prunedAt && pruning.compareAndSet(false, true)) {
            try {
                int buried;
                int gone;
                int staying;
                do {
                    gone = dead.get();
                    staying = waiting();
                    buried = gone > staying ? buryTop() + buryBelow() : 0;
                    dead.addAndGet(-buried);
                } while (buried > 0);
                prunedAt = gone + Math.max(0, staying - gone) / 2 + 1;
            } finally {
                pruning.set(false);
            }
        }
    }

    private int buryTop() {
        Object top = stack.get();
        if (!(top instanceof Waiter<?>)) {
            return 0;
        }
        Waiter<V> first = End.firstWaiting(asWaiter(top));
        return first != top && stack.compareAndSet(top, first) ? distance(asWaiter(top), first) : 0;
    }

    private int buryBelow() {
        int buried = 0;
        Object top = stack.get();
        Waiter<V> waiter = top instanceof Waiter<?> ? asWaiter(top) : null;
        while (waiter != null) {
            Waiter<V> below = waiter.next();
            Waiter<V> staying = End.firstWaiting(below);
            if (staying != below) {
                waiter.next(staying);
                buried += distance(below, staying);
            }
            waiter = staying;
        }
        return buried;
    }

    private static int distance(@Nullable Waiter<?> from, @Nullable Waiter<?> to) {
        int nodes = 0;
        for (Waiter<?> waiter = from; waiter != to && waiter != null; waiter = waiter.next()) {
            nodes++;
        }
        return nodes;
    }

    @SuppressWarnings("unchecked") // push() and prune() write nothing else
    private static <V extends @Nullable Object> @Nullable Waiter<V> asWaiter(@Nullable Object top) {
        return (Waiter<V>) top;
    }

    @SuppressWarnings("unchecked") // end() and endAlone() write nothing else
    private static <V extends @Nullable Object> End<V> asEnd(Object stack) {
        return (End<V>) stack;
    }

    /** The time that one leader has, from its first follower or from when it was chosen. */
    private record Term(long since) {

        private long left(long limit, long now) {
            return limit == Tower.UNLIMITED ? Tower.UNLIMITED : limit - (now - since);
        }
    }
}
