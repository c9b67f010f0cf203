package dev.singleflight;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.singleflight.Callers.Caller;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.junit.jupiter.api.Test;

/** Rule 13: one call for many keys, which shares flights key by key. */
class BatchTests {

    private final SingleFlightGroup<String, String> group = SingleFlightGroup.create("batch");

    private final Queue<Set<String>> runs = new ConcurrentLinkedQueue<>();

    private final HeldCall<String> single = HeldCall.returning("single's");

    private final HeldCall<String> gate = HeldCall.returning("open");

    @Test
    void batchRunsItsCallOnceForAllItsKeysInTheirOrder() {
        Map<String, String> values = group.executeAll(List.of("b", "a", "b", "c"), this::run);

        assertThat(values).containsExactly(Map.entry("b", "B"), Map.entry("a", "A"), Map.entry("c", "C"));
        assertThat(runs).containsExactly(Set.of("a", "b", "c"));
        assertFigures(3, 1, 0, 0);
    }

    @Test
    void singleCallersShareTheFlightsOfABatch() {
        try (Callers callers = new Callers()) {
            Caller<Map<String, String>> batch = held(callers, "a", "b");
            Caller<FlightResult<String>> follower = callers.follow(group, () -> group.fly("a", single));
            CompletableFuture<String> future = group.executeAsync("b", CompletableFuture::new);

            gate.release();

            assertThat(batch.value()).isEqualTo(Map.of("a", "A", "b", "B"));
            assertThat(follower.value()).isEqualTo(new FlightResult<>("A", Role.FOLLOWER, true, false, true));
            assertThat(Callers.valueOf(future)).isEqualTo("B");
        }
        assertThat(runs).hasSize(1);
        assertFigures(4, 1, 2, 0);
    }

    @Test
    void batchSharesTheFlightsOfSingleCallersAndRunsOnlyTheRest() {
        CompletableFuture<String> stage = new CompletableFuture<>();
        try (Callers callers = new Callers()) {
            callers.start(() -> group.execute("a", single));
            single.awaitRun();
            CompletableFuture<String> future = group.executeAsync("b", () -> stage);
            Caller<Map<String, String>> batch = follow(callers, "a", "b", "c");

            assertThat(runs).as("before it waits").containsExactly(Set.of("c"));
            assertThat(group.inFlight())
                    .extracting(FlightInfo::key)
                    .as("c has landed")
                    .containsExactlyInAnyOrder("a", "b");
            single.release();
            stage.complete("stage's");

            assertThat(batch.value())
                    .containsExactly(Map.entry("a", "single's"), Map.entry("b", "stage's"), Map.entry("c", "C"));
            assertThat(Callers.valueOf(future)).isEqualTo("stage's");
        }
        assertFigures(5, 3, 2, 0);
    }

    @Test
    void batchesShareKeyByKey() {
        try (Callers callers = new Callers()) {
            Caller<Map<String, String>> first = held(callers, "a", "b");
            Caller<Map<String, String>> second =
                    callers.follow(group, () -> group.executeAll(List.of("b", "c"), this::run));

            gate.release();

            assertThat(first.value()).isEqualTo(Map.of("a", "A", "b", "B"));
            assertThat(second.value()).isEqualTo(Map.of("b", "B", "c", "C"));
        }
        assertThat(runs).containsExactlyInAnyOrder(Set.of("a", "b"), Set.of("c"));
        assertFigures(4, 2, 1, 0);
    }

    @Test
    void overlappingBatchesNeverDeadlock() {
        List<Caller<?>> started = new ArrayList<>();
        try (Callers callers = new Callers()) {
            for (int thread = 0; thread < 50; thread++) {
                SplittableRandom random = new SplittableRandom(thread);
                started.add(callers.start(() -> {
                    for (int batch = 0; batch < 200; batch++) {
                        Set<String> keys = new TreeSet<>(Collections.reverseOrder());
                        random.ints(5, 0, 12).forEach(key -> keys.add("k" + key));
                        List<String> asked = new ArrayList<>(keys);
                        Collections.rotate(asked, random.nextInt(5));
                        assertThat(group.executeAll(asked, this::run).keySet()).containsExactlyElementsOf(asked);
                    }
                    return null;
                }));
            }
            started.forEach(Caller::value);
        }
        assertNothingIsLeft();
    }

