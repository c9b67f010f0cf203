package dev.singleflight.benchmarks;

import static dev.singleflight.benchmarks.Samples.figure;

import dev.singleflight.benchmarks.spring.Advice;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;

/** S6: the annotated path. */
final class AdvisedScenario {

    private AdvisedScenario() {}

    static void run(Plan plan, Report report) {
        Figures<Advice, Costs> costs = new JmhRounds(plan)
                .run(AdvisedBenchmark.class, "find", AdvisedBenchmark.ADVICE, EnumSet.allOf(Advice.class), 1);
        Costs proceed = costs.of(Advice.PROCEED);
        report.section(
                "S6. The annotated path",
                "A method that does nothing, called through its Spring proxy with another key each time: CPU time for each"
                        + " call, its ratio to a `MethodInterceptor` that only proceeds, and bytes allocated.");
        List<List<String>> rows = new ArrayList<>();
        for (Advice advice : Advice.values()) {
            Costs own = costs.of(advice);
            rows.add(List.of(
                    advice.title(),
                    figure(own.cpu().ratioTo(proceed.cpu())),
                    figure(own.cpu().median()),
                    figure(own.cpu().spread() * 100) + " %",
                    figure(own.wall().median()),
                    figure(own.bytes().median())));
        }
        report.table(List.of("", "CPU / proceed only", "CPU ns", "spread", "wall ns", "B/op"), rows);

        Costs metered = costs.of(Advice.SINGLE_FLIGHT);
        Costs nested = costs.of(Advice.SINGLE_FLIGHT_NESTED_KEY);
        report.atMost("T10", "S6, meters bound / proceed only", metered.cpu().ratioTo(proceed.cpu()), 2);
        report.atMost(
                "T10",
                "S6, no meters / proceed only",
                costs.of(Advice.SINGLE_FLIGHT_UNMETERED).cpu().ratioTo(proceed.cpu()),
                1.5);
        report.atMost("T10", "S6, meters bound, B/op", Math.rint(metered.bytes().median()), 112);
        report.atMost(
                "T11",
                "S6, meters bound / `@Cacheable(sync = true)` and `@CacheEvict`",
                metered.cpu().ratioTo(costs.of(Advice.CACHEABLE_EVICT).cpu()),
                0.1);
        report.atMost(
                "T11",
                "S6, meters bound / usual aspect, expression cached",
                metered.cpu().ratioTo(costs.of(Advice.ASPECT_CACHED).cpu()),
                0.1);
        report.atMost("T12", "S6, `#user.id` / `#id`", nested.cpu().ratioTo(metered.cpu()), 1.3);
        report.atMost(
                "T12",
                "S6, `#user.id`, B/op more than `#id`",
                Math.rint(nested.bytes().median() - metered.bytes().median()),
                0);
    }
}
