package dev.singleflight;

import static org.assertj.core.api.Assertions.assertThat;

import dev.singleflight.Callers.Caller;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.stream.Stream;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Rule 9, on one thread: a call for a key whose flight its own thread is running runs alone. */
class ReentryTests {

    private static final String KEY = "key";

    /** Every way to ask for the key from inside its run. */
    static Stream<Named<Inner>> innerCalls() {
        return Stream.of(
                Named.of("execute", group -> group.execute(KEY, () -> "inner")),
                Named.of("fly", group -> {
                    FlightResult<String> result = group.fly(KEY, () -> "inner");
                    assertThat(result).isEqualTo(new FlightResult<>("inner", Role.BYPASS, false, false, true));
                    return result.value();
                }),
                Named.of(
                        "executeAsync",
                        group -> Callers.valueOf(
                                group.executeAsync(KEY, () -> CompletableFuture.completedFuture("inner")))));
    }

    @ParameterizedTest
    @MethodSource("innerCalls")
    void callInsideABlockingRunOfItsKeyBypasses(Inner inner) {
        SingleFlightGroup<String, String> group = SingleFlightGroup.create("reentry");
        try (Callers callers = new Callers()) {
            Caller<FlightResult<String>> leader =
                    callers.start(() -> group.fly(KEY, () -> "outer of " + inner.call(group)));

            assertThat(leader.value()).isEqualTo(new FlightResult<>("outer of inner", Role.LEADER, false, false, true));
        }
        assertBypassed(group);
    }

    @ParameterizedTest
    @MethodSource("innerCalls")
    void callInsideTheSynchronousPartOfASupplierBypasses(Inner inner) {
        SingleFlightGroup<String, String> group = SingleFlightGroup.create("reentry");
        try (Callers callers = new Callers()) {
            Caller<String> leader =
                    callers.start(() -> Callers.valueOf(group.executeAsync(KEY, () -> outerStage(inner, group))));

            assertThat(leader.value()).isEqualTo("outer of inner");
        }
        assertBypassed(group);
    }

    @ParameterizedTest
    @MethodSource("innerCalls")
    void callInsideARunOnTheExecutorBypasses(Inner inner) {
        try (Callers callers = new Callers()) {
            SingleFlightGroup<String, String> group = groupOn(callers.executor());

            assertThat(callers.start(() -> group.execute(KEY, () -> "outer of " + inner.call(group)))
                            .value())
                    .isEqualTo("outer of inner");

            assertBypassed(group);
        }
    }

    @ParameterizedTest
    @MethodSource("innerCalls")
    void callInsideASupplierOnTheExecutorBypasses(Inner inner) {
        try (Callers callers = new Callers()) {
            SingleFlightGroup<String, String> group = groupOn(callers.executor());

            assertThat(Callers.valueOf(group.executeAsync(KEY, () -> outerStage(inner, group))))
                    .isEqualTo("outer of inner");

            assertBypassed(group);
        }
    }

    @ParameterizedTest
    @MethodSource("innerCalls")
    void callInsideItsOwnRunIsNoDuplicate(Inner inner) {
        SingleFlightGroup<String, String> group =
                SingleFlightGroup.create(GroupConfig.of("strict").withDuplicates(Duplicates.REJECT));
        try (Callers callers = new Callers()) {
            assertThat(callers.start(() -> group.execute(KEY, () -> "outer of " + inner.call(group)))
                            .value())
                    .isEqualTo("outer of inner");
        }
        assertBypassed(group);
        assertThat(group.stats().rejected()).isZero();
    }

    @Test
    void everyLevelOfNestingBypasses() {
        SingleFlightGroup<String, String> group = SingleFlightGroup.create("reentry");
        try (Callers callers = new Callers()) {
            Caller<String> leader = callers.start(() -> group.execute(
                    KEY,
                    () -> "1" + group.execute(KEY, () -> "2" + group.execute(KEY, () -> "3"))
                            + group.execute(KEY, () -> "2")));

            assertThat(leader.value()).isEqualTo("1232");
        }
        assertThat(group.stats().bypassed()).isEqualTo(3);
        assertThat(group.stats().runs()).isEqualTo(4);
        Callers.assertAtRest(group);
    }

