package dev.singleflight.benchmarks;

import static dev.singleflight.benchmarks.Samples.figure;

import dev.singleflight.benchmarks.contender.AsyncContender;
import dev.singleflight.benchmarks.contender.AsyncSharedCalls;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;

/** S5: a great many futures on one flight. */
final class FutureScenario {

    private FutureScenario() {}

    static void run(Plan plan, Report report) {
        Figures<AsyncContender, Samples> bytes = new Figures<>(Samples::new);
        Figures<AsyncContender, Samples> joining = new Figures<>(Samples::new);
        Figures<AsyncContender, Samples> landing = new Figures<>(Samples::new);
        Figures<AsyncContender, Samples> both = new Figures<>(Samples::new);
        for (int round = -1; round < plan.rounds() * 2; round++) {
            System.out.printf("  %,d futures, round %d of %d%n", plan.futures(), round + 1, plan.rounds() * 2);
            for (AsyncContender contender : AsyncContender.values()) {
                Waiters waiters = join(contender.open(), plan.futures());
                if (round >= 0) { // the first warms up
                    bytes.of(contender).add(waiters.bytes());
                    joining.of(contender).add(waiters.joining());
                    landing.of(contender).add(waiters.landing());
                    both.of(contender).add(waiters.joining() + waiters.landing());
                }
            }
        }
        report.section(
                "S5. %,d futures on one flight".formatted(plan.futures()),
                "Heap that a waiting caller keeps, its own future included; and the time of all callers together: to join,"
                        + " and from the end of the call until every future is done.");
        List<List<String>> rows = new ArrayList<>();
        for (AsyncContender contender : AsyncContender.values()) {
            rows.add(List.of(
                    contender.title(),
                    figure(bytes.of(contender).ratioTo(bytes.of(AsyncContender.IDIOM_A))),
                    figure(bytes.of(contender).median()),
                    figure(both.of(contender).ratioTo(both.of(AsyncContender.IDIOM_A))),
                    figure(joining.of(contender).median()),
                    figure(landing.of(contender).median())));
        }
        report.table(List.of("", "bytes / idiom A", "bytes", "time / idiom A", "join ms", "land ms"), rows);
        report.atMost("T9", "S5, bytes of a waiter / idiom A", ratio(bytes), 0.5);
        report.atMost("T9", "S5, time to join and land / idiom A", ratio(both), 0.5);
    }

    private static Waiters join(AsyncSharedCalls calls, int callers) {
        CompletableFuture<Object> call = new CompletableFuture<>();
        Supplier<CompletionStage<Object>> supplier = () -> call;
        CompletableFuture<?>[] futures = new CompletableFuture<?>[callers];
        long before = Heap.used();
        long start = System.nanoTime();
        for (int i = 0; i < callers; i++) {
            futures[i] = calls.get(FutureScenario.class, supplier);
        }
        long joined = System.nanoTime();
        long after = Heap.used();
        long end = System.nanoTime();
        call.complete(callers);
        for (CompletableFuture<?> future : futures) {
            future.join();
        }
        long landed = System.nanoTime();
        return new Waiters((after - before) / (double) callers, (joined - start) / 1e6, (landed - end) / 1e6);
    }

    private static double ratio(Figures<AsyncContender, Samples> figures) {
        return figures.of(AsyncContender.GROUP).ratioTo(figures.of(AsyncContender.IDIOM_A));
    }

    /** Bytes of one waiter; milliseconds of all. */
    private record Waiters(double bytes, double joining, double landing) {}
}
