package dev.singleflight.metrics;

import dev.singleflight.WaitEnd;
import io.micrometer.core.instrument.Timer;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/** What a group's runs and waits add up to. */
final class GroupRecorder {

    /** Runs that ended with a value, runs that ended with a failure. */
    private final Runs successes = new Runs();

    private final Runs failures = new Runs();

    private final LongAdder stale = new LongAdder();

    /** One map of timers for each registry. */
    private final List<Map<WaitEnd, Timer>> waits = new CopyOnWriteArrayList<>();

    Runs successes() {
        return successes;
    }

    Runs failures() {
        return failures;
    }

    long stale() {
        return stale.sum();
    }

    void answeredStale() {
        stale.increment();
    }

    void recordWaitsIn(Map<WaitEnd, Timer> timers) {
        waits.add(timers);
    }

    void ran(long nanos, @Nullable Throwable failure) {
        (failure == null ? successes : failures).add(nanos);
    }

    void waited(long nanos, WaitEnd end) {
        for (Map<WaitEnd, Timer> timers : waits) {
            Objects.requireNonNull(timers.get(end)).record(nanos, TimeUnit.NANOSECONDS);
        }
    }

    /** Count and total time, striped: every run of the group adds to it. */
    static final class Runs {

        private final LongAdder count = new LongAdder();

        private final LongAdder nanos = new LongAdder();

        private void add(long time) {
            count.increment();
            nanos.add(time);
        }

        long count() {
            return count.sum();
        }

        double nanos() {
            return nanos.sum();
        }
    }
}
