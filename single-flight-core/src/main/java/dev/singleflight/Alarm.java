package dev.singleflight;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Rings once when the time is up, on the thread of the JDK's own timer, unless it was silenced. It waits in real time, and
 * again for as long as its clock says that there is time left.
 */
final class Alarm {

    /**
     * The JDK's timer is running. Its thread holds for ever what its starter's thread had as context, class loaders of an
     * application that is long gone: so it is started by a thread of the common pool, which has nothing.
     */
    private static final CompletableFuture<@Nullable Void> TIMER_RUNS = new CompletableFuture<>();

    static {
        Tower.POOL.execute(() -> {
            CompletableFuture<?> unused = new CompletableFuture<@Nullable Void>().orTimeout(1, TimeUnit.NANOSECONDS);
            TIMER_RUNS.complete(null);
        });
    }

    /** In nanoseconds; zero or less where the time is up. */
    private final LongSupplier left;

    private final Runnable ring;

    private volatile boolean silenced;

    private volatile @Nullable CompletableFuture<@Nullable Void> timer;

    private Alarm(LongSupplier left, Runnable ring) {
        this.left = left;
        this.ring = ring;
    }

    /**
     * Sets an alarm.
     *
     * @param left how long it has yet to wait, in nanoseconds; asked now and whenever that time is over
     * @param ring what to do then
     */
    static Alarm set(LongSupplier left, Runnable ring) {
        Alarm alarm = new Alarm(left, ring);
        long nanos = left.getAsLong();
        CompletableFuture<?> unused = TIMER_RUNS.thenRun(() -> alarm.waitFor(nanos));
        return alarm;
    }

    void silence() {
        silenced = true;
        CompletableFuture<@Nullable Void> running = timer;
        if (running != null) {
            running.complete(null);
        }
    }

    private void waitFor(long nanos) {
        CompletableFuture<@Nullable Void> next =
                new CompletableFuture<@Nullable Void>().orTimeout(nanos, TimeUnit.NANOSECONDS);
        timer = next;
        CompletableFuture<?> unused = next.whenComplete((none, timeout) -> {
            if (timeout != null) {
                timeUp();
            }
        });
        if (silenced) {
            next.complete(null);
        }
    }

    private void timeUp() {
        long nanos = left.getAsLong();
        if (nanos > 0) {
            waitFor(nanos);
        } else {
            ring.run();
        }
    }
}
