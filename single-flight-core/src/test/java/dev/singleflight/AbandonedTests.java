package dev.singleflight;

import static org.assertj.core.api.Assertions.assertThat;

import dev.singleflight.Callers.Caller;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** Rule 12: what becomes of an asynchronous flight when nobody waits for it any more. */
class AbandonedTests {

    private static final String KEY = "key";

    private static final Duration PATIENCE = Duration.ofHours(1);

    private final FakeTicker ticker = new FakeTicker();

    private final GroupConfig config =
            GroupConfig.of("abandoned").withTicker(ticker).withStuckAfter(null).withAbandoned(Abandoned.CANCEL);

    private final SingleFlightGroup<String, String> group = SingleFlightGroup.create(config);

    private final CompletableFuture<String> source = new CompletableFuture<>();

    @Test
    void byDefaultTheCallGoesOnAndTakesJoiners() {
        SingleFlightGroup<String, String> completing = SingleFlightGroup.create("completing");
        CompletableFuture<String> leader = completing.executeAsync(KEY, () -> source);
        CompletableFuture<String> follower = completing.executeAsync(KEY, CompletableFuture::new);
        assertThat(leader.cancel(true)).isTrue();
        assertThat(follower.cancel(true)).isTrue();
        assertThat(source).isNotDone();

        CompletableFuture<String> joiner = completing.executeAsync(KEY, CompletableFuture::new);
        source.complete("value");

        assertThat(Callers.valueOf(joiner)).isEqualTo("value");
        assertThat(completing.stats().runs()).isEqualTo(1);
        Callers.assertAtRest(completing);
    }

    @Test
    void sourceIsCancelledWhenItsOnlyHandleIs() {
        CompletableFuture<String> leader = group.executeAsync(KEY, () -> source);

        assertThat(leader.cancel(true)).isTrue();

        assertCancelled();
    }

    @Test
    void sourceIsCancelledWhenTheLastHandleIsAndNotBefore() {
        CompletableFuture<String> leader = group.executeAsync(KEY, () -> source);
        CompletableFuture<String> first = group.executeAsync(KEY, CompletableFuture::new);
        CompletableFuture<String> second = group.executeAsync(KEY, CompletableFuture::new);

        assertThat(leader.cancel(true)).isTrue();
        assertThat(first.complete("enough")).isTrue();
        assertThat(source).isNotDone();
        assertThat(second.cancel(true)).isTrue();

        assertCancelled();
    }

    @Test
    void leadersHandleMayBeTheLast() {
        CompletableFuture<String> leader = group.executeAsync(KEY, () -> source);
        CompletableFuture<String> follower = group.executeAsync(KEY, CompletableFuture::new);

        assertThat(follower.cancel(true)).isTrue();
        assertThat(source).isNotDone();
        assertThat(leader.cancel(true)).isTrue();

        assertCancelled();
    }

    @Test
    void threadThatTimesOutMayBeTheLast() {
        CompletableFuture<String> leader = group.executeAsync(KEY, () -> source);
        try (Callers callers = new Callers()) {
            Caller<String> follower = callers.follow(group, () -> group.execute(KEY, PATIENCE, () -> "not run"));
            assertThat(leader.cancel(true)).isTrue();
            assertThat(source).isNotDone();

            ticker.advance(PATIENCE);
            follower.wake();

            assertThat(follower.failure()).isInstanceOf(FlightTimeoutException.class);
        }
        assertCancelled();
    }

    @Test
    void threadThatIsInterruptedMayBeTheLast() {
        CompletableFuture<String> leader = group.executeAsync(KEY, () -> source);
        try (Callers callers = new Callers()) {
            Caller<String> follower = callers.follow(group, () -> group.execute(KEY, () -> "not run"));
            assertThat(leader.cancel(true)).isTrue();
            assertThat(source).isNotDone();

            follower.interrupt();

            assertThat(follower.failure()).isInstanceOf(FlightInterruptedException.class);
        }
        assertCancelled();
    }

    @Test
    void futureThatTimesOutMayBeTheLast() {
        CompletableFuture<String> leader = group.executeAsync(KEY, () -> source);
        CompletableFuture<String> follower = group.executeAsync(KEY, Duration.ofMillis(2), CompletableFuture::new);
        assertThat(leader.cancel(true)).isTrue();
        assertThat(source).isNotDone();

        ticker.advance(Duration.ofMillis(2));

        assertThat(Callers.failureOf(follower)).isInstanceOf(FlightTimeoutException.class);
        Callers.until("the source is cancelled", source::isCancelled);
        assertCancelled();
    }

    @Test
    void joinerKeepsTheFlightAlive() {
        CompletableFuture<String> leader = group.executeAsync(KEY, () -> source);
        try (Callers callers = new Callers()) {
            Caller<String> joiner = callers.follow(group, () -> group.execute(KEY, () -> "not run"));

            assertThat(leader.cancel(true)).isTrue();
            assertThat(source).isNotDone();
            source.complete("value");

            assertThat(joiner.value()).isEqualTo("value");
        }
        assertThat(group.stats().runs()).isEqualTo(1);
        Callers.assertAtRest(group);
    }

    @Test
    void whoComesAfterwardsStartsAfresh() {
        assertThat(group.executeAsync(KEY, () -> source).cancel(true)).isTrue();

        assertThat(group.executeAsync(KEY, () -> CompletableFuture.completedFuture("fresh")))
                .isCompletedWithValue("fresh");

        assertCancelled();
    }

