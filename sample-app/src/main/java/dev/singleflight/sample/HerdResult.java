package dev.singleflight.sample;

import java.time.Duration;
import java.util.Arrays;

/**
 * What a herd cost, and what it got.
 *
 * @param callers how many asked
 * @param queries how many statements reached the database meanwhile, counted at the data source
 * @param distinctAnswers how many different reports came back; every run of the query makes its own
 * @param failures how many callers got no report
 * @param wallMillis from the first question to the last answer, in milliseconds
 * @param latencyMillis what single callers waited, in milliseconds
 */
record HerdResult(
        int callers, long queries, int distinctAnswers, int failures, long wallMillis, Latency latencyMillis) {

    /**
     * How long callers waited, in milliseconds.
     *
     * @param min the luckiest caller
     * @param median half of the callers waited longer
     * @param max the unluckiest caller
     */
    record Latency(long min, long median, long max) {

        /** The latency of at least one caller. */
        static Latency of(Duration[] latencies) {
            long[] sorted = Arrays.stream(latencies)
                    .mapToLong(Duration::toMillis)
                    .sorted()
                    .toArray();
            return new Latency(sorted[0], sorted[sorted.length / 2], sorted[sorted.length - 1]);
        }
    }
}
