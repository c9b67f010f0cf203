package dev.singleflight;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.singleflight.Callers.Caller;
import dev.singleflight.FlightRejectedException.Reason;
import java.time.Duration;
import java.util.AbstractMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** Rule 13 where a batch is refused, cancelled, stuck, out of time or past a bound, and where its keys or maps throw. */
class BatchBoundsTests {

    private static final Duration PATIENCE = Duration.ofHours(1);

    private final Queue<Set<String>> runs = new ConcurrentLinkedQueue<>();

    private final HeldCall<String> single = HeldCall.returning("single's");

    private final HeldCall<String> gate = HeldCall.returning("open");

    private final FakeTicker ticker = new FakeTicker();

    private SingleFlightGroup<Object, String> group = SingleFlightGroup.create("batch");

    @Test
    void firstRefusedKeyHandsTheClaimedOnesOverAndTheCallDoesNotRun() throws Exception {
        group = SingleFlightGroup.create(GroupConfig.of("batch").withDuplicates(Duplicates.REJECT));
        try (Callers callers = new Callers()) {
            callers.start(() -> group.execute("b", single));
            single.awaitRun();

            Throwable refused = catchThrowable(() -> group.executeAll(List.of("a", "b", "c"), this::run));

            assertThat(refused).isInstanceOfSatisfying(FlightRejectedException.class, rejected -> {
                assertThat(rejected.reason()).isEqualTo(Reason.DUPLICATE);
                assertThat(rejected.key()).isEqualTo("b");
            });
            assertThat(group.inFlight()).extracting(FlightInfo::key).containsExactly("b");
            assertThat(group.execute("a", () -> "free")).isEqualTo("free");
            single.release();
        }
        assertThat(runs).isEmpty();
        assertThat(group.stats().rejected()).as("all keys of the batch").isEqualTo(3);
        assertThat(group.stats().calls()).isEqualTo(5);
        assertAtRest();
    }

    @Test
    void followerThatHadJoinedAClaimedFlightOfARefusedBatchLeadsIt() {
        group = SingleFlightGroup.create(
                GroupConfig.of("batch").withMaxFlights(1).withOverflow(Overflow.REJECT));
        single.release();
        try (Callers callers = new Callers()) {
            Queue<Caller<FlightResult<String>>> follower = new ConcurrentLinkedQueue<>();
            HookedKey second = new HookedKey("b");
            second.onceInFlight(group, () -> follower.add(callers.follow(group, () -> group.fly("a", single))));

            assertThatThrownBy(() -> group.executeAll(List.of("a", second), this::run))
                    .isInstanceOfSatisfying(
                            FlightRejectedException.class,
                            rejected -> assertThat(rejected.reason()).isEqualTo(Reason.MAX_FLIGHTS));

            assertThat(follower.remove().value())
                    .isEqualTo(new FlightResult<>("single's", Role.LEADER, false, false, true));
        }
        assertThat(runs).isEmpty();
        assertAtRest();
    }

    @Test
    void cancelledBatchHandsEachFlightOver() {
        try (Callers callers = new Callers()) {
            Caller<Map<Object, String>> batch =
                    callers.start(() -> group.executeAll(List.of("a", "b", "c", "d"), keys -> {
                        gate.call();
                        return Map.of();
                    }));
            gate.awaitRun();
            single.release();
            Caller<FlightResult<String>> follower = callers.follow(group, () -> group.fly("a", single));
            CompletableFuture<String> future =
                    group.executeAsync("b", () -> CompletableFuture.completedFuture("future's"));
            Caller<Map<Object, String>> other = callers.follow(group, () -> group.executeAll(List.of("c"), this::run));

            batch.interrupt();

            assertThat(batch.failure()).isInstanceOf(InterruptedException.class);
            assertThat(follower.value()).isEqualTo(new FlightResult<>("single's", Role.LEADER, false, false, true));
            assertThat(Callers.valueOf(future)).isEqualTo("future's");
            assertThat(other.value()).isEqualTo(Map.of("c", "c's"));
        }
        assertThat(runs).as("of the other batch, for that key").containsExactly(Set.of("c"));
        assertThat(group.stats().successions()).isEqualTo(3);
        assertThat(group.stats().runs()).isEqualTo(4);
        assertAtRest();
    }

    @Test
    void successorOfABatchThatReturnsNothingLandsTheKeyAsAbsent() {
        try (Callers callers = new Callers()) {
            Caller<Map<Object, String>> batch = heldBatch(callers, "a");
            Caller<Map<Object, String>> successor =
                    callers.follow(group, () -> group.executeAll(List.of("a"), keys -> Map.of()));
            Caller<Map<Object, String>> last = callers.follow(group, () -> group.executeAll(List.of("a"), this::run));

            batch.interrupt();

            assertThat(successor.value()).isEmpty();
            assertThat(last.value()).isEmpty();
        }
        assertThat(runs).isEmpty();
        assertAtRest();
    }

