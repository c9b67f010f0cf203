package dev.singleflight;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.singleflight.Callers.Caller;
import dev.singleflight.FlightRejectedException.Reason;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The bounds of a group: duplicates, flights and followers, and what becomes of a call past them. */
class BoundsTests {

    private static final String KEY = "key";

    private final CompletableFuture<String> source = new CompletableFuture<>();

    private final HeldCall<String> call = HeldCall.returning("value");

    @Test
    void duplicateIsRejectedAtOnce() {
        SingleFlightGroup<String, String> group = group(config -> config.withDuplicates(Duplicates.REJECT));
        CompletableFuture<String> leader = group.executeAsync(KEY, () -> source);

        assertRejected(group, KEY, Reason.DUPLICATE);

        assertThat(group.fly("another", () -> "value").role()).isEqualTo(Role.LEADER);
        source.complete("value");
        assertThat(Callers.valueOf(leader)).isEqualTo("value");
        assertThat(group.fly(KEY, () -> "value").role()).isEqualTo(Role.LEADER);
        assertThat(group.stats().rejected()).isEqualTo(3);
        assertThat(group.stats().joined()).isZero();
        Callers.assertAtRest(group);
    }

    @Test
    void callPastMaxFlightsRunsAlone() {
        SingleFlightGroup<String, String> group = group(config -> config.withMaxFlights(2));
        CompletableFuture<String> first = group.executeAsync(KEY, () -> source);
        CompletableFuture<String> second = group.executeAsync("second", () -> source);

        assertThat(group.fly("third", () -> "alone"))
                .isEqualTo(new FlightResult<>("alone", Role.BYPASS, false, false, true));
        assertThat(group.execute("third", () -> "alone")).isEqualTo("alone");
        assertThat(Callers.valueOf(group.executeAsync("third", () -> CompletableFuture.completedFuture("alone"))))
                .isEqualTo("alone");

        assertThat(group.stats().bypassed()).isEqualTo(3);
        assertThat(group.inFlight()).hasSize(2);
        CompletableFuture<String> joiner = group.executeAsync(KEY, CompletableFuture::new);
        source.complete("value");
        assertThat(Stream.of(first, second, joiner))
                .allSatisfy(future -> assertThat(Callers.valueOf(future)).isEqualTo("value"));
        assertThat(group.fly("third", () -> "value").role()).isEqualTo(Role.LEADER);
        Callers.assertAtRest(group);
    }

    @Test
    void callPastMaxFlightsIsRejected() {
        SingleFlightGroup<String, String> group =
                group(config -> config.withMaxFlights(1).withOverflow(Overflow.REJECT));
        CompletableFuture<String> leader = group.executeAsync(KEY, () -> source);

        assertRejected(group, "another", Reason.MAX_FLIGHTS);

        CompletableFuture<String> joiner = group.executeAsync(KEY, CompletableFuture::new);
        source.complete("value");
        assertThat(Callers.valueOf(leader)).isEqualTo("value");
        assertThat(Callers.valueOf(joiner)).isEqualTo("value");
        assertThat(group.fly("another", () -> "value").role()).isEqualTo(Role.LEADER);
        Callers.assertAtRest(group);
    }

    @Test
    void nestedCallPastMaxFlightsRunsAlone() {
        SingleFlightGroup<String, String> group = group(config -> config.withMaxFlights(1));

        String value = group.<RuntimeException>execute(
                KEY, () -> group.fly("another", () -> "value").role().name());

        assertThat(value).isEqualTo("BYPASS");
        Callers.assertAtRest(group);
    }

    @Test
    void forgetFreesTheFlightsPlace() {
        SingleFlightGroup<String, String> group = group(config -> config.withMaxFlights(1));
        CompletableFuture<String> old = group.executeAsync(KEY, () -> source);

        group.forget(KEY);
        CompletableFuture<String> pending = new CompletableFuture<>();
        CompletableFuture<String> fresh = group.executeAsync("fresh", () -> pending);

        assertThat(group.inFlight()).extracting(FlightInfo::key).containsExactly("fresh");
        source.complete("value"); // frees no second place
        assertThat(group.fly("more", () -> "value").role()).isEqualTo(Role.BYPASS);
        assertThat(group.forgetAll()).isEqualTo(1);
        assertThat(group.fly("more", () -> "value").role()).isEqualTo(Role.LEADER);
        pending.complete("value");
        assertThat(Callers.valueOf(old)).isEqualTo("value");
        assertThat(Callers.valueOf(fresh)).isEqualTo("value");
        Callers.assertAtRest(group);
    }

