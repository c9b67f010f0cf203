package dev.singleflight;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.singleflight.Callers.Caller;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

/** Rules 3 and 10: a forgotten flight is joined by nobody, and its end removes only itself. */
class ForgetTests {

    private static final String KEY = "key";

    private final SingleFlightGroup<String, String> group = SingleFlightGroup.create("forget");

    private final HeldCall<String> old = HeldCall.returning("old");

    private final HeldCall<String> fresh = HeldCall.returning("fresh");

    @Test
    void callAfterForgetStartsAfreshWhileThoseWaitingGetTheOldOutcome() {
        try (Callers callers = new Callers()) {
            Caller<String> leader = callers.start(() -> group.execute(KEY, old));
            old.awaitRun();
            Caller<String> follower = callers.follow(group, () -> group.execute(KEY, old));
            CompletableFuture<String> future = group.executeAsync(KEY, CompletableFuture::new);

            assertThat(group.forget(KEY)).isTrue();
            assertThat(group.inFlight()).isEmpty();

            FlightResult<String> after = group.fly(KEY, () -> "after");
            assertThat(after).isEqualTo(new FlightResult<>("after", Role.LEADER, false, false, true));

            old.release();
            assertThat(leader.value()).isEqualTo("old");
            assertThat(follower.value()).isEqualTo("old");
            assertThat(Callers.valueOf(future)).isEqualTo("old");
        }
        assertThat(group.stats().forgotten()).isEqualTo(1);
        Callers.assertAtRest(group);
    }

    @Test
    void endOfAForgottenFlightNeverRemovesItsFollowUp() {
        try (Callers callers = new Callers()) {
            Caller<String> leader = callers.start(() -> group.execute(KEY, old));
            old.awaitRun();
            group.forget(KEY);
            Caller<String> next = callers.start(() -> group.execute(KEY, fresh));
            fresh.awaitRun();

            old.release();
            assertThat(leader.value()).isEqualTo("old");

            assertThat(group.inFlight()).hasSize(1);
            Caller<String> joiner =
                    callers.follow(group, () -> group.execute(KEY, () -> "its own, which must not run"));
            fresh.release();
            assertThat(joiner.value()).isEqualTo("fresh");
            assertThat(next.value()).isEqualTo("fresh");
        }
        Callers.assertAtRest(group);
    }

    @Test
    void endOfAForgottenStageNeverRemovesItsFollowUp() {
        CompletableFuture<String> first = new CompletableFuture<>();
        CompletableFuture<String> second = new CompletableFuture<>();
        CompletableFuture<String> leader = group.executeAsync(KEY, () -> first);
        group.forget(KEY);
        CompletableFuture<String> next = group.executeAsync(KEY, () -> second);

        first.complete("old");

        assertThat(Callers.valueOf(leader)).isEqualTo("old");
        CompletableFuture<String> joiner = group.executeAsync(KEY, CompletableFuture::new);
        second.complete("fresh");
        assertThat(Callers.valueOf(joiner)).isEqualTo("fresh");
        assertThat(Callers.valueOf(next)).isEqualTo("fresh");
        Callers.assertAtRest(group);
    }

    @Test
    void followUpThatLandsFirstLeavesTheForgottenFlightToItself() {
        try (Callers callers = new Callers()) {
            Caller<String> leader = callers.start(() -> group.execute(KEY, old));
            old.awaitRun();
            Caller<String> follower = callers.follow(group, () -> group.execute(KEY, old));
            group.forget(KEY);

            assertThat(group.execute(KEY, () -> "fresh")).isEqualTo("fresh");

            assertThat(group.stats().waiting()).isEqualTo(1);
            old.release();
            assertThat(leader.value()).isEqualTo("old");
            assertThat(follower.value()).isEqualTo("old");
        }
        Callers.assertAtRest(group);
    }

    @Test
    void thereIsNothingToForgetBeforeAFlightAndAfterItsLanding() {
        assertThat(group.forget(KEY)).isFalse();

        group.execute(KEY, () -> "value");

        assertThat(group.forget(KEY)).isFalse();
        assertThat(group.forgetAll()).isZero();
        assertThat(group.stats().forgotten()).isZero();
    }

