package dev.singleflight.benchmarks;

import static dev.singleflight.benchmarks.Samples.figure;

import dev.singleflight.benchmarks.contender.Call;
import dev.singleflight.benchmarks.contender.Contender;
import dev.singleflight.benchmarks.contender.SharedCalls;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.EnumSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.LockSupport;

/** S4: many callers over keys of which a few are asked for most. */
final class ZipfScenario {

    private static final Set<Contender> CONTENDERS = EnumSet.complementOf(EnumSet.of(Contender.NOTHING));

    private static final int CALLERS = 200;

    private static final int KEYS = 1_000;

    private static final long CALL = Duration.ofMillis(1).toNanos();

    private final double[] upTo = new double[KEYS]; // the probability of this key or one before it

    private ZipfScenario() {
        double sum = 0;
        for (int i = 0; i < KEYS; i++) {
            sum += 1.0 / (i + 1);
            upTo[i] = sum;
        }
        for (int i = 0; i < KEYS; i++) {
            upTo[i] /= sum;
        }
    }

    static void run(Plan plan, Report report) {
        ZipfScenario load = new ZipfScenario();
        CallerThreads threads = CallerThreads.virtual();
        Figures<Contender, Samples> rates = new Figures<>(Samples::new);
        List<Contender> order = new ArrayList<>(CONTENDERS);
        for (int round = 0; round <= plan.rounds(); round++) {
            for (Contender contender : order) {
                System.out.printf("  Zipf keys, round %d of %d: %s%n", round, plan.rounds(), contender);
                double rate = load.callsPerSecond(contender.open(), threads, plan.iteration());
                if (round > 0) { // the first warms up
                    rates.of(contender).add(rate);
                }
            }
            Collections.reverse(order);
        }
        report.section(
                "S4. Zipf keys",
                "%,d keys, %d %s, a call of 1 ms: calls that were answered in a second, in thousands; more is better."
                        .formatted(KEYS, CALLERS, threads.name()));
        Samples group = rates.of(Contender.GROUP);
        List<List<String>> rows = new ArrayList<>();
        for (Contender contender : CONTENDERS) {
            rows.add(List.of(
                    contender.title(),
                    figure(rates.of(contender).ratioTo(rates.of(Contender.IDIOM_A))),
                    figure(rates.of(contender).median() / 1_000)));
        }
        report.table(List.of("", "/ idiom A", "1,000 calls/s"), rows);
        report.atLeast("T8", "S4 / idiom A", group.ratioTo(rates.of(Contender.IDIOM_A)), 1);
        report.atLeast("T8", "S4 / Caffeine", group.ratioTo(rates.of(Contender.CAFFEINE)), 20);
    }

    private double callsPerSecond(SharedCalls calls, CallerThreads threads, Duration time) {
        LongAdder answered = new LongAdder();
        long start = System.nanoTime();
        List<Thread> callers = new ArrayList<>();
        for (int i = 0; i < CALLERS; i++) {
            Random random = new Random(i);
            callers.add(threads.factory().newThread(() -> {
                while (System.nanoTime() - start < time.toNanos()) {
                    calls.get(key(random), call());
                    answered.increment();
                }
            }));
        }
        callers.forEach(Thread::start);
        for (Thread caller : callers) {
            try {
                caller.join();
            } catch (InterruptedException interrupt) {
                throw new IllegalStateException(interrupt);
            }
        }
        return answered.sum() * 1e9 / (System.nanoTime() - start);
    }

    private static Call call() {
        return () -> {
            LockSupport.parkNanos(CALL);
            return CALL;
        };
    }

    private Object key(Random random) {
        int at = Arrays.binarySearch(upTo, random.nextDouble());
        return at < 0 ? -at - 1 : at;
    }
}
