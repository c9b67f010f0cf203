package dev.singleflight;

import java.util.concurrent.atomic.LongAdder;

/** The counters of a group, striped so that callers do not slow each other down. */
final class Tally {

    private final LongAdder led = new LongAdder();
    private final LongAdder joined = new LongAdder();
    private final LongAdder bypassed = new LongAdder();
    private final LongAdder reused = new LongAdder();
    private final LongAdder merged = new LongAdder(); // keys beyond the first of each run of a batch
    private final LongAdder rejected = new LongAdder();
    private final LongAdder failures = new LongAdder();
    private final LongAdder successions = new LongAdder();
    private final LongAdder stuck = new LongAdder();
    private final LongAdder forgotten = new LongAdder();
    private final LongAdder following = new LongAdder(); // joined and waiting: one step for the most common way
    private final LongAdder waiting = new LongAdder();

    void led() {
        led.increment();
    }

    void joined() {
        joined.increment();
    }

    /** A call that joined, and began to wait. */
    void follows() {
        following.increment();
    }

    /** Calls that had found a flight, and whose caller has failed before it came to wait for it. */
    void passedOver(int keys) {
        joined.add(keys);
    }

    /** A call that was to lead goes over to another flight before its run began. */
    void withdrawn() {
        led.decrement();
        joined.increment();
    }

    /** A call that was to run after all goes over to another flight before its run began. */
    void successionWithdrawn() {
        successions.decrement();
    }

    /** A call that was to lead runs alone, and its run on the executor, which nobody led, goes on. */
    void leftItsRun() {
        led.decrement();
        successions.increment();
        bypassed.increment();
    }

    /** A call that had joined runs alone, for its wait would have closed a circle. */
    void turnedBack() {
        joined.decrement();
        bypassed.increment();
    }

    /** A call that had joined runs after all. */
    void succeeded() {
        successions.increment();
    }

    void stuck() {
        stuck.increment();
    }

    void bypassed() {
        bypassed.increment();
    }

    void reused() {
        reused.increment();
    }

    /** So many keys, each led or bypassed, were one run. */
    void merged(int keys) {
        merged.add(keys - 1);
    }

    void rejected(int keys) {
        rejected.add(keys);
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
        long follows = following.sum();
        long calls = led.sum() + joined.sum() + follows + reused.sum() + bypassed.sum() + rejected.sum();
        return new FlightStats(
                calls,
                led.sum() + successions.sum() + bypassed.sum() - merged.sum(),
                joined.sum() + follows,
                reused.sum(),
                bypassed.sum(),
                rejected.sum(),
                failures.sum(),
                successions.sum(),
                stuck.sum(),
                forgotten.sum(),
                active,
                Math.max(0, waiting.sum() + follows));
    }
}