    @Test
    void callFromWithinAForgottenRunStartsANewFlight() {
        HeldCall<String> inner = HeldCall.returning("inner");
        HeldCall<String> outer = new HeldCall<>(() -> {
            assertThat(group.forget(KEY)).isTrue();
            FlightResult<String> result = group.fly(KEY, inner);
            assertThat(result.role()).isEqualTo(Role.LEADER);
            assertThat(result.shared()).isTrue();
            return "outer after " + result.value();
        });
        try (Callers callers = new Callers()) {
            Caller<String> leader = callers.start(() -> group.execute(KEY, outer));
            outer.awaitRun();
            Caller<String> before = callers.follow(group, () -> group.execute(KEY, () -> "not run"));
            outer.release();
            inner.awaitRun();
            Caller<String> after = callers.follow(group, () -> group.execute(KEY, () -> "not run"));
            inner.release();

            assertThat(after.value()).isEqualTo("inner");
            assertThat(before.value()).isEqualTo("outer after inner");
            assertThat(leader.value()).isEqualTo("outer after inner");
        }
        assertThat(group.stats().bypassed()).isZero();
        Callers.assertAtRest(group);
    }

    @Test
    void forgetFromWithinASupplierLetsTheNextCallStartAfresh() {
        CompletableFuture<String> source = new CompletableFuture<>();
        CompletableFuture<String> leader = group.executeAsync(KEY, () -> {
            group.forget(KEY);
            return source;
        });

        CompletableFuture<String> next = group.executeAsync(KEY, () -> CompletableFuture.completedFuture("fresh"));

        assertThat(Callers.valueOf(next)).isEqualTo("fresh");
        source.complete("old");
        assertThat(Callers.valueOf(leader)).isEqualTo("old");
        Callers.assertAtRest(group);
    }

    @Test
    void forgetTakesTheOneKey() {
        List<CompletableFuture<String>> flights = startFlights("one", "two", "three");

        assertThat(group.forget("two")).isTrue();

        assertThat(group.inFlight()).extracting(FlightInfo::key).containsExactlyInAnyOrder("one", "three");
        land(flights);
    }

    @Test
    void forgetAllTakesEveryFlight() {
        List<CompletableFuture<String>> flights = startFlights("one", "two", "three");

        assertThat(group.forgetAll()).isEqualTo(3);

        assertThat(group.inFlight()).isEmpty();
        assertThat(group.stats().forgotten()).isEqualTo(3);
        land(flights);
    }

    @Test
    void forgetIfTakesTheKeysThatMatch() {
        List<CompletableFuture<String>> flights = startFlights("one", "two", "three");

        assertThat(group.forgetIf(key -> key.startsWith("t"))).isEqualTo(2);

        assertThat(group.inFlight()).extracting(FlightInfo::key).containsExactly("one");
        assertThat(group.stats().forgotten()).isEqualTo(2);
        land(flights);
    }

    @Test
    void predicateMayAskTheGroupAboutItsKey() {
        List<CompletableFuture<String>> flights = startFlights("one", "two");

        int forgotten = group.forgetIf(key -> group.forget(key)
                && group.execute(key, () -> "fresh").equals("fresh")
                && group.inFlight().size() < 2);

        assertThat(forgotten).as("the predicate has forgotten them all itself").isZero();
        assertThat(group.stats().forgotten()).isEqualTo(2);
        land(flights);
    }

    @Test
    void predicateThatThrowsStopsForgettingAndWhatWasForgottenStaysSo() {
        List<CompletableFuture<String>> flights = startFlights("one", "two", "three");
        RuntimeException failure = new IllegalStateException("enough");
        List<String> seen = new ArrayList<>();

        assertThatThrownBy(() -> group.forgetIf(key -> {
                    seen.add(key);
                    if (seen.size() == 2) {
                        throw failure;
                    }
                    return true;
                }))
                .isSameAs(failure);

        assertThat(group.inFlight()).hasSize(2).noneMatch(flight -> flight.key().equals(seen.get(0)));
        assertThat(group.stats().forgotten()).isEqualTo(1);
        land(flights);
    }

    @Test
    void forgottenFlightIsNoDuplicate() {
        SingleFlightGroup<String, String> strict =
                SingleFlightGroup.create(GroupConfig.of("strict").withDuplicates(Duplicates.REJECT));
        CompletableFuture<String> source = new CompletableFuture<>();
        CompletableFuture<String> leader = strict.executeAsync(KEY, () -> source);

        strict.forget(KEY);

        assertThat(strict.execute(KEY, () -> "fresh")).isEqualTo("fresh");
        source.complete("old");
        assertThat(Callers.valueOf(leader)).isEqualTo("old");
        Callers.assertAtRest(strict);
    }

    private List<CompletableFuture<String>> startFlights(String... keys) {
        List<CompletableFuture<String>> sources = new ArrayList<>();
        for (String key : keys) {
            CompletableFuture<String> source = new CompletableFuture<>();
            sources.add(source);
            CompletableFuture<String> unused = group.executeAsync(key, () -> source);
        }
        return sources;
    }

    private void land(List<CompletableFuture<String>> flights) {
        flights.forEach(source -> source.complete("value"));
        Callers.assertAtRest(group);
    }
}
