package dev.singleflight;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.singleflight.Callers.Caller;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Rules 4 and 15: keys are told apart by equals alone, a key that misbehaves hurts its caller alone; nulls. */
class KeysTests {

    private final SingleFlightGroup<Object, String> group = SingleFlightGroup.create("keys");

    @Test
    void nullValueIsAValue() {
        HeldCall<String> call = HeldCall.returning(null);
        try (Callers callers = new Callers()) {
            Caller<FlightResult<String>> leader = callers.start(() -> group.fly("key", call));
            call.awaitRun();
            Caller<FlightResult<String>> follower = callers.follow(group, () -> group.fly("key", call));
            CompletableFuture<String> future = group.executeAsync("key", CompletableFuture::new);

            call.release();

            assertThat(leader.value()).isEqualTo(new FlightResult<>(null, Role.LEADER, true, false, true));
            assertThat(follower.value()).isEqualTo(new FlightResult<>(null, Role.FOLLOWER, true, false, true));
            assertThat(Callers.valueOf(future)).isNull();
        }
        assertThat(call.runs()).isEqualTo(1);
        Callers.assertAtRest(group);
    }

    @Test
    void nullKeyIsRefusedByName() {
        List<Runnable> calls = List.of(
                () -> group.execute(null, () -> "value"),
                () -> group.execute(null, Duration.ZERO, () -> "value"),
                () -> group.fly(null, () -> "value"),
                () -> {
                    CompletableFuture<String> unused = group.executeAsync(null, CompletableFuture::new);
                },
                () -> {
                    CompletableFuture<String> unused = group.executeAsync(null, Duration.ZERO, CompletableFuture::new);
                },
                () -> group.forget(null));

        assertThat(calls)
                .allSatisfy(call -> assertThatThrownBy(call::run)
                        .isExactlyInstanceOf(IllegalArgumentException.class)
                        .hasMessageContaining("'keys'"));
        assertThat(group.stats().calls()).isZero();
        Callers.assertAtRest(group);
    }

    @Test
    void nullCallIsRefusedBeforeAnythingFlies() {
        assertThatThrownBy(() -> group.<RuntimeException>execute("key", null)).isInstanceOf(NullPointerException.class);
        assertThatThrownBy(() -> group.executeAsync("key", null)).isInstanceOf(NullPointerException.class);

        assertThat(group.stats().calls()).isZero();
        Callers.assertAtRest(group);
    }

    @ParameterizedTest
    @ValueSource(ints = {GroupConfig.UNLIMITED, 50})
    void keysWithEqualHashCodesAreNeverMixedUp(int maxFlights) {
        SingleFlightGroup<Object, Object> bounded =
                SingleFlightGroup.create(GroupConfig.of("collisions").withMaxFlights(maxFlights));
        List<CompletableFuture<Object>> sources = new ArrayList<>();
        List<CompletableFuture<Object>> callers = new ArrayList<>();
        for (int id = 0; id < 50; id++) {
            CompletableFuture<Object> source = new CompletableFuture<>();
            sources.add(source);
            callers.add(bounded.executeAsync(new Colliding(id), () -> source));
        }
        for (int id = 0; id < 50; id++) {
            callers.add(bounded.executeAsync(new Colliding(id), CompletableFuture::new));
        }

        for (int id = 49; id >= 0; id--) {
            sources.get(id).complete(id);
        }

        for (int id = 0; id < 50; id++) {
            assertThat(Callers.valueOf(callers.get(id))).isEqualTo(id);
            assertThat(Callers.valueOf(callers.get(50 + id))).isEqualTo(id);
        }
        assertThat(bounded.stats().runs()).isEqualTo(50);
        Callers.assertAtRest(bounded);
    }

    @Test
    void equalKeysThatAreOtherObjectsShareAFlight() {
        CompletableFuture<String> source = new CompletableFuture<>();
        CompletableFuture<String> leader = group.executeAsync(List.of(1, 2), () -> source);

        CompletableFuture<String> follower = group.executeAsync(new ArrayList<>(List.of(1, 2)), CompletableFuture::new);

        source.complete("value");
        assertThat(Callers.valueOf(leader)).isEqualTo("value");
        assertThat(Callers.valueOf(follower)).isEqualTo("value");
        Callers.assertAtRest(group);
    }

