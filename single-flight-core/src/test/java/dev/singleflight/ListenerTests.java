package dev.singleflight;

import static org.assertj.core.api.Assertions.assertThat;

import dev.singleflight.Callers.Caller;
import java.time.Duration;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.RejectedExecutionException;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The listener hears of every run and wait, after the callers, and can hurt nobody. */
class ListenerTests {

    private static final String KEY = "key";

    private static final Duration SECOND = Duration.ofSeconds(1);

    private final FakeTicker ticker = new FakeTicker();

    private final Queue<String> heard = new ConcurrentLinkedQueue<>();

    private final HeldCall<String> call = HeldCall.returning("value");

    private final FlightListener recorder = new FlightListener() {
        @Override
        public void onRun(String group, long nanos, Throwable failure) {
            heard.add(group + " ran " + Duration.ofNanos(nanos) + (failure == null ? "" : " " + failure.getMessage()));
        }

        @Override
        public void onWait(String group, long nanos, WaitEnd end) {
            heard.add(group + " waited " + Duration.ofNanos(nanos) + " " + end);
        }
    };

    private final SingleFlightGroup<String, String> group = groupHeardBy(recorder);

    @Test
    void hearsOfARunWithItsTimeByTheTicker() {
        group.<RuntimeException>execute(KEY, () -> {
            ticker.advance(SECOND);
            return "value";
        });

        assertThat(heard).containsExactly("heard ran PT1S");
    }

    @Test
    void hearsOfAFailedRun() {
        CompletableFuture<String> source = new CompletableFuture<>();
        CompletableFuture<String> leader = group.executeAsync(KEY, () -> source);
        ticker.advance(SECOND);
        source.completeExceptionally(new IllegalStateException("in vain"));

        assertThat(leader).isCompletedExceptionally();
        assertThat(heard).containsExactly("heard ran PT1S in vain");
    }

    @Test
    void hearsOfARunOutsideAnyFlight() {
        group.<RuntimeException>bypass(() -> {
            ticker.advance(SECOND);
            return "value";
        });
        assertThat(group.bypassAsync(() -> CompletableFuture.completedFuture("value")))
                .isCompleted();

        assertThat(heard).containsExactly("heard ran PT1S", "heard ran PT0S");
    }

    @Test
    void hearsOfARunThatCouldNotStartAsOneWithoutTime() {
        SingleFlightGroup<String, String> refused = SingleFlightGroup.create(GroupConfig.of("heard")
                .withTicker(ticker)
                .withListener(recorder)
                .withExecutor(task -> {
                    throw new RejectedExecutionException("full");
                }));
        try (Callers callers = new Callers()) {
            Caller<String> leader = callers.start(() -> refused.execute(KEY, () -> "not run"));
            assertThat(leader.failure()).isInstanceOf(RejectedExecutionException.class);
        }
        assertThat(refused.executeAsync(KEY, CompletableFuture::new)).isCompletedExceptionally();

        assertThat(heard).containsExactly("heard ran PT0S full", "heard ran PT0S full");
    }

    @Test
    void hearsHowEachWaitOfAThreadEnded() {
        try (Callers callers = new Callers()) {
            callers.start(() -> group.execute(KEY, call));
            call.awaitRun();
            Caller<String> told = callers.follow(group, () -> group.execute(KEY, call));
            Caller<String> impatient = callers.follow(group, () -> group.execute(KEY, SECOND, call));
            Caller<String> interrupted = callers.follow(group, () -> group.execute(KEY, call));
            ticker.awaitReads(7); // the leader, its flight, three followers, and two for the limit
            ticker.advance(SECOND);
            impatient.wake();
            assertThat(impatient.failure()).isInstanceOf(FlightTimeoutException.class);
            assertThat(heard).containsExactly("heard waited PT1S TIMEOUT");
            interrupted.interrupt();
            assertThat(interrupted.failure()).isInstanceOf(FlightInterruptedException.class);
            assertThat(heard).contains("heard waited PT1S INTERRUPTED").hasSize(2);
            ticker.advance(SECOND);
            call.release();
            assertThat(told.value()).isEqualTo("value");
        }
        assertThat(heard)
                .contains("heard waited PT2S SUCCESS", "heard ran PT2S")
                .hasSize(4);
    }

