package dev.singleflight.benchmarks;

import java.time.Duration;

/**
 * How long and how often everything is measured.
 *
 * @param name what the command line calls it
 * @param rounds how often each contender has its turn, in a JVM of its own where JMH measures
 * @param iterations of each turn, as many again for warming up
 * @param iteration how long one lasts
 * @param wakeUps rounds of the wake-up scenario
 * @param largestHerd of virtual threads
 * @param futures of the asynchronous scenario
 */
record Plan(String name, int rounds, int iterations, Duration iteration, int wakeUps, int largestHerd, int futures) {

    /** Only to see that everything runs: its figures mean nothing. */
    static final Plan SMOKE = new Plan("smoke", 1, 1, Duration.ofMillis(200), 3, 1_000, 10_000);

    /** A first impression, in about ten minutes. */
    static final Plan QUICK = new Plan("quick", 2, 3, Duration.ofMillis(500), 40, 10_000, 1_000_000);

    /** What a report is made with. */
    static final Plan FULL = new Plan("full", 5, 3, Duration.ofSeconds(1), 200, 100_000, 1_000_000);

    @Override
    public String toString() {
        return "%s: %d rounds of %d + %d iterations of %d ms for each contender"
                .formatted(name, rounds, iterations, iterations, iteration.toMillis());
    }
}
