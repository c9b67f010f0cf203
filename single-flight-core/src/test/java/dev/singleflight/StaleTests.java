package dev.singleflight;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.singleflight.Callers.Caller;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** Rule 14's {@code staleFor}: an earlier value stands in where a call fails or a caller's patience ends. */
class StaleTests {

    private static final String KEY = "key";

    private static final Duration TIME = Duration.ofHours(1);

    private final IOException failure = new IOException("no newer value");

    private final FakeTicker ticker = new FakeTicker();

    private final AtomicInteger heard = new AtomicInteger();

    private final HeldCall<String> held = HeldCall.returning("new");

    @Test
    void staleValueStandsInForAFailureOfTheLeaderAndItsFollowers() throws Exception {
        SingleFlightGroup<String, String> group = groupWithStale(config());
        HeldCall<String> failing = HeldCall.throwing(failure);
        try (Callers callers = new Callers()) {
            Caller<FlightResult<String>> leader = callers.start(() -> group.fly(KEY, failing));
            failing.awaitRun();
            Caller<FlightResult<String>> follower = callers.follow(group, () -> group.fly(KEY, failing));
            CompletableFuture<String> future = group.executeAsync(KEY, CompletableFuture::new);

            failing.release();

            assertThat(leader.value()).isEqualTo(new FlightResult<>("old", Role.LEADER, true, true, true));
            assertThat(follower.value()).isEqualTo(new FlightResult<>("old", Role.FOLLOWER, true, true, true));
            assertThat(Callers.valueOf(future)).isEqualTo("old");
        }
        assertThat(heard).as("for the call").hasValue(1);
        assertThat(group.stats().failures()).isEqualTo(1);
        Callers.assertAtRest(group);
    }

    @Test
    void staleValueStandsInForTheFailureOfAStage() throws Exception {
        SingleFlightGroup<String, String> group = groupWithStale(config());

        assertThat(Callers.valueOf(group.executeAsync(KEY, () -> CompletableFuture.failedFuture(failure))))
                .isEqualTo("old");

        assertThat(heard).hasValue(1);
        Callers.assertAtRest(group);
    }

    @Test
    void staleValueIsNotReusedAndLivesNoLonger() throws Exception {
        SingleFlightGroup<String, String> group = groupWithStale(config());

        assertThat(group.fly(KEY, () -> "new")).isEqualTo(new FlightResult<>("new", Role.LEADER, false, false, true));
        ticker.advance(TIME.multipliedBy(2).minusNanos(1));
        assertThat(group.fly(KEY, this::fail).value()).isEqualTo("new");
        ticker.advance(Duration.ofNanos(1));

        assertThatThrownBy(() -> group.fly(KEY, this::fail)).isSameAs(failure);
        Callers.assertAtRest(group);
    }

    @Test
    void staleValueStandsInWhereAFollowersPatienceEnds() throws Exception {
        SingleFlightGroup<String, String> group = groupWithStale(config().withWaitTimeout(Duration.ZERO));
        try (Callers callers = new Callers()) {
            Caller<FlightResult<String>> leader = callers.start(() -> group.fly(KEY, held));
            held.awaitRun();

            assertThat(group.fly(KEY, held)).isEqualTo(new FlightResult<>("old", Role.FOLLOWER, true, true, true));
            assertThat(Callers.valueOf(group.executeAsync(KEY, CompletableFuture::new)))
                    .isEqualTo("old");
            assertThat(group.executeAll(List.of(KEY), keys -> Map.of())).isEqualTo(Map.of(KEY, "old"));

            assertThat(heard).as("for each caller").hasValue(3);
            held.release();
            assertThat(leader.value().value()).isEqualTo("new");
        }
        Callers.assertAtRest(group);
    }

    @Test
    void staleValueStandsInWhereThePatienceOfALeadersFutureEnds() throws Exception {
        SingleFlightGroup<String, String> group = groupWithStale(config().withWaitTimeout(Duration.ZERO));
        CompletableFuture<String> stage = new CompletableFuture<>();

        assertThat(Callers.valueOf(group.executeAsync(KEY, () -> stage))).isEqualTo("old");

        stage.complete("new");
        assertThat(group.fly(KEY, () -> "newest").value()).as("the run went on").isEqualTo("new");
        Callers.assertAtRest(group);
    }