    @Test
    void joinerThatMeetsTheLastOneIsNeverCancelledWithIt() {
        for (int i = 0; i < 500; i++) {
            CompletableFuture<String> first = new CompletableFuture<>();
            CompletableFuture<String> leader = group.executeAsync(KEY, () -> first);
            CyclicBarrier start = new CyclicBarrier(2);
            try (Callers callers = new Callers()) {
                Caller<Boolean> last = callers.start(() -> {
                    start.await(Callers.LIMIT.toSeconds(), TimeUnit.SECONDS);
                    return leader.cancel(true);
                });
                CompletableFuture<String> own = new CompletableFuture<>();
                Caller<CompletableFuture<String>> joiner = callers.start(() -> {
                    start.await(Callers.LIMIT.toSeconds(), TimeUnit.SECONDS);
                    return group.executeAsync(KEY, () -> own);
                });

                assertThat(last.value()).isTrue();
                CompletableFuture<String> future = joiner.value();
                own.complete("value");
                first.complete("value");

                assertThat(Callers.valueOf(future)).isEqualTo("value");
            }
        }
        Callers.assertAtRest(group);
    }

    @Test
    void flightThatIsStillQueuedNeverStarts() {
        List<Runnable> queue = new ArrayList<>();
        HeldCall<String> call = HeldCall.returning("not run");
        SingleFlightGroup<String, String> queued = SingleFlightGroup.create(config.withExecutor(queue::add));
        CompletableFuture<String> leader = queued.executeAsync(KEY, call::stage);

        assertThat(leader.cancel(true)).isTrue();

        assertThat(queued.inFlight()).isEmpty();
        queue.remove(0).run();
        assertThat(call.runs()).isZero();
        Callers.assertAtRest(queued);
    }

    @Test
    void handleCancelledWhileTheSupplierRunsCancelsItsStage() {
        CompletableFuture<Runnable> task = new CompletableFuture<>();
        HeldCall<CompletableFuture<String>> call = HeldCall.returning(source);
        SingleFlightGroup<String, String> queued = SingleFlightGroup.create(config.withExecutor(task::complete));
        CompletableFuture<String> leader = queued.executeAsync(KEY, () -> callUnchecked(call));
        try (Callers callers = new Callers()) {
            callers.start(() -> {
                Callers.valueOf(task).run();
                return null;
            });
            call.awaitRun();
            assertThat(leader.cancel(true)).isTrue();
            assertThat(source).isNotDone();
            call.release();
        }

        assertThat(source).isCancelled();
        Callers.assertAtRest(queued);
    }

    @Test
    void stageThatCannotBeCancelledGoesOnForNobody() {
        CompletionStage<String> stage = source.minimalCompletionStage();
        CompletableFuture<String> leader = group.executeAsync(KEY, () -> stage);

        assertThat(leader.cancel(true)).isTrue();

        assertThat(source).isNotDone();
        assertThat(group.inFlight()).isEmpty();
        assertThat(group.executeAsync(KEY, () -> CompletableFuture.completedFuture("fresh")))
                .isCompletedWithValue("fresh");
        source.complete("too late");
        Callers.assertAtRest(group);
    }

    @Test
    void successorsHandleCountsLikeTheLeaders() {
        CompletableFuture<String> second = new CompletableFuture<>();
        CompletableFuture<String> leader = group.executeAsync(KEY, () -> source);
        CompletableFuture<String> successor = group.executeAsync(KEY, () -> second);
        CompletableFuture<String> follower = group.executeAsync(KEY, CompletableFuture::new);
        source.completeExceptionally(new CancellationException());
        assertThat(leader).isCancelled();
        Callers.until("the successor has started", () -> second.getNumberOfDependents() > 0);

        assertThat(follower.cancel(true)).isTrue();
        assertThat(second).isNotDone();
        assertThat(successor.cancel(true)).isTrue();

        assertThat(second).isCancelled();
        Callers.assertAtRest(group);
    }

    @Test
    void blockingFlightIsNeverAbandoned() {
        HeldCall<String> call = HeldCall.returning("value");
        try (Callers callers = new Callers()) {
            Caller<String> leader = callers.start(() -> group.execute(KEY, call));
            call.awaitRun();
            CompletableFuture<String> future = group.executeAsync(KEY, CompletableFuture::new);
            assertThat(future.cancel(true)).isTrue();
            assertThat(group.inFlight()).hasSize(1);
            Caller<String> joiner = callers.follow(group, () -> group.execute(KEY, () -> "not run"));

            call.release();

            assertThat(leader.value()).isEqualTo("value");
            assertThat(joiner.value()).isEqualTo("value");
        }
        Callers.assertAtRest(group);
    }

    @Test
    void forgottenFlightIsAbandonedToo() {
        CompletableFuture<String> leader = group.executeAsync(KEY, () -> source);
        assertThat(group.forget(KEY)).isTrue();
        CompletableFuture<String> fresh = new CompletableFuture<>();
        CompletableFuture<String> next = group.executeAsync(KEY, () -> fresh);

        assertThat(leader.cancel(true)).isTrue();

        assertThat(source).isCancelled();
        assertThat(fresh).isNotDone();
        fresh.complete("fresh");
        assertThat(Callers.valueOf(next)).isEqualTo("fresh");
        Callers.assertAtRest(group);
    }

    private static <V> V callUnchecked(HeldCall<V> call) {
        try {
            return call.call();
        } catch (Exception failure) {
            throw new AssertionError(failure);
        }
    }

    private void assertCancelled() {
        assertThat(source).isCancelled();
        Callers.assertAtRest(group);
    }
}