    @Test
    void failureOfAnInnerCallIsItsOwn() {
        SingleFlightGroup<String, String> group = SingleFlightGroup.create("reentry");
        try (Callers callers = new Callers()) {
            Caller<String> leader = callers.start(() -> group.execute(KEY, () -> {
                try {
                    return group.<RuntimeException>execute(KEY, () -> {
                        throw new IllegalStateException("inner");
                    });
                } catch (IllegalStateException inner) {
                    return "outer in spite of " + inner.getMessage();
                }
            }));

            assertThat(leader.value()).isEqualTo("outer in spite of inner");
        }
        assertThat(group.stats().failures()).isEqualTo(1);
        Callers.assertAtRest(group);
    }

    @Test
    void anotherKeyOnTheSameThreadFlies() {
        SingleFlightGroup<String, String> group = SingleFlightGroup.create("reentry");

        String value = group.<RuntimeException>execute(KEY, () -> {
            FlightResult<String> other = group.fly("another", () -> "value");
            return other.role() + " of " + group.inFlight().size();
        });

        assertThat(value).isEqualTo("LEADER of 1");
        assertThat(group.stats().bypassed()).isZero();
        Callers.assertAtRest(group);
    }

    @Test
    void anotherThreadJoinsTheFlightWithTheBypassInIt() {
        SingleFlightGroup<String, String> group = SingleFlightGroup.create("reentry");
        HeldCall<String> inner = HeldCall.returning("inner");
        try (Callers callers = new Callers()) {
            Caller<String> leader =
                    callers.start(() -> group.execute(KEY, () -> "outer of " + group.execute(KEY, inner)));
            inner.awaitRun();
            Caller<String> follower = callers.follow(group, () -> group.execute(KEY, () -> "not run"));

            inner.release();

            assertThat(leader.value()).isEqualTo("outer of inner");
            assertThat(follower.value()).isEqualTo("outer of inner");
        }
        assertBypassed(group);
    }

    @Test
    void threadThatHasStartedAStageMayJoinIt() {
        SingleFlightGroup<String, String> group = SingleFlightGroup.create("reentry");
        CompletableFuture<String> source = new CompletableFuture<>();
        try (Callers callers = new Callers()) {
            Caller<String> caller = callers.start(() -> {
                CompletableFuture<String> own = group.executeAsync(KEY, () -> source);
                return group.execute(KEY, () -> "not run") + " and " + Callers.valueOf(own);
            });
            Callers.until("it waits for its own stage", () -> group.stats().joined() == 1);

            source.complete("value");

            assertThat(caller.value()).isEqualTo("value and value");
        }
        assertThat(group.stats().bypassed()).isZero();
        Callers.assertAtRest(group);
    }

    @Test
    void executorThreadThatRanAFlightLeadsTheNextOne() {
        SingleFlightGroup<String, String> group = groupOn(Runnable::run);

        assertThat(group.fly(KEY, () -> "first").role()).isEqualTo(Role.LEADER);
        assertThat(group.fly(KEY, () -> "second").role()).isEqualTo(Role.LEADER);
        assertThat(group.stats().bypassed()).isZero();
    }

    private static SingleFlightGroup<String, String> groupOn(Executor executor) {
        return SingleFlightGroup.create(GroupConfig.of("reentry").withExecutor(executor));
    }

    private static CompletionStage<String> outerStage(Inner inner, SingleFlightGroup<String, String> group) {
        return CompletableFuture.completedFuture("outer of " + inner.call(group));
    }

    private static void assertBypassed(SingleFlightGroup<String, String> group) {
        assertThat(group.stats().runs()).isEqualTo(2);
        assertThat(group.stats().bypassed()).isEqualTo(1);
        Callers.assertAtRest(group);
    }

    @FunctionalInterface
    interface Inner {
        String call(SingleFlightGroup<String, String> group);
    }
}