    @Test
    void keysOfTheCallersOwnFlightsGoAlongInTheRun() {
        Map<String, String> values =
                group.executeAll(List.of("a"), outer -> group.executeAll(List.of("b", "a"), this::run));

        assertThat(values).isEqualTo(Map.of("a", "A"));
        assertThat(runs).containsExactly(Set.of("a", "b"));
        assertThat(group.stats().bypassed()).isEqualTo(1);
        assertFigures(3, 2, 0, 0);
    }

    @Test
    void failureOfItsOwnRunIsThrownAtOnceWhileOthersAreStillRunning() {
        IOException failure = new IOException("batch's");
        try (Callers callers = new Callers()) {
            callers.start(() -> group.execute("a", single));
            single.awaitRun();

            assertThatThrownBy(() -> group.executeAll(List.of("a", "b"), keys -> {
                        throw failure;
                    }))
                    .isSameAs(failure);

            assertThat(group.inFlight())
                    .singleElement()
                    .satisfies(flight -> assertThat(flight.key()).isEqualTo("a"));
            single.release();
        }
        assertFigures(3, 2, 1, 1);
    }

    @Test
    void failureOfTheRunIsSharedByAllWhoFollowItsKeys() {
        IOException failure = new IOException("batch's");
        try (Callers callers = new Callers()) {
            Caller<Map<String, String>> batch = callers.start(() -> group.executeAll(List.of("a", "b"), keys -> {
                gate.call();
                throw failure;
            }));
            gate.awaitRun();
            Caller<String> follower = callers.follow(group, () -> group.execute("a", single));
            CompletableFuture<String> future = group.executeAsync("b", CompletableFuture::new);

            gate.release();

            assertThat(batch.failure()).isSameAs(failure);
            assertThat(follower.failure()).isSameAs(failure);
            assertThat(Callers.failureOf(future)).isSameAs(failure);
        }
        assertFigures(4, 1, 2, 1);
    }

    @Test
    void failureOfAJoinedFlightIsThrownWhenItIsMetAndWhatLandedStaysLanded() {
        IOException failure = new IOException("single's");
        HeldCall<String> failing = HeldCall.throwing(failure);
        HeldCall<String> never = HeldCall.returning("never waited for");
        try (Callers callers = new Callers()) {
            callers.start(() -> group.execute("a", failing));
            callers.start(() -> group.execute("z", never));
            failing.awaitRun();
            never.awaitRun();
            Caller<Map<String, String>> batch =
                    callers.follow(group, () -> group.executeAll(List.of("a", "b", "z"), this::run));
            assertThat(runs).containsExactly(Set.of("b"));

            failing.release();

            assertThat(batch.failure()).isSameAs(failure);
            never.release();
        }
        assertFigures(5, 3, 2, 1);
    }

    @Test
    void keyThatTheCallDoesNotReturnIsAbsentAndNullIsAValue() {
        Map<String, String> values = group.executeAll(List.of("absent", "null", "a"), keys -> {
            Map<String, String> returned = new LinkedHashMap<>(Map.of("a", "A", "foreign", "F"));
            returned.put("null", null);
            return returned;
        });

        assertThat(values).containsOnlyKeys("null", "a").containsEntry("null", null);
        assertFigures(3, 1, 0, 0);
    }