    @Test
    void hearsHowEachWaitOfAFutureEnded() {
        CompletableFuture<String> source = new CompletableFuture<>();
        CompletableFuture<String> leader = group.executeAsync(KEY, () -> source);
        CompletableFuture<String> cancelled = group.executeAsync(KEY, CompletableFuture::new);
        assertThat(cancelled.cancel(true)).isTrue();
        assertThat(heard).containsExactly("heard waited PT0S INTERRUPTED");
        CompletableFuture<String> expired = group.executeAsync(KEY, Duration.ZERO, CompletableFuture::new);
        assertThat(Callers.failureOf(expired)).isInstanceOf(FlightTimeoutException.class);
        Callers.until("the timeout was heard of", () -> heard.contains("heard waited PT0S TIMEOUT"));
        CompletableFuture<String> failed = group.executeAsync(KEY, CompletableFuture::new);

        source.completeExceptionally(new IllegalStateException("in vain"));

        assertThat(Callers.failureOf(failed)).hasMessage("in vain");
        assertThat(leader).isCompletedExceptionally();
        assertThat(heard)
                .contains("heard waited PT0S FAILURE", "heard ran PT0S in vain")
                .hasSize(4);
    }

    @Test
    void hearsNothingOfAWaitTwice() {
        CompletableFuture<String> source = new CompletableFuture<>();
        CompletableFuture<String> leader = group.executeAsync(KEY, () -> source);
        CompletableFuture<String> follower = group.executeAsync(KEY, CompletableFuture::new);
        assertThat(follower.cancel(true)).isTrue();
        assertThat(follower.complete("late")).isFalse();

        source.complete("value");

        assertThat(leader).isCompletedWithValue("value");
        assertThat(heard).containsExactly("heard waited PT0S INTERRUPTED", "heard ran PT0S");
    }

    /** It is held inside the listener, which its own caller waits for, and nobody else. */
    @Test
    void followersHaveTheirOutcomeBeforeTheListenerHearsOfTheRun() {
        CountDownLatch listening = new CountDownLatch(1);
        CountDownLatch held = new CountDownLatch(1);
        SingleFlightGroup<String, String> slow = groupHeardBy(new FlightListener() {
            @Override
            public void onRun(String name, long nanos, Throwable failure) {
                listening.countDown();
                Callers.until("the test lets the listener go", () -> held.getCount() == 0);
            }
        });
        try (Callers callers = new Callers()) {
            Caller<String> leader = callers.start(() -> slow.execute(KEY, call));
            call.awaitRun();
            List<Caller<String>> followers = callers.follow(slow, 5, () -> slow.execute(KEY, call));
            CompletableFuture<String> future = slow.executeAsync(KEY, CompletableFuture::new);

            call.release();
            Callers.until("the listener hears", () -> listening.getCount() == 0);

            assertThat(followers)
                    .allSatisfy(follower -> assertThat(follower.value()).isEqualTo("value"));
            assertThat(Callers.valueOf(future)).isEqualTo("value");
            assertThat(slow.inFlight()).isEmpty();
            assertThat(leader.thread().isAlive()).isTrue();
            held.countDown();
            assertThat(leader.value()).isEqualTo("value");
        }
        Callers.assertAtRest(slow);
    }

    @Test
    void everyFollowerOfAStageHasItsOutcomeBeforeTheListenerHears() {
        Queue<CompletableFuture<String>> followers = new ConcurrentLinkedQueue<>();
        Queue<String> told = new ConcurrentLinkedQueue<>();
        SingleFlightGroup<String, String> watched = groupHeardBy(new FlightListener() {
            @Override
            public void onRun(String name, long nanos, Throwable failure) {
                told.add("run: " + followers.stream().allMatch(CompletableFuture::isDone));
            }

            @Override
            public void onWait(String name, long nanos, WaitEnd end) {
                told.add("wait: " + followers.stream().allMatch(CompletableFuture::isDone));
            }
        });
        CompletableFuture<String> source = new CompletableFuture<>();
        CompletableFuture<String> leader = watched.executeAsync(KEY, () -> source);
        followers.add(watched.executeAsync(KEY, CompletableFuture::new));
        followers.add(watched.executeAsync(KEY, CompletableFuture::new));

        source.complete("value");

        assertThat(leader).isCompletedWithValue("value");
        assertThat(told).containsExactlyInAnyOrder("run: true", "wait: true", "wait: true");
    }

