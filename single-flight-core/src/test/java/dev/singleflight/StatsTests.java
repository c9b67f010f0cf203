package dev.singleflight;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.singleflight.Callers.Caller;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;

/** The figures: each call has one role, and the gauges return to zero. */
class StatsTests {

    private static final String KEY = "key";

    private final CompletableFuture<String> source = new CompletableFuture<>();

    private final HeldCall<String> call = HeldCall.returning("value");

    @Test
    void newGroupHasDoneNothing() {
        SingleFlightGroup<String, String> group = SingleFlightGroup.create("stats");

        assertThat(group.stats()).isEqualTo(new FlightStats(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0));
    }

    @Test
    void eachCallHasOneRole() {
        SingleFlightGroup<String, String> group = SingleFlightGroup.create(
                GroupConfig.of("stats").withMaxFollowers(2).withOverflow(Overflow.REJECT));
        try (Callers callers = new Callers()) {
            Caller<String> leader = callers.start(() -> group.execute(KEY, () -> {
                group.execute(KEY, () -> "inside"); // bypassed
                return call.call();
            }));
            call.awaitRun();
            Caller<String> follower = callers.follow(group, () -> group.execute(KEY, call)); // joined
            CompletableFuture<String> future = group.executeAsync(KEY, CompletableFuture::new); // joined
            assertThatThrownBy(() -> group.execute(KEY, call)).isInstanceOf(FlightRejectedException.class);
            group.bypass(() -> "alone"); // bypassed
            CompletableFuture<String> other = group.executeAsync("other", () -> source); // led
            assertThat(group.stats()).isEqualTo(new FlightStats(7, 4, 2, 0, 2, 1, 0, 0, 0, 0, 2, 3));

            group.forget("other");
            source.completeExceptionally(new IllegalStateException("failed"));
            call.release();
            assertThat(leader.value()).isEqualTo("value");
            assertThat(follower.value()).isEqualTo("value");
            assertThat(Callers.valueOf(future)).isEqualTo("value");
            assertThat(other).isCompletedExceptionally();
        }
        Callers.assertAtRest(group);
        assertThat(group.stats()).isEqualTo(new FlightStats(7, 4, 2, 0, 2, 1, 1, 0, 0, 1, 0, 0));
    }

    @Test
    void failuresAreRunsThatEndedWithAThrowable() {
        SingleFlightGroup<String, String> group = SingleFlightGroup.create("stats");
        FlightCall<String, RuntimeException> failing = () -> {
            throw new IllegalStateException("failed");
        };

        assertThatThrownBy(() -> group.execute(KEY, failing)).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(() -> group.bypass(failing)).isInstanceOf(IllegalStateException.class);
        Supplier<CompletionStage<String>> failingSupplier = () -> {
            throw new IllegalStateException("failed");
        };
        assertThat(group.executeAsync(KEY, failingSupplier)).isCompletedExceptionally();
        assertThat(group.bypassAsync(failingSupplier)).isCompletedExceptionally();
        assertThat(group.bypassAsync(() -> CompletableFuture.failedFuture(new IllegalStateException("failed"))))
                .isCompletedExceptionally();

        assertThat(group.stats()).isEqualTo(new FlightStats(5, 5, 0, 0, 3, 0, 5, 0, 0, 0, 0, 0));
    }

    @Test
    void failureIsCountedOnceHoweverManyFollow() {
        SingleFlightGroup<String, String> group = SingleFlightGroup.create("stats");
        HeldCall<String> failing = HeldCall.throwing(new IllegalStateException("failed"));
        try (Callers callers = new Callers()) {
            callers.start(() -> group.execute(KEY, failing));
            failing.awaitRun();
            callers.follow(group, 20, () -> group.execute(KEY, failing));
            failing.release();
        }
        Callers.assertAtRest(group);
        assertThat(group.stats()).isEqualTo(new FlightStats(21, 1, 20, 0, 0, 0, 1, 0, 0, 0, 0, 0));
    }

