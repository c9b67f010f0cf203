package dev.singleflight.benchmarks;

import dev.singleflight.benchmarks.contender.SharedCalls;
import java.time.Duration;
import java.util.Arrays;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * Many callers of one key. The first run does not begin before all others wait, so that nobody comes too late and the
 * number of runs depends on the contender alone.
 */
final class Herd {

    private static final long LIMIT = Duration.ofSeconds(60).toNanos();

    private final SharedCalls calls;

    private final Duration callTime;

    private final Runnable whenAllWait;

    private final Thread[] callers;

    private final long[] back;

    private final AtomicInteger entered = new AtomicInteger();

    private final AtomicInteger runs = new AtomicInteger();

    private volatile @Nullable Thread leader; // written by the first run

    private volatile long began; // likewise

    private volatile long ended; // likewise

    private Herd(SharedCalls calls, int size, Duration callTime, Runnable whenAllWait) {
        this.calls = calls;
        this.callTime = callTime;
        this.whenAllWait = whenAllWait;
        this.callers = new Thread[size];
        this.back = new long[size];
    }

    /**
     * Sends a herd and waits until the last of it is back.
     *
     * @param whenAllWait run by the leader, in its call, as soon as all others wait
     */
    static Result send(SharedCalls calls, int size, CallerThreads threads, Duration callTime, Runnable whenAllWait) {
        Herd herd = new Herd(calls, size, callTime, whenAllWait);
        herd.fly(threads);
        return herd.result();
    }

    private void fly(CallerThreads threads) {
        for (int i = 0; i < callers.length; i++) {
            int caller = i;
            callers[i] = threads.factory().newThread(() -> call(caller));
        }
        for (Thread caller : callers) {
            caller.start();
        }
        for (Thread caller : callers) {
            join(caller);
        }
    }

    private void call(int caller) {
        entered.incrementAndGet();
        calls.get(this, this::run);
        back[caller] = System.nanoTime();
    }

    private Object run() {
        boolean first = runs.incrementAndGet() == 1;
        if (first) {
            leader = Thread.currentThread();
            awaitFollowers();
            whenAllWait.run();
            began = System.nanoTime();
        }
        if (!callTime.isZero()) {
            LockSupport.parkNanos(callTime.toNanos());
        }
        if (first) {
            ended = System.nanoTime();
        }
        return this;
    }

    /** A thread may be blocked for a moment on its way, too: so all must be seen waiting several times in a row. */
    private void awaitFollowers() {
        long start = System.nanoTime();
        for (int seen = 0; seen < 3; seen = allOthersWait() ? seen + 1 : 0) {
            if (System.nanoTime() - start > LIMIT) {
                throw new IllegalStateException("Not all callers came to wait");
            }
            LockSupport.parkNanos(1_000_000);
        }
    }

    private boolean allOthersWait() {
        Thread self = Thread.currentThread();
        return entered.get() == callers.length
                && Arrays.stream(callers).allMatch(caller -> caller == self || waits(caller));
    }

    private static boolean waits(Thread thread) {
        return switch (thread.getState()) {
            case WAITING, TIMED_WAITING, BLOCKED -> true;
            default -> false;
        };
    }

    private Result result() {
        long leaderBack = 0;
        long last = 0;
        long[] followers = new long[callers.length - 1];
        int follower = 0;
        for (int i = 0; i < callers.length; i++) {
            last = Math.max(last, back[i] - began);
            if (callers[i] == leader) {
                leaderBack = back[i] - ended;
            } else {
                followers[follower++] = back[i] - ended;
            }
        }
        Arrays.sort(followers);
        return new Result(runs.get(), last, leaderBack, followers[(int) Math.ceil(followers.length * 0.99) - 1]);
    }

    private static void join(Thread thread) {
        try {
            thread.join();
        } catch (InterruptedException interrupt) {
            throw new IllegalStateException(interrupt);
        }
    }

    /**
     * What became of a herd; times in nanoseconds.
     *
     * @param runs how often the call ran
     * @param wall from the moment when all waited until the last was back
     * @param leader from the end of the leader's call until the leader was back
     * @param follower99 the same for the follower that is later than 99 of 100
     */
    record Result(int runs, long wall, long leader, long follower99) {}
}
