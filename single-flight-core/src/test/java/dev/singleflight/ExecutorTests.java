package dev.singleflight;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.singleflight.Callers.Caller;
import java.time.Duration;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executor;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** Rule 11: a group with an executor runs its calls there, and its first caller waits like the others. */
class ExecutorTests {

    private static final String KEY = "key";

    private static final Duration PATIENCE = Duration.ofHours(1);

    private final Queue<Runnable> queue = new ConcurrentLinkedQueue<>();

    private final HeldCall<String> call = HeldCall.returning("value");

    @Test
    void callRunsOnTheExecutorAndItsCallerLeads() {
        try (Callers callers = new Callers()) {
            SingleFlightGroup<String, Thread> group =
                    SingleFlightGroup.create(GroupConfig.of("executor").withExecutor(callers.executor()));

            FlightResult<Thread> result = group.fly(KEY, Thread::currentThread);

            assertThat(result.role()).isEqualTo(Role.LEADER);
            assertThat(result.shared()).isFalse();
            assertThat(callers.own(result.value())).isTrue();
            Callers.assertAtRest(group);
        }
    }

    @Test
    void supplierRunsOnTheExecutor() {
        try (Callers callers = new Callers()) {
            SingleFlightGroup<String, Thread> group =
                    SingleFlightGroup.create(GroupConfig.of("executor").withExecutor(callers.executor()));

            CompletableFuture<Thread> leader =
                    group.executeAsync(KEY, () -> CompletableFuture.completedFuture(Thread.currentThread()));

            assertThat(callers.own(Callers.valueOf(leader))).isTrue();
            Callers.assertAtRest(group);
        }
    }

    @Test
    void callersOfOneKeyShareTheRunOnTheExecutor() {
        SingleFlightGroup<String, String> group = groupOn(queue::add);
        try (Callers callers = new Callers()) {
            Caller<FlightResult<String>> leader = callers.follow(group, () -> group.fly(KEY, call));
            Caller<FlightResult<String>> follower = callers.follow(group, () -> group.fly(KEY, call));
            CompletableFuture<String> future = group.executeAsync(KEY, CompletableFuture::new);
            assertThat(group.inFlight())
                    .singleElement()
                    .satisfies(
                            flight -> assertThat(flight.leader()).as("queued").isEmpty())
                    .satisfies(flight -> assertThat(flight.followers()).isEqualTo(2));

            Callers.until("the call is queued", () -> !queue.isEmpty());
            callers.start(() -> runAll());
            call.release();

            assertThat(leader.value()).isEqualTo(new FlightResult<>("value", Role.LEADER, true, false, true));
            assertThat(follower.value()).isEqualTo(new FlightResult<>("value", Role.FOLLOWER, true, false, true));
            Callers.until("the future's end is queued", () -> !queue.isEmpty() || future.isDone());
            runAll();
            assertThat(Callers.valueOf(future)).isEqualTo("value");
        }
        assertThat(call.runs()).isEqualTo(1);
        Callers.assertAtRest(group);
    }

    @Test
    void interruptMakesTheFirstCallerLeaveWhileTheRunGoesOn() {
        try (Callers callers = new Callers()) {
            SingleFlightGroup<String, String> group = groupOn(callers.executor());
            Caller<String> leader = callers.follow(group, () -> group.execute(KEY, call));
            call.awaitRun();

            leader.interrupt();

            assertThat(leader.failure()).isInstanceOf(FlightInterruptedException.class);
            assertThat(leader.endedInterrupted()).isTrue();
            assertJoinable(group, callers);
        }
    }

    @Test
    void waitTimeoutMakesTheFirstCallerLeaveWhileTheRunGoesOn() {
        FakeTicker ticker = new FakeTicker();
        try (Callers callers = new Callers()) {
            SingleFlightGroup<String, String> group = SingleFlightGroup.create(
                    GroupConfig.of("executor").withExecutor(callers.executor()).withTicker(ticker));
            Caller<String> leader = callers.follow(group, () -> group.execute(KEY, PATIENCE, call));
            ticker.awaitReads(2);

            ticker.advance(PATIENCE);
            leader.wake();

            assertThat(leader.failure()).isInstanceOf(FlightTimeoutException.class);
            assertJoinable(group, callers);
        }
    }

