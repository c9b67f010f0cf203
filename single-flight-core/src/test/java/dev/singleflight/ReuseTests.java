package dev.singleflight;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.singleflight.Callers.Caller;
import java.io.IOException;
import java.net.URL;
import java.net.URLClassLoader;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** Rule 14: a value answers calls for a time after its landing. */
class ReuseTests {

    private static final String KEY = "key";

    private static final Duration TIME = Duration.ofHours(1);

    private static final FlightResult<Integer> REUSED = new FlightResult<>(1, Role.REUSED, true, false, true);

    private final FakeTicker ticker = new FakeTicker();

    private final AtomicInteger runs = new AtomicInteger();

    private SingleFlightGroup<Object, Integer> group = groupOf(config());

    @Test
    void valueAnswersCallsAsReusedAndShared() throws Exception {
        assertThat(group.fly(KEY, runs::incrementAndGet).role()).isEqualTo(Role.LEADER);

        assertThat(group.fly(KEY, runs::incrementAndGet)).isEqualTo(REUSED);
        assertThat(Callers.valueOf(group.executeAsync(KEY, this::stage))).isEqualTo(1);
        assertThat(group.executeAll(List.of("other", KEY), keys -> Map.of("other", runs.incrementAndGet())))
                .containsExactly(Map.entry("other", 2), Map.entry(KEY, 1));
        assertThat(group.executeAll(List.of("other", KEY), keys -> Map.of()))
                .as("what a batch has landed")
                .containsExactly(Map.entry("other", 2), Map.entry(KEY, 1));

        assertThat(group.stats().reused()).isEqualTo(5);
        assertThat(group.stats().runs()).isEqualTo(2);
        Callers.assertAtRest(group);
    }

    @Test
    void valueOfAStageAnswersCalls() throws Exception {
        assertThat(Callers.valueOf(group.executeAsync(KEY, this::stage))).isEqualTo(1);

        assertThat(group.fly(KEY, runs::incrementAndGet)).isEqualTo(REUSED);
        Callers.assertAtRest(group);
    }

    @Test
    void timeCountsFromTheLandingNotFromTheStart() throws Exception {
        group.execute(KEY, () -> {
            ticker.advance(TIME);
            return runs.incrementAndGet();
        });

        ticker.advance(TIME.minusNanos(1));
        assertThat(group.fly(KEY, runs::incrementAndGet)).isEqualTo(REUSED);

        ticker.advance(Duration.ofNanos(1));
        assertThat(group.fly(KEY, runs::incrementAndGet).role()).isEqualTo(Role.LEADER);
        assertThat(runs).hasValue(2);
    }

    @Test
    void failureIsNeverReused() {
        IOException failure = new IOException("no value");
        assertThatThrownBy(() -> group.execute(KEY, () -> {
                    throw failure;
                }))
                .isSameAs(failure);
        assertThat(Callers.failureOf(group.executeAsync(KEY, () -> CompletableFuture.failedFuture(failure))))
                .isSameAs(failure);

        assertThat(group.execute(KEY, runs::incrementAndGet)).isEqualTo(1);
        assertThat(group.stats().reused()).isZero();
        Callers.assertAtRest(group);
    }

    @Test
    void nullValueIsReused() throws Exception {
        group.execute(KEY, () -> null);

        assertThat(group.fly(KEY, runs::incrementAndGet))
                .isEqualTo(new FlightResult<>(null, Role.REUSED, true, false, true));
    }

    @Test
    void absentKeyIsNotReused() throws Exception {
        group.executeAll(List.of(KEY), keys -> Map.of());

        assertThat(group.fly(KEY, runs::incrementAndGet).role()).isEqualTo(Role.LEADER);
    }

    @Test
    void valueOfAForgottenFlightIsNotReused() throws Exception {
        group.execute(KEY, () -> {
            assertThat(group.forget(KEY)).isTrue();
            return runs.incrementAndGet();
        });

        assertThat(group.fly(KEY, runs::incrementAndGet).value()).isEqualTo(2);
    }

    @Test
    void forgottenFlightLeavesTheValueOfItsFollowerUp() throws Exception {
        group.execute(KEY, () -> {
            group.forget(KEY);
            assertThat(group.execute(KEY, runs::incrementAndGet)).isEqualTo(1);
            return -1;
        });

        assertThat(group.fly(KEY, runs::incrementAndGet)).isEqualTo(REUSED);
    }