    @Test
    void futureHasTimedOutBeforeTheListenerHears() {
        Queue<CompletableFuture<String>> futures = new ConcurrentLinkedQueue<>();
        Queue<Boolean> told = new ConcurrentLinkedQueue<>();
        SingleFlightGroup<String, String> watched =
                SingleFlightGroup.create(GroupConfig.of("watched").withListener(new FlightListener() {
                    @Override
                    public void onWait(String name, long nanos, WaitEnd end) {
                        Callers.until("the test has its future", () -> !futures.isEmpty());
                        told.add(futures.element().isDone());
                    }
                }));
        CompletableFuture<String> source = new CompletableFuture<>();
        CompletableFuture<String> leader = watched.executeAsync(KEY, () -> source);

        futures.add(watched.executeAsync(KEY, Duration.ZERO, CompletableFuture::new));

        Callers.until("the listener has heard", () -> !told.isEmpty());
        assertThat(told).containsExactly(true);
        source.complete("value");
        assertThat(leader).isCompletedWithValue("value");
    }

    static Stream<Throwable> whatListenersThrow() {
        return Stream.of(new IllegalStateException("listener"), new AssertionError("listener"));
    }

    @ParameterizedTest
    @MethodSource("whatListenersThrow")
    void whatTheListenerThrowsNoCallerSees(Throwable thrown) {
        SingleFlightGroup<String, String> hostile = groupHeardBy(throwing(thrown));
        try (Callers callers = new Callers()) {
            Caller<String> leader = callers.start(() -> hostile.execute(KEY, call));
            call.awaitRun();
            Caller<String> follower = callers.follow(hostile, () -> hostile.execute(KEY, call));
            Caller<String> interrupted = callers.follow(hostile, () -> hostile.execute(KEY, call));
            interrupted.interrupt();
            assertThat(interrupted.failure()).isInstanceOf(FlightInterruptedException.class);
            CompletableFuture<String> future = hostile.executeAsync(KEY, CompletableFuture::new);
            CompletableFuture<String> cancelled = hostile.executeAsync(KEY, CompletableFuture::new);
            assertThat(cancelled.cancel(true)).isTrue();

            call.release();

            assertThat(leader.value()).isEqualTo("value");
            assertThat(follower.value()).isEqualTo("value");
            assertThat(Callers.valueOf(future)).isEqualTo("value");
            assertThat(hostile.executeAsync(KEY, () -> CompletableFuture.completedFuture("async")))
                    .isCompletedWithValue("async");
            assertThat(hostile.<RuntimeException>bypass(() -> "alone")).isEqualTo("alone");
        }
        Callers.assertAtRest(hostile);
    }

    @Test
    void bothListenersHearEvenWhereTheFirstThrows() {
        SingleFlightGroup<String, String> both =
                groupHeardBy(throwing(new AssertionError("first")).andThen(recorder));
        CompletableFuture<String> source = new CompletableFuture<>();
        CompletableFuture<String> leader = both.executeAsync(KEY, () -> source);
        CompletableFuture<String> follower = both.executeAsync(KEY, CompletableFuture::new);

        source.complete("value");

        assertThat(leader).isCompletedWithValue("value");
        assertThat(Callers.valueOf(follower)).isEqualTo("value");
        assertThat(heard).containsExactlyInAnyOrder("heard ran PT0S", "heard waited PT0S SUCCESS");
    }

    @Test
    void firstListenerHearsFirst() {
        Queue<String> order = new ConcurrentLinkedQueue<>();
        SingleFlightGroup<String, String> both =
                groupHeardBy(named("first", order).andThen(named("second", order)));

        both.execute(KEY, () -> "value");

        assertThat(order).containsExactly("first", "second");
    }

    @Test
    void groupWithoutAListenerReadsNoClockForALeader() {
        SingleFlightGroup<String, String> unheard =
                SingleFlightGroup.create(GroupConfig.of("unheard").withTicker(ticker));

        unheard.execute(KEY, () -> "value");
        assertThat(unheard.executeAsync(KEY, () -> CompletableFuture.completedFuture("value")))
                .isCompleted();

        assertThat(ticker.reads()).isZero();
    }

    private SingleFlightGroup<String, String> groupHeardBy(FlightListener listener) {
        return SingleFlightGroup.create(
                GroupConfig.of("heard").withTicker(ticker).withListener(listener));
    }

    private static FlightListener named(String name, Queue<String> order) {
        return new FlightListener() {
            @Override
            public void onRun(String group, long nanos, Throwable failure) {
                order.add(name);
            }
        };
    }

    private static FlightListener throwing(Throwable thrown) {
        return new FlightListener() {
            @Override
            public void onRun(String group, long nanos, Throwable failure) {
                fail();
            }

            @Override
            public void onWait(String group, long nanos, WaitEnd end) {
                fail();
            }

            private void fail() {
                if (thrown instanceof Error error) {
                    throw error;
                }
                throw (RuntimeException) thrown;
            }
        };
    }
}