    @Test
    void firstCallerThatArrivesInterruptedLeavesAtOnceWhileTheRunGoesOn() {
        try (Callers callers = new Callers()) {
            SingleFlightGroup<String, String> group = groupOn(callers.executor());

            Caller<String> leader = callers.start(() -> {
                Thread.currentThread().interrupt();
                return group.execute(KEY, call);
            });

            assertThat(leader.failure()).isInstanceOf(FlightInterruptedException.class);
            assertThat(leader.endedInterrupted()).isTrue();
            assertJoinable(group, callers);
        }
    }

    @Test
    void interruptOfTheFirstCallerDoesNotReachTheRun() {
        try (Callers callers = new Callers()) {
            SingleFlightGroup<String, Boolean> group =
                    SingleFlightGroup.create(GroupConfig.of("executor").withExecutor(callers.executor()));
            HeldCall<Boolean> call = new HeldCall<>(() -> Thread.currentThread().isInterrupted());
            Caller<Boolean> leader = callers.follow(group, () -> group.execute(KEY, call));
            call.awaitRun();
            Caller<Boolean> follower = callers.follow(group, () -> group.execute(KEY, call));

            leader.interrupt();
            assertThat(leader.failure()).isInstanceOf(FlightInterruptedException.class);
            call.release();

            assertThat(follower.value()).isFalse();
            Callers.assertAtRest(group);
        }
    }

    @Test
    void outcomeOfAnExecutorThatRanAtOnceWinsOverEveryReasonToLeave() {
        SingleFlightGroup<String, String> group = groupOn(Runnable::run);
        try (Callers callers = new Callers()) {
            Caller<String> leader = callers.start(() -> {
                Thread.currentThread().interrupt();
                return group.execute(KEY, Duration.ZERO, () -> "value");
            });

            assertThat(leader.value()).isEqualTo("value");
            assertThat(leader.endedInterrupted()).isTrue();
        }
        Callers.assertAtRest(group);
    }

    /** The run has landed, and told two followers, who are kept busy; its first caller has not been told by name yet. */
    @Test
    void outcomeWinsForTheFirstCallerToo() {
        FakeTicker ticker = new FakeTicker();
        CountDownLatch held = new CountDownLatch(1);
        CountDownLatch landed = new CountDownLatch(1);
        Executor futures = task -> {
            landed.countDown();
            Callers.until("the test lets the landing go on", () -> held.getCount() == 0);
            task.run();
        };
        try (Callers callers = new Callers()) {
            SingleFlightGroup<String, String> group = SingleFlightGroup.create(GroupConfig.of("executor")
                    .withTicker(ticker)
                    .withExecutor(task -> {
                        if (call.runs() == 0) {
                            callers.executor().execute(task);
                        } else {
                            futures.execute(task);
                        }
                    }));
            Caller<String> leader = callers.follow(group, () -> group.execute(KEY, PATIENCE, call));
            call.awaitRun();
            CompletableFuture<String> future = group.executeAsync(KEY, CompletableFuture::new);
            call.release();
            Callers.until("the flight has landed", () -> landed.getCount() == 0);
            ticker.awaitReads(3);

            ticker.advance(PATIENCE);
            leader.wake();

            assertThat(leader.value()).isEqualTo("value");
            held.countDown();
            assertThat(Callers.valueOf(future)).isEqualTo("value");
            Callers.assertAtRest(group);
        }
    }

    @Test
    void directExecutorRunsTheCallOnItsCallersThread() {
        SingleFlightGroup<String, Thread> group =
                SingleFlightGroup.create(GroupConfig.of("direct").withExecutor(Runnable::run));

        FlightResult<Thread> result = group.fly(KEY, Thread::currentThread);

        assertThat(result).isEqualTo(new FlightResult<>(Thread.currentThread(), Role.LEADER, false, false, true));
        Callers.assertAtRest(group);
    }

    @Test
    void fullPoolWhoseCallersRunLetsThemRun() {
        CountDownLatch busy = new CountDownLatch(1);
        ThreadPoolExecutor pool = new ThreadPoolExecutor(
                1, 1, 0, TimeUnit.SECONDS, new SynchronousQueue<>(), new ThreadPoolExecutor.CallerRunsPolicy());
        try {
            pool.execute(() -> Callers.until("the test ends", () -> busy.getCount() == 0));
            SingleFlightGroup<String, Thread> group =
                    SingleFlightGroup.create(GroupConfig.of("full").withExecutor(pool));

            assertThat(group.<RuntimeException>execute(KEY, Thread::currentThread))
                    .isSameAs(Thread.currentThread());
            assertThat(Callers.valueOf(
                            group.executeAsync(KEY, () -> CompletableFuture.completedFuture(Thread.currentThread()))))
                    .isSameAs(Thread.currentThread());
            Callers.assertAtRest(group);
        } finally {
            busy.countDown();
            pool.shutdown();
        }
    }

