package dev.singleflight;

import dev.singleflight.Schedule.Act;
import dev.singleflight.Schedule.Step;
import java.util.List;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.Tuple;

/**
 * Rules 1, 3, 5, 6, 7 and 10 for any schedule of calls, futures, failures that are shared or not, cancelled leaders,
 * forgets and followers that leave, over a few keys; see {@link Schedule}. A schedule that breaks one is shrunk.
 */
class SchedulePropertyTests {

    private static final int KEYS = 3;

    @Property(tries = 800)
    void everyCallerGetsTheOneOutcomeThatIsDue(@ForAll("schedules") List<Step> steps) {
        try (Schedule schedule = new Schedule()) {
            steps.forEach(schedule::take);
            schedule.finish();
        }
    }

    @Provide
    Arbitrary<List<Step>> schedules() {
        Arbitrary<Act> acts = Arbitraries.frequency(
                Tuple.of(6, Act.EXECUTE),
                Tuple.of(6, Act.START),
                Tuple.of(2, Act.VALUE),
                Tuple.of(1, Act.FAIL),
                Tuple.of(2, Act.FAIL_PRIVATELY),
                Tuple.of(2, Act.CANCEL_RUN),
                Tuple.of(1, Act.FORGET),
                Tuple.of(3, Act.LEAVE));
        return Combinators.combine(
                        acts,
                        Arbitraries.integers().between(0, KEYS - 1),
                        Arbitraries.integers().between(0, 7))
                .as(Step::new)
                .list()
                .ofMaxSize(30);
    }
}
