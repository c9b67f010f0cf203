package dev.singleflight;

import static org.assertj.core.api.Assertions.assertThat;

import dev.singleflight.Callers.Caller;
import dev.singleflight.Callers.Kind;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.SplittableRandom;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Rule 9: a call whose wait would close a circle runs alone, and no other does. No group here notices stuck leaders. */
class CircleTests {

    private static final int GROUPS = 5;

    private static final int THREADS = 100;

    private final List<SingleFlightGroup<Integer, String>> groups =
            Stream.generate(() -> group(GroupConfig.of("circle"))).limit(GROUPS).toList();

    static Stream<Kind> kinds() {
        return Callers.kinds();
    }

    @ParameterizedTest
    @MethodSource("kinds")
    void callThatWouldCloseACircleOfTwoRunsAlone(Kind kind) {
        closeCircle(kind, List.of(groups.get(0), groups.get(0)));

        assertThat(groups.get(0).stats().bypassed()).isEqualTo(1);
        assertThat(groups.get(0).stats().runs()).isEqualTo(3);
    }

    @ParameterizedTest
    @MethodSource("kinds")
    void callThatWouldCloseACircleOverThreeGroupsRunsAlone(Kind kind) {
        closeCircle(kind, groups.subList(0, 3));

        assertThat(groups.get(0).stats().bypassed()).isEqualTo(1);
        assertThat(groups.get(1).stats().bypassed()).isZero();
        assertThat(groups.get(2).stats().bypassed()).isZero();
    }

    @ParameterizedTest
    @MethodSource("kinds")
    void longCircleIsFound(Kind kind) {
        closeCircle(kind, Stream.generate(() -> groups.get(0)).limit(60).toList());

        assertThat(groups.get(0).stats().bypassed()).isEqualTo(1);
    }

    @Test
    void circleOfRunsOnExecutorsIsFound() {
        try (Callers callers = new Callers()) {
            List<SingleFlightGroup<Integer, String>> executed = new ArrayList<>();
            for (int i = 0; i < 3; i++) {
                executed.add(group(GroupConfig.of("executed").withExecutor(callers.executor())));
            }

            closeCircle(callers, executed);

            assertThat(executed.get(0).stats().bypassed()).isEqualTo(1);
        }
    }

    /** The run on the executor waits for the flight whose leader is just about to wait for that run. */
    @Test
    void callerOfARunOnTheExecutorThatWouldCloseACircleRunsAlone() {
        SingleFlightGroup<Integer, String> outer = groups.get(0);
        try (Callers callers = new Callers();
                Warnings warnings = new Warnings("executed")) {
            SingleFlightGroup<Integer, String> executed =
                    group(GroupConfig.of("executed").withExecutor(task -> {
                        Caller<?> runner = callers.start(() -> {
                            task.run();
                            return null;
                        });
                        Callers.until("the run waits", () -> isParked(runner.thread()));
                    }));

            Caller<String> caller = callers.start(() -> outer.execute(1, () -> {
                Thread leader = Thread.currentThread();
                FlightResult<String> inner = executed.fly(
                        1, () -> Thread.currentThread() == leader ? "alone" : outer.execute(1, () -> "not run"));
                return inner.role() + " " + inner.value();
            }));

            assertThat(caller.value()).isEqualTo("BYPASS alone");
            Callers.until(
                    "the run has got the caller's outcome",
                    () -> executed.stats().active() == 0);
            Callers.assertAtRest(executed);
            Callers.assertAtRest(outer);
            assertThat(executed.stats().calls()).isEqualTo(1);
            assertThat(executed.stats().runs()).isEqualTo(2);
            assertThat(executed.stats().bypassed()).isEqualTo(1);
            assertThat(warnings.messages()).hasSize(1);
        }
    }

    @Test
    void nestingIsNoCircle() {
        HeldCall<String> innermost = HeldCall.returning("value");
        try (Callers callers = new Callers()) {
            Caller<String> leader = callers.start(() -> groups.get(0)
                    .execute(
                            1,
                            () -> groups.get(1).execute(1, () -> groups.get(2).execute(1, innermost))));
            innermost.awaitRun();
            List<Caller<String>> followers = new ArrayList<>();
            for (int i = 0; i < 3; i++) {
                SingleFlightGroup<Integer, String> followed = groups.get(i);
                SingleFlightGroup<Integer, String> own = groups.get(3);
                int key = i;
                followers.add(callers.follow(
                        followed, () -> own.execute(key, () -> followed.execute(1, () -> "not run"))));
            }
            innermost.release();

            assertThat(leader.value()).isEqualTo("value");
            assertThat(followers).extracting(Caller::value).containsOnly("value");
        }
        assertBypasses(0);
    }

