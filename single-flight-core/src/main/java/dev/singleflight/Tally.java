package dev.singleflight;

import java.util.concurrent.atomic.LongAdder;

/** The counters of a group, striped so that callers do not slow each other down. */
final class Tally {

    private final LongAdder led = new LongAdder();
    private final LongAdder joined = new LongAdder();
    private final LongAdder bypassed = new LongAdder();
    private final LongAdder rejected = new LongAdder();
    private final LongAdder failures = new LongAdder();
    private final LongAdder forgotten = new LongAdder();
    private final LongAdder waiting = new LongAdder();

    void led() {
        led.increment();
    }

    void joined() {
        joined.increment();
    }

    void bypassed() {
        bypassed.increment();
    }

    void rejected() {
        rejected.increment();
    }

    void failed() {
        failures.increment();
    }

    void forgotten(int flights) {
        forgotten.add(flights);
    }

    void waitBegan() {
        waiting.increment();
    }

    void waitEnded() {
        waiting.decrement();
    }

    FlightStats snapshot(long active) {
        long runs = led.sum() + bypassed.sum();
        return new FlightStats(
                runs + joined.sum() + rejected.sum(),
                runs,
                joined.sum(),
                0,
                bypassed.sum(),
                rejected.sum(),
                failures.sum(),
                0,
                0,
                forgotten.sum(),
                active,
                Math.max(0, waiting.sum()));
    }
}
