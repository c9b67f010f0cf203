package dev.singleflight.benchmarks;

/** One thing that is measured, all contenders side by side. */
@FunctionalInterface
interface Scenario {

    /** Measures, and writes tables and targets. */
    void run(Plan plan, Report report);
}
