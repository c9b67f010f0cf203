package dev.singleflight;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.LongSupplier;

/** A clock that its test moves. It begins shortly before the end of all longs, as a clock of any origin may. */
final class FakeTicker implements LongSupplier {

    private final AtomicLong now = new AtomicLong(Long.MAX_VALUE - 1_000);

    private final AtomicLong reads = new AtomicLong();

    private final AtomicReference<Runnable> hook = new AtomicReference<>();

    @Override
    public long getAsLong() {
        Runnable once = hook.getAndSet(null);
        if (once != null) {
            once.run();
        }
        long time = now.get();
        reads.incrementAndGet(); // now that a change comes too late for this reader
        return time;
    }

    void advance(Duration time) {
        now.addAndGet(time.toNanos());
    }

    /** Runs the action, once, on the thread that asks for the time next. */
    void onNextRead(Runnable action) {
        hook.set(action);
    }

    /** How often it was asked for the time. */
    long reads() {
        return reads.get();
    }

    /**
     * Waits until it was asked so often. A flight asks once, for its first follower; a thread with a limit asks when it
     * comes and before it parks; with a listener, every run and wait asks when it begins.
     */
    void awaitReads(long count) {
        Callers.until("the clock is read " + count + " times", () -> reads.get() >= count);
    }
}