    @Test
    void futuresThatJoinedABlockingFlightAreCompletedOnTheExecutor() {
        SingleFlightGroup<String, String> group = groupOn(queue::add);
        try (Callers callers = new Callers()) {
            callers.follow(group, () -> group.execute(KEY, () -> "value"));
            CompletableFuture<String> bare = group.executeAsync(KEY, CompletableFuture::new);
            CompletableFuture<String> withCallback =
                    group.executeAsync(KEY, CompletableFuture::new).thenApply(value -> value);

            Callers.until("the call is queued", () -> !queue.isEmpty());
            queue.remove().run();
            assertThat(bare).isNotDone();
            assertThat(withCallback).isNotDone();
            assertThat(group.inFlight()).isEmpty();
            runAll();

            assertThat(bare).isCompletedWithValue("value");
            assertThat(withCallback).isCompletedWithValue("value");
        }
        Callers.assertAtRest(group);
    }

    @Test
    void bypassStaysOnItsCallersThread() {
        try (Callers callers = new Callers()) {
            SingleFlightGroup<String, Thread> group =
                    SingleFlightGroup.create(GroupConfig.of("executor").withExecutor(callers.executor()));

            assertThat(group.<RuntimeException>bypass(Thread::currentThread)).isSameAs(Thread.currentThread());
            assertThat(group.bypassAsync(() -> CompletableFuture.completedFuture(Thread.currentThread())))
                    .isCompletedWithValue(Thread.currentThread());
        }
    }

    @Test
    void waitTimeoutEndsTheWaitForATaskThatItsExecutorDropped() {
        SingleFlightGroup<String, String> group = groupOn(task -> {});

        assertThatThrownBy(() -> group.execute("blocking", Duration.ZERO, () -> "not run"))
                .isInstanceOf(FlightTimeoutException.class);
        assertThat(Callers.failureOf(group.executeAsync("async", Duration.ZERO, CompletableFuture::new)))
                .isInstanceOf(FlightTimeoutException.class);
        assertThat(Callers.failureOf(group.executeAsync("async", Duration.ZERO, CompletableFuture::new)))
                .isInstanceOf(FlightTimeoutException.class);
        Callers.until("nobody waits", () -> group.stats().waiting() == 0);
    }

    @Test
    void waitTimeoutEndsTheWaitForAnExecutorThatIsBusyWithTheCall() {
        try (Callers callers = new Callers()) {
            Queue<Runnable> single = new ConcurrentLinkedQueue<>();
            SingleFlightGroup<String, String> group = groupOn(single::add);
            CompletableFuture<String> leader = group.executeAsync(KEY, Duration.ZERO, call::stage);
            callers.start(() -> {
                single.remove().run();
                return null;
            });
            call.awaitRun();
            CompletableFuture<String> follower = group.executeAsync(KEY, Duration.ZERO, CompletableFuture::new);

            assertThat(Callers.failureOf(leader)).isInstanceOf(FlightTimeoutException.class);
            assertThat(Callers.failureOf(follower)).isInstanceOf(FlightTimeoutException.class);
            call.release();
        }
    }

    private static SingleFlightGroup<String, String> groupOn(Executor executor) {
        return SingleFlightGroup.create(GroupConfig.of("executor").withExecutor(executor));
    }

    private Void runAll() {
        for (Runnable task = queue.poll(); task != null; task = queue.poll()) {
            task.run();
        }
        return null;
    }

    /** The call goes on for the next one that joins. */
    private void assertJoinable(SingleFlightGroup<String, String> group, Callers callers) {
        call.awaitRun();
        Caller<FlightResult<String>> joiner = callers.follow(group, () -> group.fly(KEY, () -> "not run"));
        call.release();
        assertThat(joiner.value()).isEqualTo(new FlightResult<>("value", Role.FOLLOWER, true, false, true));
        assertThat(group.stats().runs()).isEqualTo(1);
        Callers.assertAtRest(group);
    }
}