    @Test
    void leaderThatRunsItsCallDoesNotWait() {
        SingleFlightGroup<String, String> group = SingleFlightGroup.create("stats");
        try (Callers callers = new Callers()) {
            callers.start(() -> group.execute(KEY, call));
            call.awaitRun();

            assertThat(group.stats().waiting()).isZero();
            assertThat(group.stats().active()).isEqualTo(1);
            call.release();
        }
        Callers.assertAtRest(group);
    }

    @Test
    void waitingIsExactAfterEveryKindOfEnd() {
        FakeTicker ticker = new FakeTicker();
        SingleFlightGroup<String, String> group =
                SingleFlightGroup.create(GroupConfig.of("stats").withTicker(ticker));
        try (Callers callers = new Callers()) {
            Caller<String> leader = callers.start(() -> group.execute(KEY, call));
            call.awaitRun();
            Caller<String> told = callers.follow(group, () -> group.execute(KEY, call));
            Caller<String> interrupted = callers.follow(group, () -> group.execute(KEY, call));
            Caller<String> timedOut = callers.follow(group, () -> group.execute(KEY, Duration.ofHours(1), call));
            ticker.awaitReads(3);
            CompletableFuture<String> cancelled = group.executeAsync(KEY, CompletableFuture::new);
            CompletableFuture<String> toldFuture = group.executeAsync(KEY, CompletableFuture::new);
            CompletableFuture<String> expired = group.executeAsync(KEY, Duration.ZERO, CompletableFuture::new);
            assertThatThrownBy(() -> group.execute(KEY, Duration.ZERO, call))
                    .isInstanceOf(FlightTimeoutException.class);
            assertThat(Callers.failureOf(expired)).isInstanceOf(FlightTimeoutException.class);
            assertThat(group.stats().waiting()).isEqualTo(5);

            interrupted.interrupt();
            assertThat(interrupted.failure()).isInstanceOf(FlightInterruptedException.class);
            assertThat(group.stats().waiting()).isEqualTo(4);
            ticker.advance(Duration.ofHours(1));
            timedOut.wake();
            assertThat(timedOut.failure()).isInstanceOf(FlightTimeoutException.class);
            assertThat(group.stats().waiting()).isEqualTo(3);
            cancelled.cancel(true);
            assertThat(cancelled.cancel(true)).isTrue();
            assertThat(group.stats().waiting()).isEqualTo(2);
            call.release();
            assertThat(told.value()).isEqualTo("value");
            assertThat(Callers.valueOf(toldFuture)).isEqualTo("value");
            assertThat(leader.value()).isEqualTo("value");
        }
        Callers.assertAtRest(group);
        assertCountsFromZero(group);
    }

    @Test
    void waitingIsExactAfterEveryKindOfEndOnTheExecutor() {
        try (Callers callers = new Callers()) {
            SingleFlightGroup<String, String> group =
                    SingleFlightGroup.create(GroupConfig.of("stats").withExecutor(callers.executor()));
            group.execute(KEY, () -> "told");
            Caller<String> interrupted = callers.follow(group, () -> group.execute(KEY, call));
            call.awaitRun();
            interrupted.interrupt();
            assertThat(interrupted.failure()).isInstanceOf(FlightInterruptedException.class);
            assertThat(group.stats().waiting()).isZero();
            call.release();
            Callers.until("the run has landed", () -> group.inFlight().isEmpty());
            CompletableFuture<String> leader = group.executeAsync(KEY, () -> source);
            leader.cancel(true);
            source.complete("value");
            Callers.until("the stage has landed", () -> group.inFlight().isEmpty());
            Callers.assertAtRest(group);
            assertCountsFromZero(group);
        }
    }

    /** A gauge that went below zero looks like zero, until somebody waits. */
    private static void assertCountsFromZero(SingleFlightGroup<String, String> group) {
        CompletableFuture<String> pending = new CompletableFuture<>();
        CompletableFuture<String> leader = group.executeAsync("another", () -> pending);
        assertThat(group.stats().waiting()).isEqualTo(1);
        pending.complete("value");
        assertThat(Callers.valueOf(leader)).isEqualTo("value");
        Callers.assertAtRest(group);
    }
}