    @Test
    void callersThatJoinedANullValueGetIt() {
        try (Callers callers = new Callers()) {
            Caller<Map<String, String>> batch = heldReturning(callers, Collections.singletonMap("a", null));
            Caller<FlightResult<String>> follower = callers.follow(group, () -> group.fly("a", single));
            Caller<Map<String, String>> other = follow(callers, "a");

            gate.release();

            assertThat(batch.value()).containsEntry("a", null);
            assertThat(follower.value().value()).isNull();
            assertThat(other.value()).containsOnlyKeys("a").containsEntry("a", null);
        }
        assertThat(single.runs()).isZero();
        assertFigures(3, 1, 2, 0);
    }

    @Test
    void singleCallersThatJoinedAnAbsentKeyStartOver() {
        single.release();
        try (Callers callers = new Callers()) {
            Caller<Map<String, String>> batch = heldReturning(callers, Map.of());
            Caller<FlightResult<String>> follower = callers.follow(group, () -> group.fly("a", single));

            gate.release();

            assertThat(batch.value()).isEmpty();
            assertThat(follower.value()).isEqualTo(new FlightResult<>("single's", Role.LEADER, false, false, true));
        }
        assertThat(group.stats().successions()).isEqualTo(1);
        assertFigures(2, 2, 1, 0);
    }

    @Test
    void futureThatJoinedAnAbsentKeyStartsOver() {
        try (Callers callers = new Callers()) {
            Caller<Map<String, String>> batch = heldReturning(callers, Map.of());
            CompletableFuture<String> future =
                    group.executeAsync("a", () -> CompletableFuture.completedFuture("future's"));

            gate.release();

            assertThat(batch.value()).isEmpty();
            assertThat(Callers.valueOf(future)).isEqualTo("future's");
        }
        assertFigures(2, 2, 1, 0);
    }

    @Test
    void batchThatJoinedAnAbsentKeyHasItAbsent() {
        try (Callers callers = new Callers()) {
            heldReturning(callers, Map.of());
            Caller<Map<String, String>> other = follow(callers, "a");

            gate.release();

            assertThat(other.value()).isEmpty();
        }
        assertThat(runs).isEmpty();
        assertFigures(2, 1, 1, 0);
    }

    @Test
    void keysThatTheCallGetsCannotBeChanged() {
        assertThatThrownBy(() -> group.executeAll(List.of("a", "b"), keys -> {
                    keys.remove("a");
                    return Map.of("b", "B");
                }))
                .isInstanceOf(UnsupportedOperationException.class);

        assertFigures(2, 1, 0, 1);
    }

    @Test
    void whatACallerDoesToItsValuesTouchesNobodyElse() {
        try (Callers callers = new Callers()) {
            Caller<Map<String, String>> batch = held(callers, "a", "b");
            Caller<Map<String, String>> other = follow(callers, "a", "b");

            gate.release();

            batch.value().clear();
            assertThat(other.value()).containsExactly(Map.entry("a", "A"), Map.entry("b", "B"));
        }
        assertFigures(4, 1, 2, 0);
    }

    @Test
    void emptyRequestCallsNothing() {
        assertThat(group.executeAll(List.of(), this::run)).isEmpty();

        assertThat(runs).isEmpty();
        assertFigures(0, 0, 0, 0);
    }

    @Test
    void nullMapIsANullPointerExceptionThatNamesTheGroup() {
        assertThatThrownBy(() -> group.executeAll(List.of("a"), keys -> null))
                .isInstanceOf(NullPointerException.class)
                .hasMessage("The call of a batch of group 'batch' returned null; return a map");
        assertFigures(1, 1, 0, 1);

        group.enabled(false);
        assertThatThrownBy(() -> group.executeAll(List.of("a"), keys -> null))
                .as("switched off")
                .hasMessageContaining("'batch'");
    }

    @Test
    void nullKeyIsRefusedBeforeAnythingIsClaimed() {
        List<String> keys = new ArrayList<>(List.of("a"));
        keys.add(null);

        assertThatThrownBy(() -> group.executeAll(keys, this::run))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("'batch'");

        assertThat(runs).isEmpty();
        assertFigures(0, 0, 0, 0);
    }

