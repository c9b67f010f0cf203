package dev.singleflight;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Rings once when a caller's patience has ended by the group's ticker, on the thread of the JDK's own timer, unless it
 * was silenced. It waits in real time, and again for as long as the ticker says that there is time left.
 */
final class Alarm {

    private final LongSupplier ticker;

    private final long start;

    private final long patience;

    private final Runnable ring;

    private volatile boolean silenced;

    private volatile @Nullable CompletableFuture<@Nullable Void> timer;

    private Alarm(LongSupplier ticker, long patience, Runnable ring) {
        this.ticker = ticker;
        this.start = ticker.getAsLong();
        this.patience = patience;
        this.ring = ring;
    }

    /** Sets an alarm. */
    static Alarm set(LongSupplier ticker, long patience, Runnable ring) {
        Alarm alarm = new Alarm(ticker, patience, ring);
        alarm.waitFor(patience);
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
        long left = patience - (ticker.getAsLong() - start);
        if (left > 0) {
            waitFor(left);
        } else {
            ring.run();
        }
    }
}
