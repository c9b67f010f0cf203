package dev.singleflight.benchmarks;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.profile.GCProfiler;
import org.openjdk.jmh.results.BenchmarkResult;
import org.openjdk.jmh.results.IterationResult;
import org.openjdk.jmh.results.Result;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.TimeValue;
import org.openjdk.jmh.runner.options.VerboseMode;

/**
 * Runs one benchmark for several contenders in rounds: a JVM of its own for each contender in each round, every second
 * round in the opposite order. What slows the machine down for a while hits all of them, and not the one whose turn it is.
 */
final class JmhRounds {

    private static final String[] JVM = Runtime.version().feature() < 24
            ? new String[] {"-Xms2g", "-Xmx2g"}
            : new String[] {"-Xms2g", "-Xmx2g", "--sun-misc-unsafe-memory-access=allow"}; // which JMH uses: no warnings

    private final Plan plan;

    JmhRounds(Plan plan) {
        this.plan = plan;
    }

    static String jvmArguments() {
        return String.join(" ", JVM);
    }

    /** The costs of each contender, by its name. */
    <C extends Enum<C>> Figures<C, Costs> run(
            Class<?> benchmark, String method, String parameter, Collection<C> contenders, int threads) {
        List<C> order = new ArrayList<>(contenders);
        Figures<C, Costs> costs = new Figures<>(Costs::new);
        for (int round = 1; round <= plan.rounds(); round++) {
            for (C contender : order) {
                System.out.printf(
                        "  %s, %d thread(s), round %d of %d: %s%n", method, threads, round, plan.rounds(), contender);
                add(costs.of(contender), results(benchmark, method, threads, parameter, contender.name()));
            }
            Collections.reverse(order);
        }
        return costs;
    }

    private Collection<RunResult> results(
            Class<?> benchmark, String method, int threads, String parameter, String value) {
        TimeValue iteration = TimeValue.milliseconds(plan.iteration().toMillis());
        try {
            return new Runner(new OptionsBuilder()
                            .include("^" + benchmark.getName().replace(".", "\\.") + "\\." + method + "$")
                            .param(parameter, value)
                            .mode(Mode.AverageTime)
                            .timeUnit(TimeUnit.NANOSECONDS)
                            .threads(threads)
                            .forks(1)
                            .warmupIterations(plan.iterations())
                            .warmupTime(iteration)
                            .measurementIterations(plan.iterations())
                            .measurementTime(iteration)
                            .jvmArgs(JVM)
                            .addProfiler(GCProfiler.class)
                            .shouldFailOnError(true)
                            .verbosity(VerboseMode.SILENT)
                            .build())
                    .run();
        } catch (RunnerException failure) {
            throw new IllegalStateException(method + " of " + value + " failed", failure);
        }
    }

    private static void add(Costs costs, Collection<RunResult> results) {
        for (RunResult result : results) {
            for (BenchmarkResult fork : result.getBenchmarkResults()) {
                for (IterationResult iteration : fork.getIterationResults()) {
                    costs.wall().add(iteration.getPrimaryResult().getScore());
                    costs.cpu().add(score(iteration, "cpu") / score(iteration, "calls"));
                    costs.bytes().add(score(iteration, "gc.alloc.rate.norm"));
                }
            }
        }
    }

    private static double score(IterationResult iteration, String name) {
        Result<?> figure = iteration.getSecondaryResults().get(name);
        if (figure == null) {
            throw new IllegalStateException("JMH reports no " + name);
        }
        return figure.getScore();
    }
}