    @Test
    void thereAreNeverMoreFlightsThanMaxFlights() {
        int bound = 3;
        SingleFlightGroup<Integer, Integer> group =
                SingleFlightGroup.create(GroupConfig.of("bounds").withMaxFlights(bound));
        AtomicInteger most = new AtomicInteger();
        try (Callers callers = new Callers()) {
            for (int i = 0; i < 4; i++) {
                callers.start(() -> {
                    for (int n = 0; n < 5_000; n++) {
                        int key = ThreadLocalRandom.current().nextInt(8);
                        group.execute(
                                key,
                                () -> most.accumulateAndGet(group.inFlight().size(), Math::max));
                        if (n % 100 == 0) {
                            group.forget(key);
                        }
                    }
                    return null;
                });
            }
        }
        assertThat(most.get()).isBetween(1, bound);
        Callers.assertAtRest(group);
        assertPlaces(group, bound);
    }

    @Test
    void herdOfOneKeyIsOneRunWithinABoundOfOne() {
        SingleFlightGroup<String, String> group = group(config -> config.withMaxFlights(1));
        try (Callers callers = new Callers()) {
            List<Caller<FlightResult<String>>> herd = new ArrayList<>();
            herd.add(callers.start(() -> group.fly(KEY, call)));
            call.awaitRun();
            herd.addAll(callers.follow(group, 200, () -> group.fly(KEY, call)));

            call.release();

            assertThat(herd).extracting(caller -> caller.value().role()).containsOnlyOnce(Role.LEADER);
        }
        assertThat(call.runs()).isEqualTo(1);
        assertThat(group.stats().bypassed()).isZero();
        Callers.assertAtRest(group);
    }

    /** With one key alone there is never another key's flight in the way. */
    @Test
    void callersOfTheOnlyKeyNeverFindTheGroupFull() {
        SingleFlightGroup<String, String> group = group(config -> config.withMaxFlights(1));
        try (Callers callers = new Callers()) {
            for (int i = 0; i < 4; i++) {
                callers.start(() -> {
                    for (int n = 0; n < 50_000; n++) {
                        group.execute(KEY, () -> "value");
                    }
                    return null;
                });
            }
        }
        assertThat(group.stats().bypassed()).isZero();
        Callers.assertAtRest(group);
    }

    @Test
    void callPastMaxFollowersRunsAlone() {
        SingleFlightGroup<String, String> group = group(config -> config.withMaxFollowers(2));
        try (Callers callers = new Callers()) {
            callers.start(() -> group.execute(KEY, call));
            call.awaitRun();
            Caller<String> thread = callers.follow(group, () -> group.execute(KEY, call));
            CompletableFuture<String> future = group.executeAsync(KEY, CompletableFuture::new);

            assertThat(group.fly(KEY, () -> "alone"))
                    .isEqualTo(new FlightResult<>("alone", Role.BYPASS, false, false, true));
            assertThat(Callers.valueOf(group.executeAsync(KEY, () -> CompletableFuture.completedFuture("alone"))))
                    .isEqualTo("alone");

            assertThat(group.stats().bypassed()).isEqualTo(2);
            call.release();
            assertThat(thread.value()).isEqualTo("value");
            assertThat(Callers.valueOf(future)).isEqualTo("value");
        }
        Callers.assertAtRest(group);
    }

    @Test
    void callPastMaxFollowersIsRejected() {
        SingleFlightGroup<String, String> group =
                group(config -> config.withMaxFollowers(1).withOverflow(Overflow.REJECT));
        CompletableFuture<String> leader = group.executeAsync(KEY, () -> source);
        CompletableFuture<String> follower = group.executeAsync(KEY, CompletableFuture::new);

        assertRejected(group, KEY, Reason.MAX_FOLLOWERS);

        source.complete("value");
        assertThat(Callers.valueOf(leader)).isEqualTo("value");
        assertThat(Callers.valueOf(follower)).isEqualTo("value");
        Callers.assertAtRest(group);
    }

    @Test
    void exactlyMaxFollowersOfAHerdJoin() {
        SingleFlightGroup<String, String> group =
                group(config -> config.withMaxFollowers(10).withOverflow(Overflow.REJECT));
        try (Callers callers = new Callers()) {
            callers.start(() -> group.execute(KEY, call));
            call.awaitRun();
            for (int i = 0; i < 50; i++) {
                callers.start(() -> group.execute(KEY, call));
            }
            Callers.until("all have been told their role", () -> group.stats().calls() == 51);

            assertThat(group.stats().joined()).isEqualTo(10);
            assertThat(group.stats().rejected()).isEqualTo(40);
            call.release();
        }
        Callers.assertAtRest(group);
    }

    @Test
    void maxFollowersBindsEachFlightForItself() {
        SingleFlightGroup<String, String> group =
                group(config -> config.withMaxFollowers(1).withOverflow(Overflow.REJECT));
        List<CompletableFuture<String>> futures = new ArrayList<>();
        for (String key : List.of("one", "two", "one", "two")) {
            futures.add(group.executeAsync(key, () -> source));
        }

        source.complete("value");

        assertThat(futures)
                .allSatisfy(future -> assertThat(Callers.valueOf(future)).isEqualTo("value"));
    }

