package dev.singleflight;

import static org.assertj.core.api.Assertions.assertThat;

import dev.singleflight.Callers.Caller;
import dev.singleflight.Callers.Kind;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Rule 1: at most one joinable flight a key, and whoever finds one that has ended starts over. */
class OneRunTests {

    private static final String KEY = "key";

    @ParameterizedTest
    @MethodSource("dev.singleflight.Callers#kinds")
    void herdOfOneKeyIsOneRun(Kind kind) {
        SingleFlightGroup<String, Object> group = SingleFlightGroup.create("herd");
        Object value = new Object();
        HeldCall<Object> call = HeldCall.returning(value);
        try (Callers callers = new Callers(kind.threads())) {
            List<Caller<Object>> herd = new ArrayList<>();
            herd.add(callers.start(() -> group.execute(KEY, call)));
            call.awaitRun();
            herd.addAll(callers.follow(group, kind.herd() - 1, () -> group.execute(KEY, call)));

            call.release();

            assertThat(herd).allSatisfy(caller -> assertThat(caller.value()).isSameAs(value));
        }
        assertThat(call.runs()).isEqualTo(1);
        assertThat(group.stats().calls()).isEqualTo(kind.herd());
        assertThat(group.stats().runs()).isEqualTo(1);
        assertThat(group.stats().joined()).isEqualTo(kind.herd() - 1);
        Callers.assertAtRest(group);
    }

    @ParameterizedTest
    @MethodSource("dev.singleflight.Callers#kinds")
    void herdThatComesAllAtOnceIsOneRun(Kind kind) {
        SingleFlightGroup<String, Object> group = SingleFlightGroup.create("herd");
        HeldCall<Object> call = HeldCall.returning("value");
        try (Callers callers = new Callers(kind.threads())) {
            List<Caller<FlightResult<Object>>> herd = new ArrayList<>();
            for (int i = 0; i < kind.herd(); i++) {
                herd.add(callers.start(() -> group.fly(KEY, call)));
            }
            Callers.until("all but the leader wait", () -> group.stats().waiting() == kind.herd() - 1);

            call.release();

            assertThat(herd).extracting(caller -> caller.value().role()).containsOnlyOnce(Role.LEADER);
        }
        assertThat(call.runs()).isEqualTo(1);
        Callers.assertAtRest(group);
    }

    @Test
    void callersOfOneKeyOneAfterTheOtherRunEachTheirOwn() {
        SingleFlightGroup<String, String> group = SingleFlightGroup.create("sequence");

        assertThat(group.execute(KEY, () -> "first")).isEqualTo("first");
        assertThat(group.execute(KEY, () -> "second")).isEqualTo("second");

        assertThat(group.stats().runs()).isEqualTo(2);
        Callers.assertAtRest(group);
    }

    @Test
    void leaderRunsTheCallOnItsOwnThread() {
        SingleFlightGroup<String, Thread> group = SingleFlightGroup.create("thread");

        assertThat(group.<RuntimeException>execute(KEY, Thread::currentThread)).isSameAs(Thread.currentThread());
    }

    @Test
    void blockingCallerJoinsAnAsynchronousFlight() {
        SingleFlightGroup<String, String> group = SingleFlightGroup.create("mixed");
        CompletableFuture<String> source = new CompletableFuture<>();
        CompletableFuture<String> leader = group.executeAsync(KEY, () -> source);
        try (Callers callers = new Callers()) {
            Caller<FlightResult<String>> follower =
                    callers.follow(group, () -> group.fly(KEY, () -> "its own, which must not run"));

            source.complete("value");

            assertThat(follower.value()).isEqualTo(new FlightResult<>("value", Role.FOLLOWER, true, false, true));
        }
        assertThat(Callers.valueOf(leader)).isEqualTo("value");
        assertThat(group.stats().runs()).isEqualTo(1);
        Callers.assertAtRest(group);
    }