    @Test
    void warnedOfOnceAGroup() {
        try (Warnings warnings = new Warnings("circle")) {
            for (int i = 0; i < 3; i++) {
                closeCircle(Callers.kinds().findFirst().orElseThrow(), List.of(groups.get(0), groups.get(0)));
            }
            assertThat(warnings.messages()).hasSize(1);

            closeCircle(Callers.kinds().findFirst().orElseThrow(), List.of(groups.get(1), groups.get(1)));
            assertThat(warnings.messages()).hasSize(2);
        }
        assertThat(groups.get(0).stats().bypassed()).isEqualTo(3);
    }

    @ParameterizedTest
    @MethodSource("kinds")
    void threadsThatNestRandomKeysNeverHang(Kind kind) {
        nestAtRandom(kind, false);

        assertThat(groups.stream().mapToLong(group -> group.stats().bypassed()).sum())
                .as("so that the test is of any worth: bypasses")
                .isPositive();
    }

    @ParameterizedTest
    @MethodSource("kinds")
    void threadsThatTakeTheirKeysInRisingOrderNeverBypass(Kind kind) {
        nestAtRandom(kind, true);

        assertThat(groups.stream().mapToLong(group -> group.stats().joined()).sum())
                .as("so that the test is of any worth: followers")
                .isPositive();
        assertBypasses(0);
    }

    private void nestAtRandom(Kind kind, boolean rising) {
        try (Callers callers = new Callers(kind.threads())) {
            List<Caller<Integer>> all = new ArrayList<>();
            for (int thread = 0; thread < THREADS; thread++) {
                SplittableRandom random = new SplittableRandom(thread);
                all.add(callers.start(() -> {
                    for (int i = 0; i < 300; i++) {
                        IntStream places = random.ints(0, 2 * GROUPS).distinct().limit(3);
                        nest((rising ? places.sorted() : places).toArray(), 0);
                    }
                    return 300;
                }));
            }
            assertThat(all).extracting(Caller::value).containsOnly(300);
        }
        groups.forEach(Callers::assertAtRest);
    }

    private String nest(int[] places, int depth) {
        if (depth == places.length) {
            return "value";
        }
        LockSupport.parkNanos(1); // a run lets others come
        int place = places[depth];
        return groups.get(place % GROUPS).execute(place / GROUPS, () -> nest(places, depth + 1));
    }

    private void closeCircle(Kind kind, List<SingleFlightGroup<Integer, String>> circle) {
        try (Callers callers = new Callers(kind.threads())) {
            closeCircle(callers, circle);
        }
    }

    /** Each caller leads a flight of its group and waits for the next one's, the last for the first one's. */
    private void closeCircle(Callers callers, List<SingleFlightGroup<Integer, String>> circle) {
        int last = circle.size() - 1;
        CountDownLatch leading = new CountDownLatch(circle.size());
        CountDownLatch othersWait = new CountDownLatch(1);
        Queue<Thread> others = new ConcurrentLinkedQueue<>();
        List<Caller<String>> all = new ArrayList<>();
        for (int i = 0; i <= last; i++) {
            int mine = i;
            int next = i == last ? 0 : i + 1;
            all.add(callers.start(() -> circle.get(mine).execute(mine, () -> {
                if (mine != last) {
                    others.add(Thread.currentThread());
                }
                leading.countDown();
                (mine == last ? othersWait : leading).await(Callers.LIMIT.toSeconds(), TimeUnit.SECONDS);
                FlightResult<String> inner = circle.get(next).fly(next, () -> "alone");
                return inner.role() + (inner.value().equals("alone") ? "" : ", " + inner.value());
            })));
        }
        Callers.until("all lead", () -> leading.getCount() == 0);
        Callers.until("all but the last wait", () -> others.stream().allMatch(CircleTests::isParked));
        othersWait.countDown();
        assertThat(all.get(last).value()).isEqualTo("BYPASS");
        assertThat(all.get(0).value()).isEqualTo("FOLLOWER, ".repeat(last) + "BYPASS");
        circle.forEach(Callers::assertAtRest);
    }

    /** Whether the thread waits for a flight, and has looked for a circle. */
    private static boolean isParked(Thread thread) {
        return thread.getState() == Thread.State.WAITING && LockSupport.getBlocker(thread) instanceof ParkedWaiter<?>;
    }

    private void assertBypasses(int bypasses) {
        assertThat(groups.stream().mapToLong(group -> group.stats().bypassed()).sum())
                .isEqualTo(bypasses);
    }

    private static SingleFlightGroup<Integer, String> group(GroupConfig config) {
        return SingleFlightGroup.create(config.withStuckAfter(null));
    }
}