    static Stream<Named<Consumer<CompletableFuture<String>>>> futuresThatLeave() {
        return AsyncTests.waysToEndOnesOwnFuture();
    }

    @ParameterizedTest
    @MethodSource("futuresThatLeave")
    void futureThatLeavesFreesItsSeat(Consumer<CompletableFuture<String>> end) {
        SingleFlightGroup<String, String> group =
                group(config -> config.withMaxFollowers(1).withOverflow(Overflow.REJECT));
        CompletableFuture<String> leader = group.executeAsync(KEY, () -> source);
        CompletableFuture<String> leaver = group.executeAsync(KEY, CompletableFuture::new);

        end.accept(leaver);
        Callers.until("it has left", () -> group.stats().waiting() == 1);

        CompletableFuture<String> next = group.executeAsync(KEY, CompletableFuture::new);
        assertRejected(group, KEY, Reason.MAX_FOLLOWERS);
        source.complete("value");
        assertThat(Callers.valueOf(next)).isEqualTo("value");
        assertThat(Callers.valueOf(leader)).isEqualTo("value");
        Callers.assertAtRest(group);
    }

    @Test
    void threadThatLeavesFreesItsSeat() {
        SingleFlightGroup<String, String> group =
                group(config -> config.withMaxFollowers(1).withOverflow(Overflow.REJECT));
        try (Callers callers = new Callers()) {
            callers.start(() -> group.execute(KEY, call));
            call.awaitRun();
            Caller<String> leaver = callers.follow(group, () -> group.execute(KEY, call));
            leaver.interrupt();
            assertThat(leaver.failure()).isInstanceOf(FlightInterruptedException.class);
            Caller<String> hasty = callers.start(() -> group.execute(KEY, Duration.ZERO, call));
            assertThat(hasty.failure()).isInstanceOf(FlightTimeoutException.class);

            Caller<String> next = callers.follow(group, () -> group.execute(KEY, call));

            assertRejected(group, KEY, Reason.MAX_FOLLOWERS);
            call.release();
            assertThat(next.value()).isEqualTo("value");
        }
        Callers.assertAtRest(group);
    }

    @Test
    void firstCallerOfAFlightOnTheExecutorTakesNoSeat() {
        try (Callers callers = new Callers()) {
            SingleFlightGroup<String, String> group = group(config ->
                    config.withMaxFollowers(1).withOverflow(Overflow.REJECT).withExecutor(callers.executor()));
            Caller<String> leader = callers.follow(group, () -> group.execute(KEY, call));
            Caller<String> follower = callers.follow(group, () -> group.execute(KEY, call));

            assertRejected(group, KEY, Reason.MAX_FOLLOWERS);

            call.release();
            assertThat(leader.value()).isEqualTo("value");
            assertThat(follower.value()).isEqualTo("value");
            Callers.assertAtRest(group);
        }
    }

    private static SingleFlightGroup<String, String> group(UnaryOperator<GroupConfig> settings) {
        return SingleFlightGroup.create(settings.apply(GroupConfig.of("bounds")));
    }

    /** In each of its ways to ask: three calls. */
    private static void assertRejected(SingleFlightGroup<String, String> group, String key, Reason reason) {
        assertThatThrownBy(() -> group.execute(key, () -> "not run"))
                .isInstanceOfSatisfying(FlightRejectedException.class, rejection -> {
                    assertThat(rejection.reason()).isEqualTo(reason);
                    assertThat(rejection.key()).isEqualTo(key);
                    assertThat(rejection.group()).isEqualTo("bounds");
                });
        assertThatThrownBy(() -> group.fly(key, () -> "not run")).isInstanceOf(FlightRejectedException.class);
        assertThat(Callers.failureOf(group.executeAsync(key, CompletableFuture::new)))
                .isInstanceOfSatisfying(
                        FlightRejectedException.class,
                        rejection -> assertThat(rejection.reason()).isEqualTo(reason));
    }

    /** Not a place was lost. */
    private static void assertPlaces(SingleFlightGroup<Integer, Integer> group, int places) {
        List<CompletableFuture<Integer>> sources = new ArrayList<>();
        for (int key = 0; key < places; key++) {
            CompletableFuture<Integer> pending = new CompletableFuture<>();
            sources.add(pending);
            CompletableFuture<Integer> unused = group.executeAsync(key, () -> pending);
        }
        assertThat(group.inFlight()).hasSize(places);
        assertThat(group.fly(places, () -> 0).role()).isEqualTo(Role.BYPASS);
        sources.forEach(pending -> pending.complete(0));
    }
}