    @Test
    void staleValueStandsInWhereThePatienceOfAnExecutorsFirstCallerEnds() throws Exception {
        try (Callers callers = new Callers()) {
            SingleFlightGroup<String, String> group = groupWithStale(config().withWaitTimeout(TIME.dividedBy(2))
                    .withStuckAfter(null)
                    .withExecutor(callers.executor()));
            Caller<FlightResult<String>> single = callers.start(() -> group.fly(KEY, held));
            Caller<Map<String, String>> batch = callers.start(() -> group.executeAll(List.of("other"), keys -> {
                held.call();
                return Map.of("other", "new");
            }));
            Callers.until("both run", () -> held.runs() == 2 && group.stats().waiting() == 2);
            Callers.until("both are parked", () -> isParked(single) && isParked(batch));
            ticker.advance(TIME.dividedBy(2));
            single.wake();
            batch.wake();

            assertThat(single.value()).isEqualTo(new FlightResult<>("old", Role.LEADER, false, true, true));
            assertThat(batch.value()).isEqualTo(Map.of("other", "old"));
            held.release();
            Callers.until("the runs have landed", () -> group.inFlight().isEmpty());
        }
    }

    @Test
    void cancelledLeaderGetsItsFailure() throws Exception {
        SingleFlightGroup<String, String> group = groupWithStale(config());
        InterruptedException cancelled = new InterruptedException("cancelled");

        assertThatThrownBy(() -> group.execute(KEY, () -> {
                    throw cancelled;
                }))
                .isSameAs(cancelled);
        assertThatThrownBy(() -> group.executeAll(List.of(KEY), keys -> {
                    throw cancelled;
                }))
                .isSameAs(cancelled);
        CompletableFuture<String> future =
                group.executeAsync(KEY, () -> CompletableFuture.failedFuture(new CancellationException()));

        assertThat(Callers.failureOf(future)).isInstanceOf(CancellationException.class);
        assertThat(heard).hasValue(0);
        Callers.assertAtRest(group);
    }

    @Test
    void failureOfABatchIsThrownUnlessAStaleValueStandsInForEachKey() throws Exception {
        SingleFlightGroup<String, String> group = groupWithStale(config());

        assertThat(group.executeAll(List.of(KEY, "other"), keys -> {
                    throw failure;
                }))
                .isEqualTo(Map.of(KEY, "old", "other", "old"));
        assertThatThrownBy(() -> group.executeAll(List.of(KEY, "unknown"), keys -> {
                    throw failure;
                }))
                .isSameAs(failure);

        assertThat(group.inFlight()).isEmpty();
        assertThat(group.stats().failures()).isEqualTo(2);
    }

    @Test
    void forgetDropsStaleValuesToo() throws Exception {
        SingleFlightGroup<String, String> group = groupWithStale(config());

        assertThat(group.forget(KEY)).isTrue();

        assertThatThrownBy(() -> group.fly(KEY, this::fail)).isSameAs(failure);
    }

    private String fail() throws IOException {
        throw failure;
    }

    private static boolean isParked(Caller<?> caller) {
        return switch (caller.thread().getState()) {
            case WAITING, TIMED_WAITING -> true;
            default -> false;
        };
    }

    private GroupConfig config() {
        return GroupConfig.of("stale")
                .withReuseFor(TIME)
                .withStaleFor(TIME)
                .withTicker(ticker)
                .withListener(new FlightListener() {
                    @Override
                    public void onStale(String group) {
                        heard.incrementAndGet();
                    }
                });
    }

    /** A group with a value for two keys, too old to be reused. */
    private SingleFlightGroup<String, String> groupWithStale(GroupConfig config) {
        SingleFlightGroup<String, String> group = SingleFlightGroup.create(config);
        group.execute(KEY, () -> "old");
        group.execute("other", () -> "old");
        Callers.until("both have landed", () -> group.inFlight().isEmpty());
        ticker.advance(TIME);
        return group;
    }
}