    @Test
    void valueOfAStuckFlightIsNotReused() throws Exception {
        group = groupOf(config().withStuckAfter(TIME.dividedBy(2)));
        HeldCall<Integer> stuck = HeldCall.returning(-1);
        try (Callers callers = new Callers()) {
            Caller<Integer> leader = callers.start(() -> group.execute(KEY, stuck));
            stuck.awaitRun();
            long reads = ticker.reads();
            Caller<Integer> follower = callers.follow(group, () -> group.execute(KEY, runs::incrementAndGet));
            ticker.awaitReads(reads + 2); // the flight's first follower, before it parks
            ticker.advance(TIME.dividedBy(2));
            follower.wake();
            assertThat(follower.value()).isEqualTo(1);

            stuck.release();
            assertThat(leader.value()).isEqualTo(-1);
        }
        assertThat(group.fly(KEY, runs::incrementAndGet)).isEqualTo(REUSED);
    }

    @Test
    void forgetDropsTheValueAndSaysSo() {
        group.execute(KEY, runs::incrementAndGet);

        assertThat(group.forget(KEY)).isTrue();
        assertThat(group.forget(KEY)).isFalse();

        assertThat(group.execute(KEY, runs::incrementAndGet)).isEqualTo(2);
        ticker.advance(TIME);
        assertThat(group.forget(KEY)).as("what could answer nobody").isFalse();
        assertThat(group.stats().forgotten()).isEqualTo(1);
    }

    @Test
    void forgetAllAndForgetIfDropValuesAndCountEachKeyOnce() {
        group.execute("a", runs::incrementAndGet);
        group.execute("b", runs::incrementAndGet);
        group.execute("c", runs::incrementAndGet);

        assertThat(group.forgetIf("a"::equals)).isEqualTo(1);
        assertThat(group.forgetAll()).isEqualTo(2);
        assertThat(group.forgetAll()).isZero();

        assertThat(group.execute("b", runs::incrementAndGet)).isEqualTo(4);
        assertThat(group.stats().forgotten()).isEqualTo(3);
    }

    @Test
    void noMoreThanReuseMaxEntriesAreKept() {
        group = groupOf(config().withReuseMaxEntries(10));
        for (int key = 0; key < 100; key++) {
            group.execute(key, runs::incrementAndGet);
        }

        assertThat(group.forgetAll()).isBetween(1, 10);
    }

    @Test
    void timesMayBeAsLongAsDurationsAre() throws Exception {
        group = groupOf(config().withReuseFor(ChronoUnit.FOREVER.getDuration()).withStaleFor(TIME));

        group.execute(KEY, runs::incrementAndGet);

        ticker.advance(TIME);
        assertThat(group.fly(KEY, runs::incrementAndGet)).isEqualTo(REUSED);
    }

    @Test
    void keyThatThrowsBetweenClaimAndLandingHurtsNobody() throws Exception {
        HookedKey key = new HookedKey(KEY);
        key.onceInFlight(group, () -> {
            throw new IllegalStateException("no hash code");
        });
        assertThat(group.execute(key, runs::incrementAndGet))
                .as("looked once more")
                .isEqualTo(1);
        group.forget(key);

        assertThat(group.<RuntimeException>execute(key, () -> {
                    key.onceInFlight(group, () -> {
                        throw new IllegalStateException("no hash code");
                    });
                    return runs.incrementAndGet();
                }))
                .as("kept")
                .isEqualTo(2);

        Callers.assertAtRest(group);
        assertThat(group.fly(key, runs::incrementAndGet).role()).isEqualTo(Role.LEADER);
    }

    @Test
    void withoutCaffeineTheGroupIsRefusedAndSaysWhatToAdd() throws Exception {
        URL[] core = {GroupConfig.class.getProtectionDomain().getCodeSource().getLocation()};
        try (URLClassLoader alone = new URLClassLoader(core, ClassLoader.getPlatformClassLoader())) {
            Class<?> config = alone.loadClass(GroupConfig.class.getName());
            Class<?> groups = alone.loadClass(SingleFlightGroup.class.getName());
            Object plain = config.getMethod("of", String.class).invoke(null, "rates");
            Object reusing = config.getMethod("withReuseFor", Duration.class).invoke(plain, TIME);

            assertThat(groups.getMethod("create", config).invoke(null, plain))
                    .as("without reuse")
                    .isNotNull();
            assertThat(catchThrowable(() -> groups.getMethod("create", config).invoke(null, reusing)))
                    .cause()
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("'rates'")
                    .hasMessageContaining("com.github.ben-manes.caffeine:caffeine");
        }
    }

    private CompletableFuture<Integer> stage() {
        return CompletableFuture.completedFuture(runs.incrementAndGet());
    }

    private GroupConfig config() {
        return GroupConfig.of("reuse").withReuseFor(TIME).withTicker(ticker);
    }

    private static SingleFlightGroup<Object, Integer> groupOf(GroupConfig config) {
        return SingleFlightGroup.create(config);
    }
}
