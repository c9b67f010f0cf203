package dev.singleflight;

import dev.singleflight.Flight.Boarding;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * Those who wait for a flight, as a stack, and the book about them. Made by the first that comes.
 *
 * <p>Waiters are pushed on the top alone. One that leaves stays in the stack as a dead node until the dead outnumber the
 * waiting; then one of the leavers prunes: below the top by rewriting {@code next}, which only the pruner does, and the
 * top itself by the CAS that pushes use too. A landing that comes meanwhile takes the stack as it is, dead nodes
 * included: they are passed over.
 */
final class Followers<V extends @Nullable Object> {

    private final Tower<V> tower;

    private final long since;

    /** Null, the {@link Waiter} on top, or the {@link Outcome}. */
    private final AtomicReference<@Nullable Object> stack = new AtomicReference<>();

    private final AtomicInteger seats = new AtomicInteger(); // taken before the push; only where the group bounds them

    private final AtomicInteger waiting = new AtomicInteger(); // raised after the push: who is counted will be told

    private final AtomicInteger dead = new AtomicInteger();

    private final AtomicBoolean pruning = new AtomicBoolean();

    private volatile boolean futures; // written by those who push one, before the push

    Followers(Tower<V> tower) {
        this.tower = tower;
        this.since = tower.now();
    }

    Tower<V> tower() {
        return tower;
    }

    /** When the first of them came, by the group's ticker. */
    long since() {
        return since;
    }

    int waiting() {
        return waiting.get();
    }

    @Nullable
    Outcome<V> outcome() {
        Object now = stack.get();
        return now instanceof Outcome<?> ? asOutcome(now) : null;
    }

    Boarding add(Waiter<V> waiter) {
        if (stack.get() instanceof Outcome<?>) {
            return Boarding.LANDED;
        }
        if (!takeSeat()) {
            return Boarding.FULL;
        }
        if (waiter instanceof FutureWaiter<V>) {
            futures = true;
        }
        Object top;
        do {
            top = stack.get();
            if (top instanceof Outcome<?>) {
                return Boarding.LANDED;
            }
            waiter.next(asWaiter(top));
        } while (!stack.compareAndSet(top, waiter));
        waiting.incrementAndGet();
        return Boarding.JOINED;
    }

    /** Puts the outcome, addressed to all who wait, in the place of the stack; false where one is there already. */
    boolean land(Outcome<V> outcome) {
        Object top;
        do {
            top = stack.get();
            if (top instanceof Outcome<?>) {
                return false;
            }
            outcome.addressTo(asWaiter(top));
        } while (!stack.compareAndSet(top, outcome));
        return true;
    }

    /** Whether futures may be among them; right about those that an outcome was addressed to. */
    boolean haveFutures() {
        return futures;
    }

    /** A waiter has left. */
    void left() {
        if (bounded()) {
            seats.decrementAndGet();
        }
        int staying = waiting.decrementAndGet();
        if (dead.incrementAndGet() > staying) {
            prune();
        }
    }

    private boolean bounded() {
        return tower.config().maxFollowers() != GroupConfig.UNLIMITED;
    }

    private boolean takeSeat() {
        if (!bounded()) {
            return true;
        }
        int taken;
        do {
            taken = seats.get();
            if (taken >= tower.config().maxFollowers()) {
                return false;
            }
        } while (!seats.compareAndSet(taken, taken + 1));
        return true;
    }

    private void prune() {
        while (dead.get() > waiting.get() && pruning.compareAndSet(false, true)) {
            int buried;
            try {
                buried = buryTop() + buryBelow();
                dead.addAndGet(-buried);
            } finally {
                pruning.set(false);
            }
            if (buried == 0) {
                return; // it landed, or the dead are those whom others are just counting
            }
        }
    }

    private int buryTop() {
        Object top = stack.get();
        if (!(top instanceof Waiter<?>)) {
            return 0;
        }
        Waiter<V> first = Outcome.firstWaiting(asWaiter(top));
        return first != top && stack.compareAndSet(top, first) ? distance(asWaiter(top), first) : 0;
    }

    private int buryBelow() {
        int buried = 0;
        Object top = stack.get();
        Waiter<V> waiter = top instanceof Waiter<?> ? asWaiter(top) : null;
        while (waiter != null) {
            Waiter<V> below = waiter.next();
            Waiter<V> staying = Outcome.firstWaiting(below);
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

    @SuppressWarnings("unchecked") // add() and prune() write nothing else
    private static <V extends @Nullable Object> @Nullable Waiter<V> asWaiter(@Nullable Object top) {
        return (Waiter<V>) top;
    }

    @SuppressWarnings("unchecked") // land() writes nothing else
    private static <V extends @Nullable Object> Outcome<V> asOutcome(Object stack) {
        return (Outcome<V>) stack;
    }
}
