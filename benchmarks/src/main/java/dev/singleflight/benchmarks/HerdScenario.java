package dev.singleflight.benchmarks;

import static dev.singleflight.benchmarks.Samples.figure;

import dev.singleflight.benchmarks.contender.Contender;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;

/** S3: herds on one key: how many runs, who is back when, and what a waiter costs in memory. */
final class HerdScenario {

    private static final Set<Contender> BY_HAND =
            EnumSet.of(Contender.IDIOM_A, Contender.IDIOM_B, Contender.GO, Contender.GROUP);

    private static final Set<Contender> ALL = EnumSet.complementOf(EnumSet.of(Contender.NOTHING));

    private static final Duration CALL = Duration.ofMillis(20);

    private static final int WAKE_UP_HERD = 256;

    private HerdScenario() {}

    static void runs(Plan plan, Report report) {
        report.section(
                "S3. Herds on one key, a call of 20 ms: runs",
                "All callers wait before the first run begins. Runs: the most that any round needed. Time: from then until"
                        + " the last caller is back, the median of the rounds.");
        int most = herds(report, 64, CallerThreads.platform(), ALL, plan.rounds());
        if (CallerThreads.hasVirtual()) {
            most = Math.max(most, herds(report, 1_000, CallerThreads.virtual(), ALL, Math.min(2, plan.rounds())));
            for (int size = 10_000; size <= plan.largestHerd(); size *= 10) {
                most = Math.max(most, herds(report, size, CallerThreads.virtual(), BY_HAND, plan.rounds()));
            }
        }
        report.atMost("T6", "S3, most runs of any herd, up to " + largest(plan), most, 1);
    }

    static void wakeUps(Plan plan, Report report) {
        Figures<Contender, Samples> followers = new Figures<>(Samples::new);
        Figures<Contender, Samples> leaders = new Figures<>(Samples::new);
        for (int round = 1; round <= plan.wakeUps(); round++) {
            System.out.printf("  wake-up, round %d of %d%n", round, plan.wakeUps());
            for (Contender contender : BY_HAND) {
                Herd.Result result =
                        Herd.send(contender.open(), WAKE_UP_HERD, CallerThreads.platform(), Duration.ZERO, () -> {});
                followers.of(contender).add(result.follower99() / 1e6);
                leaders.of(contender).add(result.leader() / 1e6);
            }
        }
        report.section(
                "S3. Wake-up of " + WAKE_UP_HERD + " platform threads",
                "All followers are parked when the call returns; from there: until 99 % of the followers are back, and until"
                        + " the leader itself is back. Medians of " + plan.wakeUps()
                        + " rounds, in which the contenders"
                        + " take turns.");
        Samples follower = followers.of(Contender.IDIOM_A);
        Samples leader = leaders.of(Contender.IDIOM_A);
        List<List<String>> rows = new ArrayList<>();
        for (Contender contender : BY_HAND) {
            rows.add(List.of(
                    contender.title(),
                    figure(followers.of(contender).ratioTo(follower)),
                    figure(followers.of(contender).median()),
                    figure(leaders.of(contender).ratioTo(leader)),
                    figure(leaders.of(contender).median())));
        }
        report.table(List.of("", "follower p99 / idiom A", "follower p99 ms", "leader / idiom A", "leader ms"), rows);
        report.atMost(
                "T7",
                "S3, follower p99 / idiom A",
                followers.of(Contender.GROUP).ratioTo(follower),
                1);
        report.atMost(
                "T7",
                "S3, leader's own return / idiom A",
                leaders.of(Contender.GROUP).ratioTo(leader),
                0.05);
    }

    static void memory(Plan plan, Report report) {
        CallerThreads threads = CallerThreads.virtual();
        int size = CallerThreads.hasVirtual() ? 10_000 : 500;
        Figures<Contender, Samples> bytes = new Figures<>(Samples::new);
        for (int round = 0; round <= plan.rounds(); round++) {
            for (Contender contender : BY_HAND) {
                long before = Heap.used();
                long[] after = new long[1];
                Herd.send(contender.open(), size, threads, Duration.ZERO, () -> after[0] = Heap.used());
                if (round > 0) { // the first loads classes
                    bytes.of(contender).add((after[0] - before) / (double) size);
                }
            }
        }
        report.section(
                "S3. Memory of a waiter",
                "Heap in use with %,d %s waiting, less that before, for each of them: the thread's part is in it."
                        .formatted(size, threads.name()));
        List<List<String>> rows = new ArrayList<>();
        for (Contender contender : BY_HAND) {
            rows.add(List.of(
                    contender.title(),
                    figure(bytes.of(contender).ratioTo(bytes.of(Contender.IDIOM_A))),
                    figure(bytes.of(contender).median())));
        }
        report.table(List.of("", "/ idiom A", "bytes"), rows);
    }

    private static int herds(Report report, int size, CallerThreads threads, Set<Contender> contenders, int rounds) {
        Figures<Contender, Samples> wall = new Figures<>(Samples::new);
        Figures<Contender, AtomicInteger> runs = new Figures<>(AtomicInteger::new);
        for (int round = 1; round <= rounds; round++) {
            for (Contender contender : contenders) {
                System.out.printf(
                        "  herd of %,d %s, round %d of %d: %s%n", size, threads.name(), round, rounds, contender);
                Herd.Result result = Herd.send(contender.open(), size, threads, CALL, () -> {});
                wall.of(contender).add(result.wall() / 1e6);
                runs.of(contender).accumulateAndGet(result.runs(), Math::max);
            }
        }
        List<List<String>> rows = new ArrayList<>();
        for (Contender contender : contenders) {
            rows.add(List.of(
                    contender.title(),
                    "%,d".formatted(runs.of(contender).get()),
                    figure(wall.of(contender).median())));
        }
        report.table(List.of("%,d %s".formatted(size, threads.name()), "runs", "ms"), rows);
        return runs.of(Contender.GROUP).get();
    }

    private static String largest(Plan plan) {
        return CallerThreads.hasVirtual()
                ? "%,d virtual threads".formatted(plan.largestHerd())
                : "64 platform threads (this JVM has no virtual ones)";
    }
}