    @Test
    void groupThatIsSwitchedOffCallsStraightThrough() {
        group.enabled(false);

        assertThat(group.executeAll(List.of("b", "a", "b"), keys -> {
                    run(keys);
                    return Map.of("a", "A", "b", "B", "foreign", "F");
                }))
                .containsExactly(Map.entry("b", "B"), Map.entry("a", "A"));

        assertThat(runs).containsExactly(Set.of("a", "b"));
        assertFigures(0, 0, 0, 0);
    }

    @Test
    void keysThatBypassRunTogetherAndAreACallEach() {
        try (Callers callers = new Callers()) {
            Caller<Map<String, String>> batch = held(callers, "a");

            assertThat(group.bypassAll(List.of("b", "a", "b"), this::run))
                    .containsExactly(Map.entry("b", "B"), Map.entry("a", "A"));
            assertThat(group.inFlight()).extracting(FlightInfo::key).containsExactly("a");
            gate.release();
            assertThat(batch.value()).isEqualTo(Map.of("a", "A"));
        }
        assertThat(group.stats().bypassed()).isEqualTo(2);
        assertFigures(3, 2, 0, 0);
    }

    @Test
    void noKeysBypassWithoutARun() {
        assertThat(group.bypassAll(List.of(), this::run)).isEmpty();
        assertThat(runs).isEmpty();
        assertFigures(0, 0, 0, 0);
    }

    @Test
    void aBatchsOwnWaitTimeoutGoesBeforeTheGroups() {
        try (Callers callers = new Callers()) {
            callers.start(() -> group.execute("a", single));
            single.awaitRun();

            assertThatThrownBy(() -> group.executeAll(List.of("a"), Duration.ZERO, this::run))
                    .isInstanceOf(FlightTimeoutException.class);
            single.release();
        }
        assertNothingIsLeft();
    }

    private Map<String, String> run(Set<String> keys) {
        runs.add(Set.copyOf(keys));
        Map<String, String> values = new LinkedHashMap<>();
        keys.forEach(key -> values.put(key, key.toUpperCase(Locale.ROOT)));
        return values;
    }

    /** A batch whose run waits at the gate. */
    private Caller<Map<String, String>> held(Callers callers, String... keys) {
        Caller<Map<String, String>> batch = callers.start(() -> group.executeAll(List.of(keys), asked -> {
            gate.call();
            return run(asked);
        }));
        gate.awaitRun();
        return batch;
    }

    /** A batch for one key whose run waits at the gate and returns this. */
    private Caller<Map<String, String>> heldReturning(Callers callers, Map<String, String> values) {
        Caller<Map<String, String>> batch = callers.start(() -> group.executeAll(List.of("a"), asked -> {
            gate.call();
            return values;
        }));
        gate.awaitRun();
        return batch;
    }

    private Caller<Map<String, String>> follow(Callers callers, String... keys) {
        long before = group.stats().waiting();
        Caller<Map<String, String>> batch = callers.start(() -> group.executeAll(List.of(keys), this::run));
        Callers.until("the batch waits", () -> group.stats().waiting() > before);
        return batch;
    }

    private void assertFigures(long calls, long runs, long joined, long failures) {
        Callers.until("nobody waits", () -> group.stats().waiting() == 0);
        FlightStats stats = group.stats();
        assertThat(group.inFlight()).isEmpty();
        assertThat(stats.calls()).as("each key asked for is one call").isEqualTo(calls);
        assertThat(stats.runs()).as("runs").isEqualTo(runs);
        assertThat(stats.joined()).as("joined").isEqualTo(joined);
        assertThat(stats.failures()).as("failures").isEqualTo(failures);
    }

    /** As in {@link Callers#assertAtRest}, where the keys beyond the first of a run make no runs of their own. */
    private void assertNothingIsLeft() {
        Callers.until("nobody waits", () -> group.stats().waiting() == 0);
        Callers.until("nothing is in flight", () -> group.inFlight().isEmpty());
    }
}
