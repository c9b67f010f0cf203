package dev.singleflight.benchmarks;

/**
 * What one contender's call costs.
 *
 * @param cpu nanoseconds of CPU time on the calling threads
 * @param wall nanoseconds on the clock
 * @param bytes allocated
 */
record Costs(Samples cpu, Samples wall, Samples bytes) {

    Costs() {
        this(new Samples(), new Samples(), new Samples());
    }
}