    @Test
    void keysPastMaxFlightsGoAlongInTheRun() {
        group = SingleFlightGroup.create(GroupConfig.of("batch").withMaxFlights(2));

        assertThat(group.executeAll(List.of("a", "b", "c"), this::run)).containsOnlyKeys("a", "b", "c");

        assertThat(runs).containsExactly(Set.of("a", "b", "c"));
        assertThat(group.stats().bypassed()).isEqualTo(1);
        assertThat(group.stats().runs()).isEqualTo(1);
        assertAtRest();
    }

    @Test
    void batchPastMaxFollowersRunsTheKeyAlone() {
        group = SingleFlightGroup.create(GroupConfig.of("batch").withMaxFollowers(1));
        try (Callers callers = new Callers()) {
            callers.start(() -> group.execute("a", single));
            single.awaitRun();
            callers.follow(group, () -> group.execute("a", single));

            assertThat(group.executeAll(List.of("a", "b"), this::run)).isEqualTo(Map.of("a", "a's", "b", "b's"));
            assertThat(group.executeAll(List.of("a"), keys -> Map.of())).isEmpty();

            single.release();
        }
        assertThat(runs).containsExactly(Set.of("b"), Set.of("a"));
        assertThat(group.stats().bypassed()).isEqualTo(2);
        assertAtRest();
    }

    @Test
    void batchPastMaxFollowersIsRejectedWhereOverflowSaysSoAndWhatLandedStaysLanded() {
        group = SingleFlightGroup.create(
                GroupConfig.of("batch").withMaxFollowers(1).withOverflow(Overflow.REJECT));
        try (Callers callers = new Callers()) {
            callers.start(() -> group.execute("a", single));
            single.awaitRun();
            callers.follow(group, () -> group.execute("a", single));

            assertThatThrownBy(() -> group.executeAll(List.of("a", "b"), this::run))
                    .isInstanceOf(FlightRejectedException.class);

            single.release();
        }
        assertThat(runs).containsExactly(Set.of("b"));
        assertThat(group.stats().calls()).isEqualTo(4);
        assertAtRest();
    }

    @Test
    void waitTimeoutBindsAllWaitsOfABatchTogether() {
        group = SingleFlightGroup.create(GroupConfig.of("batch")
                .withWaitTimeout(PATIENCE)
                .withStuckAfter(null)
                .withTicker(ticker));
        try (Callers callers = new Callers()) {
            callers.start(() -> group.execute("a", single));
            callers.start(() -> group.execute("b", gate));
            single.awaitRun();
            gate.awaitRun();
            Caller<Map<Object, String>> batch =
                    callers.follow(group, () -> group.executeAll(List.of("a", "b"), this::run));
            ticker.awaitReads(3); // its flight's first follower, its patience begins, before it parks

            ticker.advance(PATIENCE.dividedBy(2));
            single.release();
            ticker.awaitReads(5); // the second flight's first follower, before it parks
            ticker.advance(PATIENCE.dividedBy(2));
            batch.wake();

            assertThat(batch.failure())
                    .isInstanceOfSatisfying(
                            FlightTimeoutException.class,
                            timeout -> assertThat(timeout.key()).isEqualTo("b"));
            gate.release();
        }
        assertAtRest();
    }

    @Test
    void interruptedBatchLeavesAloneAndWhatItRanHasLanded() {
        try (Callers callers = new Callers()) {
            callers.start(() -> group.execute("a", single));
            single.awaitRun();
            Caller<Map<Object, String>> batch =
                    callers.follow(group, () -> group.executeAll(List.of("a", "b"), this::run));

            batch.interrupt();

            assertThat(batch.failure()).isInstanceOf(FlightInterruptedException.class);
            assertThat(batch.endedInterrupted()).isTrue();
            assertThat(group.inFlight()).extracting(FlightInfo::key).containsExactly("a");
            single.release();
        }
        assertThat(runs).containsExactly(Set.of("b"));
        assertAtRest();
    }

    @Test
    void keyOfAStuckBatchIsRunByAFollowerAndTheBatchGetsItsOwnResult() {
        group = SingleFlightGroup.create(
                GroupConfig.of("batch").withStuckAfter(PATIENCE).withTicker(ticker));
        try (Callers callers = new Callers()) {
            Caller<Map<Object, String>> batch = heldBatch(callers, "a", "b");
            single.release();
            Caller<String> follower = callers.follow(group, () -> group.execute("a", single));
            ticker.awaitReads(2);

            ticker.advance(PATIENCE);
            follower.wake();

            assertThat(follower.value()).isEqualTo("single's");
            assertThat(group.inFlight()).hasSize(2).anyMatch(FlightInfo::stuck).anyMatch(flight -> !flight.stuck());
            gate.release();
            assertThat(batch.value()).isEqualTo(Map.of("a", "a's", "b", "b's"));
        }
        assertThat(group.stats().stuck()).isEqualTo(1);
        assertAtRest();
    }