    @Test
    void asynchronousCallerJoinsABlockingFlight() {
        SingleFlightGroup<String, String> group = SingleFlightGroup.create("mixed");
        HeldCall<String> call = HeldCall.returning("value");
        try (Callers callers = new Callers()) {
            Caller<FlightResult<String>> leader = callers.start(() -> group.fly(KEY, call));
            call.awaitRun();
            CompletableFuture<String> follower =
                    group.executeAsync(KEY, () -> CompletableFuture.completedFuture("its own, which must not run"));
            assertThat(follower).isNotDone();

            call.release();

            assertThat(Callers.valueOf(follower)).isEqualTo("value");
            assertThat(leader.value()).isEqualTo(new FlightResult<>("value", Role.LEADER, true, false, true));
        }
        assertThat(group.stats().runs()).isEqualTo(1);
        Callers.assertAtRest(group);
    }

    @Test
    void firstFollowerThatComesTooLateStartsOver() {
        FakeTicker ticker = new FakeTicker();
        SingleFlightGroup<String, String> group =
                SingleFlightGroup.create(GroupConfig.of("late").withTicker(ticker));
        HeldCall<String> call = HeldCall.returning("first");
        try (Callers callers = new Callers()) {
            Caller<String> leader = callers.start(() -> group.execute(KEY, call));
            call.awaitRun();
            // The first follower reads the clock after it has found the flight and before it joins.
            ticker.onNextRead(() -> {
                call.release();
                assertThat(leader.value()).isEqualTo("first");
            });

            Caller<FlightResult<String>> late = callers.start(() -> group.fly(KEY, () -> "second"));

            assertThat(late.value()).isEqualTo(new FlightResult<>("second", Role.LEADER, false, false, true));
        }
        Callers.assertAtRest(group);
    }

    @Test
    void laterFollowerThatComesTooLateStartsOver() {
        FakeTicker ticker = new FakeTicker();
        SingleFlightGroup<String, String> group = SingleFlightGroup.create(
                GroupConfig.of("late").withTicker(ticker).withListener(new FlightListener() {}));
        HeldCall<String> call = HeldCall.returning("first");
        try (Callers callers = new Callers()) {
            Caller<String> leader = callers.start(() -> group.execute(KEY, call));
            call.awaitRun();
            Caller<String> follower = callers.follow(group, () -> group.execute(KEY, call));
            ticker.awaitReads(3); // the leader, its flight, the follower
            // With a listener a future reads the clock after it has found the flight and before it joins.
            ticker.onNextRead(() -> {
                call.release();
                assertThat(leader.value()).isEqualTo("first");
                assertThat(follower.value()).isEqualTo("first");
            });

            CompletableFuture<String> late = group.executeAsync(KEY, () -> CompletableFuture.completedFuture("second"));

            assertThat(Callers.valueOf(late)).isEqualTo("second");
        }
        assertThat(group.stats().runs()).isEqualTo(2);
        Callers.assertAtRest(group);
    }

    @Test
    void duplicateOfAFlightThatHasJustLandedIsNotRejected() {
        FakeTicker ticker = new FakeTicker();
        SingleFlightGroup<String, String> group = SingleFlightGroup.create(GroupConfig.of("late")
                .withTicker(ticker)
                .withListener(new FlightListener() {})
                .withDuplicates(Duplicates.REJECT));
        HeldCall<String> call = HeldCall.returning("first");
        try (Callers callers = new Callers()) {
            Caller<String> leader = callers.start(() -> group.execute(KEY, call));
            call.awaitRun();
            ticker.onNextRead(() -> {
                call.release();
                assertThat(leader.value()).isEqualTo("first");
            });

            CompletableFuture<String> late = group.executeAsync(KEY, () -> CompletableFuture.completedFuture("second"));

            assertThat(Callers.valueOf(late)).isEqualTo("second");
        }
        assertThat(group.stats().rejected()).isZero();
        Callers.assertAtRest(group);
    }
}
