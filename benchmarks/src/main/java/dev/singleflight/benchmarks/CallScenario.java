package dev.singleflight.benchmarks;

import static dev.singleflight.benchmarks.Samples.figure;

import dev.singleflight.benchmarks.contender.Contender;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/** S1 and S2: a call that does nothing, so that what is left is the price of sharing. */
final class CallScenario {

    private static final Set<Contender> BY_HAND =
            EnumSet.of(Contender.IDIOM_A, Contender.IDIOM_B, Contender.GO, Contender.GROUP);

    private static final String HOW_TO_READ =
            "CPU time of the calling threads for each call, and its ratio to idiom A; "
                    + "beside it the same by the clock on the wall, and the bytes that a call allocates, those of a fresh key included.";

    private CallScenario() {}

    static void uncontended(Plan plan, Report report) {
        report.section("S1. No contention: distinct keys, a call that does nothing", HOW_TO_READ);
        Figures<Contender, Costs> old = measure(plan, report, "oldKeys", EnumSet.allOf(Contender.class), 1);
        Figures<Contender, Costs> fresh = measure(plan, report, "freshKeys", EnumSet.allOf(Contender.class), 1);
        Figures<Contender, Costs> two = measure(plan, report, "oldKeys", EnumSet.allOf(Contender.class), 2);
        double ratio = ratio(old, Contender.IDIOM_A);
        double bytes = Math.rint(group(old).bytes().median()); // the profiler's own part is below a half
        report.atMost("T1", "S1 one thread, old key objects, counters on / idiom A", ratio, 0.5);
        report.atMost("T1", "S1 one thread, old key objects, B/op", bytes, 0);
        report.atMost("T1", "S1 one thread, a fresh key for each call / idiom A", ratio(fresh, Contender.IDIOM_A), 0.6);
        report.atMost("T2", "S1 one thread, counters on / idiom A", ratio, 0.8);
        report.atMost("T2", "S1 one thread, counters on, B/op", bytes, 0);
        report.atMost("T3", "S1 two threads / idiom A", ratio(two, Contender.IDIOM_A), 0.5);
        report.atMost("T3", "S1 two threads / idiom A, wall", wallRatio(two), 0.5);
        report.atMost("T4", "S1 one thread / Caffeine", ratio(old, Contender.CAFFEINE), 0.25);
        report.atMost("T4", "S1 one thread / Guava", ratio(old, Contender.GUAVA), 0.1);
    }

    static void contended(Plan plan, Report report) {
        report.section("S2. Two threads, one key, a call that does nothing", HOW_TO_READ);
        Figures<Contender, Costs> costs = measure(plan, report, "oneKey", BY_HAND, 2);
        report.atMost("T5", "S2 / idiom A", ratio(costs, Contender.IDIOM_A), 0.8);
        report.atMost("T5", "S2 / idiom A, wall", wallRatio(costs), 0.8);
    }

    private static Figures<Contender, Costs> measure(
            Plan plan, Report report, String method, Set<Contender> contenders, int threads) {
        Figures<Contender, Costs> costs =
                new JmhRounds(plan).run(CallBenchmark.class, method, CallBenchmark.CONTENDER, contenders, threads);
        Costs base = costs.of(Contender.IDIOM_A);
        List<List<String>> rows = new ArrayList<>();
        for (Contender contender : contenders) {
            Costs own = costs.of(contender);
            rows.add(List.of(
                    contender.title(),
                    figure(own.cpu().ratioTo(base.cpu())),
                    figure(own.cpu().median()),
                    figure(own.cpu().spread() * 100) + " %",
                    figure(own.wall().ratioTo(base.wall())),
                    figure(own.wall().median()),
                    figure(own.bytes().median())));
        }
        report.table(
                List.of(
                        "`" + method + "`, " + (threads == 1 ? "1 thread" : threads + " threads"),
                        "CPU / idiom A",
                        "CPU ns",
                        "spread",
                        "wall / idiom A",
                        "wall ns",
                        "B/op"),
                rows);
        return costs;
    }

    private static double ratio(Figures<Contender, Costs> costs, Contender to) {
        return group(costs).cpu().ratioTo(costs.of(to).cpu());
    }

    /** Who parks and is woken pays on the wall. */
    private static double wallRatio(Figures<Contender, Costs> costs) {
        return group(costs).wall().ratioTo(costs.of(Contender.IDIOM_A).wall());
    }

    private static Costs group(Figures<Contender, Costs> costs) {
        return costs.of(Contender.GROUP);
    }
}