    @ParameterizedTest
    @ValueSource(ints = {GroupConfig.UNLIMITED, 1})
    void keyWhoseHashCodeChangesDuringTheRunLeavesNothingBehind(int maxFlights) {
        SingleFlightGroup<Object, String> bounded =
                SingleFlightGroup.create(GroupConfig.of("mutable").withMaxFlights(maxFlights));
        List<String> key = new ArrayList<>();

        String value = bounded.<RuntimeException>execute(key, () -> {
            key.add("changed");
            return "value";
        });

        assertThat(value).isEqualTo("value");
        Callers.assertAtRest(bounded);
        assertThat(bounded.fly("next", () -> "value").role()).isEqualTo(Role.LEADER);
    }

    @Test
    void keyWhoseHashCodeHasChangedIsStillForgottenByForgetAll() {
        List<String> key = new ArrayList<>();
        CompletableFuture<String> source = new CompletableFuture<>();
        CompletableFuture<String> leader = group.executeAsync(key, () -> source);
        key.add("changed");

        assertThat(group.forgetAll()).isEqualTo(1);

        source.complete("value");
        assertThat(Callers.valueOf(leader)).isEqualTo("value");
        Callers.assertAtRest(group);
    }

    @ParameterizedTest
    @ValueSource(ints = {GroupConfig.UNLIMITED, 1})
    void keyThatFailsDuringTheRunLeavesNothingBehind(int maxFlights) {
        SingleFlightGroup<Object, String> bounded =
                SingleFlightGroup.create(GroupConfig.of("broken").withMaxFlights(maxFlights));
        Fragile key = new Fragile();

        String value = bounded.<RuntimeException>execute(key, () -> {
            key.hashCodeFails = true;
            key.equalsFails = true;
            return "value";
        });

        assertThat(value).isEqualTo("value");
        Callers.assertAtRest(bounded);
        assertThat(bounded.fly("next", () -> "value").role()).isEqualTo(Role.LEADER);
    }

    @Test
    void hashCodeThatThrowsHurtsItsCallerAlone() {
        Fragile key = new Fragile();
        key.hashCodeFails = true;

        assertThatThrownBy(() -> group.execute(key, () -> "not run")).isSameAs(key.failure);
        assertThat(Callers.failureOf(group.executeAsync(key, CompletableFuture::new)))
                .isSameAs(key.failure);
        assertThatThrownBy(() -> group.forget(key)).isSameAs(key.failure);

        assertThat(group.stats().runs()).isZero();
        Callers.assertAtRest(group);
    }

    @ParameterizedTest
    @ValueSource(ints = {GroupConfig.UNLIMITED, 2})
    void equalsThatThrowsHurtsItsCallerAlone(int maxFlights) {
        SingleFlightGroup<Object, String> bounded =
                SingleFlightGroup.create(GroupConfig.of("broken").withMaxFlights(maxFlights));
        CompletableFuture<String> source = new CompletableFuture<>();
        CompletableFuture<String> leader = bounded.executeAsync(new Fragile(), () -> source);
        CompletableFuture<String> follower = bounded.executeAsync(new Fragile(), () -> source);
        Fragile broken = new Fragile();
        broken.equalsFails = true;

        assertThatThrownBy(() -> bounded.execute(broken, () -> "not run")).isSameAs(broken.failure);
        assertThat(Callers.failureOf(bounded.executeAsync(broken, CompletableFuture::new)))
                .isSameAs(broken.failure);
        assertThatThrownBy(() -> bounded.forget(broken)).isSameAs(broken.failure);

        assertThat(bounded.inFlight()).hasSize(1);
        assertThat(bounded.fly("another", () -> "value").role())
                .as("the broken key took no place")
                .isEqualTo(Role.LEADER);
        source.complete("value");
        assertThat(Callers.valueOf(leader)).isEqualTo("value");
        assertThat(Callers.valueOf(follower)).isEqualTo("value");
        Callers.assertAtRest(bounded);
    }

    @Test
    void hashCodeIsAskedOnceACall() {
        Fragile key = new Fragile();

        group.execute(key, () -> "value");

        assertThat(key.hashCodes).isEqualTo(1);
    }

    /** Keys that meet in one place of any hash table. */
    private record Colliding(int id) {

        @Override
        public int hashCode() {
            return 7;
        }
    }

    /** Equal to every other one, until it fails. */
    private static final class Fragile {

        private final RuntimeException failure = new IllegalStateException("a broken key");

        private boolean hashCodeFails;
        private boolean equalsFails;
        private int hashCodes;

        @Override
        public boolean equals(Object other) {
            if (equalsFails) {
                throw failure;
            }
            return other instanceof Fragile;
        }

        @Override
        public int hashCode() {
            if (hashCodeFails) {
                throw failure;
            }
            hashCodes++;
            return 7;
        }
    }
}