    @Test
    void batchInACircleRunsTheKeyAlone() {
        CountDownLatch bothLead = new CountDownLatch(2);
        try (Callers callers = new Callers()) {
            List<Caller<Map<Object, String>>> circle = List.of(
                    callers.start(() -> group.executeAll(List.of("a"), keys -> nested(bothLead, "b"))),
                    callers.start(() -> group.executeAll(List.of("b"), keys -> nested(bothLead, "a"))));

            assertThat(circle.get(0).value()).isEmpty();
            assertThat(circle.get(1).value()).isEmpty();
        }
        assertThat(group.stats().bypassed()).isBetween(1L, 2L);
        assertAtRest();
    }

    @Test
    void forgottenKeyOfABatchIsRunAfreshAndTheBatchKeepsItsResult() throws Exception {
        try (Callers callers = new Callers()) {
            Caller<Map<Object, String>> batch = heldBatch(callers, "a", "b");

            assertThat(group.forget("a")).isTrue();
            assertThat(group.execute("a", () -> "fresh")).isEqualTo("fresh");

            gate.release();
            assertThat(batch.value()).isEqualTo(Map.of("a", "a's", "b", "b's"));
        }
        assertAtRest();
    }

    @Test
    void mapThatThrowsIsTheRunsFailure() {
        IllegalStateException failure = new IllegalStateException("closed");
        try (Callers callers = new Callers()) {
            Caller<Map<Object, String>> batch = callers.start(() -> group.executeAll(List.of("a"), keys -> {
                gate.call();
                return new AbstractMap<>() {
                    @Override
                    public Set<Entry<Object, String>> entrySet() {
                        throw failure;
                    }
                };
            }));
            gate.awaitRun();
            Caller<String> follower = callers.follow(group, () -> group.execute("a", single));

            gate.release();

            assertThat(batch.failure()).isSameAs(failure);
            assertThat(follower.failure()).isSameAs(failure);
        }
        assertThat(group.stats().failures()).isEqualTo(1);
        assertAtRest();
    }

    @Test
    void keysWhoseHashCodeChangesDuringTheRunLand() {
        HookedKey key = new HookedKey("a");
        try (Callers callers = new Callers()) {
            Caller<Map<Object, String>> batch = callers.start(() -> group.executeAll(List.of(key, "b"), keys -> {
                gate.call();
                key.hash = 2;
                return run(keys);
            }));
            gate.awaitRun();
            Caller<String> follower = callers.follow(group, () -> group.execute("b", single));

            gate.release();

            assertThat(follower.value()).isEqualTo("b's");
            assertThat(batch.value()).containsEntry("b", "b's");
        }
        assertAtRest();
    }

    @Test
    void keysWhoseHashCodeThrowsAfterTheClaimLand() {
        HookedKey key = new HookedKey("a");
        IllegalStateException failure = new IllegalStateException("no hash code");
        try (Callers callers = new Callers()) {
            Caller<Map<Object, String>> batch = callers.start(() -> group.executeAll(List.of(key, "b"), keys -> {
                gate.call();
                key.hook = () -> {
                    throw failure;
                };
                return run(Set.of("b"));
            }));
            gate.awaitRun();
            Caller<String> follower = callers.follow(group, () -> group.execute("b", single));

            gate.release();

            assertThat(batch.failure()).isSameAs(failure);
            assertThat(follower.failure()).isSameAs(failure);
        }
        assertAtRest();
    }

    @Test
    void keyThatThrowsRightAfterItsClaimLeavesNoFlight() {
        IllegalStateException failure = new IllegalStateException("no hash code");
        HookedKey key = new HookedKey("a");
        key.onceInFlight(group, () -> {
            throw failure;
        });

        assertThatThrownBy(() -> group.executeAll(List.of(key), this::run)).isSameAs(failure);

        assertAtRest();
    }

    @Test
    void keyThatThrowsWhileABatchClaimsHandsTheClaimedOnesOver() {
        IllegalStateException failure = new IllegalStateException("no hash code");
        HookedKey second = new HookedKey("b");
        second.onceInFlight(group, () -> {
            throw failure;
        });

        assertThatThrownBy(() -> group.executeAll(List.of("a", second), this::run))
                .isSameAs(failure);

        assertThat(runs).isEmpty();
        assertAtRest();
    }

    private Map<Object, String> nested(CountDownLatch bothLead, String key) throws InterruptedException {
        bothLead.countDown();
        assertThat(bothLead.await(Callers.LIMIT.toSeconds(), TimeUnit.SECONDS)).isTrue();
        group.executeAll(List.of(key), this::run);
        return Map.of();
    }

    private Map<Object, String> run(Set<Object> keys) {
        runs.add(keys.stream().map(Object::toString).collect(Collectors.toSet()));
        return keys.stream().collect(Collectors.toMap(Function.identity(), key -> key + "'s"));
    }

    private Caller<Map<Object, String>> heldBatch(Callers callers, Object... keys) {
        Caller<Map<Object, String>> batch = callers.start(() -> group.executeAll(List.of(keys), asked -> {
            gate.call();
            return run(asked);
        }));
        gate.awaitRun();
        return batch;
    }

    private void assertAtRest() {
        Callers.until("nobody waits", () -> group.stats().waiting() == 0);
        Callers.until("nothing is in flight", () -> group.inFlight().isEmpty());
    }
}
