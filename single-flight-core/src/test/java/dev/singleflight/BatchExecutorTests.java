package dev.singleflight;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.singleflight.Callers.Caller;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Rules 11 and 13: the run of a batch on the group's executor, and its caller, which waits for that. */
class BatchExecutorTests {

    private static final Duration PATIENCE = Duration.ofHours(1);

    private final Queue<Runnable> queue = new ConcurrentLinkedQueue<>();

    private final Queue<Thread> runs = new ConcurrentLinkedQueue<>();

    private final Queue<Set<Object>> keysOfRuns = new ConcurrentLinkedQueue<>();

    private final HeldCall<String> gate = HeldCall.returning("open");

    private final HeldCall<String> single = HeldCall.returning("single's");

    private final FakeTicker ticker = new FakeTicker();

    private final ExecutorService oneThread = Executors.newSingleThreadExecutor();

    @AfterEach
    void leavesNoThread() throws InterruptedException {
        oneThread.shutdown();
        assertThat(oneThread.awaitTermination(Callers.LIMIT.toSeconds(), TimeUnit.SECONDS))
                .isTrue();
    }

    @Test
    void batchRunsOnceOnTheExecutorAndIsShared() {
        try (Callers callers = new Callers()) {
            SingleFlightGroup<Object, String> group = groupOn(queue::add);
            Caller<Map<Object, String>> batch =
                    callers.follow(group, () -> group.executeAll(List.of("a", "b"), this::run));
            Caller<String> follower = callers.follow(group, () -> group.execute("b", single));

            Caller<Object> worker = callers.start(this::runQueued);

            assertThat(batch.value()).containsExactly(Map.entry("a", "a's"), Map.entry("b", "b's"));
            assertThat(follower.value()).isEqualTo("b's");
            assertThat(runs).containsExactly(worker.thread());
            assertFigures(group, 3, 1, 1);
        }
    }

    @Test
    void refusedBatchFailsAllWhoAskedForItsKeys() {
        RejectedExecutionException refused = new RejectedExecutionException("full");
        CountDownLatch followed = new CountDownLatch(1);
        try (Callers callers = new Callers()) {
            SingleFlightGroup<Object, String> group = groupOn(task -> {
                await(followed);
                throw refused;
            });
            Caller<Map<Object, String>> batch =
                    callers.follow(group, () -> group.executeAll(List.of("a", "b"), this::run));
            Caller<String> follower = callers.follow(group, () -> group.execute("b", single));

            followed.countDown();

            assertThat(batch.failure()).isSameAs(refused);
            assertThat(follower.failure()).isSameAs(refused);
            assertThat(runs).isEmpty();
            assertThat(group.stats().failures()).isEqualTo(1);
            assertFigures(group, 3, 1, 1);
        }
    }

    @Test
    void batchThatItsExecutorDropsIsRunByItsCallerAfterStuckAfter() {
        try (Callers callers = new Callers()) {
            SingleFlightGroup<Object, String> group = SingleFlightGroup.create(GroupConfig.of("batch")
                    .withExecutor(queue::add)
                    .withStuckAfter(PATIENCE)
                    .withTicker(ticker));
            Caller<Map<Object, String>> batch =
                    callers.follow(group, () -> group.executeAll(List.of("a", "b"), this::run));
            ticker.awaitReads(2);
            queue.clear();

            ticker.advance(PATIENCE);
            batch.wake();

            assertThat(batch.value()).isEqualTo(Map.of("a", "a's", "b", "b's"));
            assertThat(runs).containsExactly(batch.thread());
            assertFigures(group, 2, 1, 0);
        }
    }

    @Test
    void batchNestedOnAOneThreadExecutorRunsThere() {
        try (Callers callers = new Callers()) {
            SingleFlightGroup<Object, String> group = groupOn(oneThread);

            Caller<Map<Object, String>> outer = callers.start(() ->
                    group.executeAll(List.of("a"), keys -> group.executeAll(List.of("b", "a"), this::run)));

            assertThat(outer.value()).isEqualTo(Map.of("a", "a's"));
            assertThat(keysOfRuns).containsExactly(Set.of("a", "b"));
            assertFigures(group, 3, 2, 0);
        }
    }

    @Test
    void threadOfTheExecutorStartsAQueuedBatchBeforeItWaitsForIt() {
        try (Callers callers = new Callers()) {
            SingleFlightGroup<Object, String> group = groupOn(oneThread);
            Caller<String> outer = callers.start(() -> group.execute("outer", () -> {
                gate.call();
                return group.execute("b", single);
            }));
            gate.awaitRun();
            Caller<Map<Object, String>> batch =
                    callers.follow(group, () -> group.executeAll(List.of("a", "b"), this::run));

            gate.release();

            assertThat(outer.value()).isEqualTo("b's");
            assertThat(batch.value()).isEqualTo(Map.of("a", "a's", "b", "b's"));
            assertFigures(group, 4, 2, 1);
        }
    }

    /** The batch has claimed the first key when the only thread of the executor comes to wait for it. */
    @Test
    void threadOfTheExecutorThatComesWhileABatchClaimsWaitsForTheWholeRun() {
        try (Callers callers = new Callers()) {
            SingleFlightGroup<Object, String> group = groupOn(oneThread);
            SingleFlightGroup<Object, String> other =
                    SingleFlightGroup.create(GroupConfig.of("other").withExecutor(oneThread));
            HookedKey second = new HookedKey("b");
            Queue<Caller<String>> outer = new ConcurrentLinkedQueue<>();
            second.onceInFlight(
                    group,
                    () -> outer.add(callers.follow(
                            group, () -> other.execute("outer", () -> group.execute("a", single)))));

            Caller<Map<Object, String>> batch = callers.start(() -> group.executeAll(List.of("a", second), this::run));

            assertThat(batch.value()).isEqualTo(Map.of("a", "a's", second, "b's"));
            assertThat(outer.remove().value()).isEqualTo("a's");
            assertThat(keysOfRuns).containsExactly(Set.of("a", second));
            assertFigures(group, 3, 1, 1);
        }
    }

    @Test
    void waitTimeoutMakesTheCallerOfABatchLeaveWhileTheRunGoesOn() {
        try (Callers callers = new Callers()) {
            SingleFlightGroup<Object, String> group = SingleFlightGroup.create(GroupConfig.of("batch")
                    .withExecutor(callers.executor())
                    .withWaitTimeout(PATIENCE)
                    .withStuckAfter(null)
                    .withTicker(ticker));
            Caller<Map<Object, String>> batch = held(callers, group);
            ticker.awaitReads(2);

            ticker.advance(PATIENCE);
            batch.wake();

            assertThat(batch.failure()).isInstanceOf(FlightTimeoutException.class);
            assertThat(group.inFlight()).hasSize(2);
            gate.release();
            Callers.until("the run has landed", () -> group.inFlight().isEmpty());
            assertFigures(group, 2, 1, 0);
        }
    }

    @Test
    void interruptMakesTheCallerOfABatchLeaveWhileTheRunGoesOn() {
        try (Callers callers = new Callers()) {
            SingleFlightGroup<Object, String> group = groupOn(callers.executor());
            Caller<Map<Object, String>> batch = held(callers, group);
            Caller<String> follower = callers.follow(group, () -> group.execute("a", single));

            batch.interrupt();

            assertThat(batch.failure()).isInstanceOf(FlightInterruptedException.class);
            assertThat(batch.endedInterrupted()).isTrue();
            gate.release();
            assertThat(follower.value()).isEqualTo("a's");
            assertFigures(group, 3, 1, 1);
        }
    }

    @Test
    void batchWhoseRunWaitsForItsCallerRunsAgainOutsideAnyFlight() {
        SingleFlightGroup<Object, String> outer = SingleFlightGroup.create("outer");
        try (Callers callers = new Callers()) {
            SingleFlightGroup<Object, String> group = groupOn(task -> {
                Caller<Object> worker = callers.start(Executors.callable(task));
                Callers.until(
                        "the run waits for its caller",
                        () -> LockSupport.getBlocker(worker.thread()) instanceof ParkedWaiter<?>
                                && worker.thread().getState() == Thread.State.TIMED_WAITING);
            });

            String value = outer.execute("x", () -> {
                Thread own = Thread.currentThread();
                return group.executeAll(List.of("a", "b"), keys -> {
                            if (Thread.currentThread() != own) {
                                outer.execute("x", () -> "never run");
                            }
                            return run(keys);
                        })
                        .get("b");
            });

            assertThat(value).isEqualTo("b's");
            Callers.until("the run has landed", () -> group.inFlight().isEmpty());
            assertThat(outer.stats().joined()).as("by the run").isEqualTo(1);
            assertFigures(group, 2, 2, 0);
        }
        assertThat(runs).hasSize(2).contains(Thread.currentThread());
    }

    @Test
    void batchOfNothingButBypassesStaysOnItsCallersThread() {
        SingleFlightGroup<Object, String> group = SingleFlightGroup.create(
                GroupConfig.of("batch").withExecutor(oneThread).withMaxFlights(1));
        try (Callers callers = new Callers()) {
            callers.start(() -> group.execute("a", single));
            single.awaitRun();

            assertThat(group.executeAll(List.of("b", "c"), this::run)).containsOnlyKeys("b", "c");

            assertThat(runs).containsExactly(Thread.currentThread());
            single.release();
        }
        assertFigures(group, 3, 2, 0);
    }

    @Test
    void refusedKeysHandOverAndTheExecutorGetsNothing() {
        SingleFlightGroup<Object, String> group = SingleFlightGroup.create(GroupConfig.of("batch")
                .withExecutor(queue::add)
                .withMaxFlights(1)
                .withOverflow(Overflow.REJECT));

        assertThatThrownBy(() -> group.executeAll(List.of("a", "b"), this::run))
                .isInstanceOf(FlightRejectedException.class);

        assertThat(queue).isEmpty();
        assertFigures(group, 2, 0, 0);
    }

    private SingleFlightGroup<Object, String> groupOn(Executor executor) {
        return SingleFlightGroup.create(GroupConfig.of("batch").withExecutor(executor));
    }

    private Caller<Map<Object, String>> held(Callers callers, SingleFlightGroup<Object, String> group) {
        Caller<Map<Object, String>> batch = callers.follow(
                group,
                () -> group.executeAll(List.of("a", "b"), keys -> {
                    gate.call();
                    return run(keys);
                }));
        gate.awaitRun();
        return batch;
    }

    private Map<Object, String> run(Set<Object> keys) {
        runs.add(Thread.currentThread());
        keysOfRuns.add(Set.copyOf(keys));
        return keys.stream().collect(Collectors.toMap(Function.identity(), key -> key + "'s"));
    }

    private Object runQueued() {
        Callers.until("the run is queued", () -> !queue.isEmpty());
        queue.remove().run();
        return "done";
    }

    private static void await(CountDownLatch latch) {
        Callers.until("the test goes on", () -> latch.getCount() == 0);
    }

    private static void assertFigures(SingleFlightGroup<?, ?> group, long calls, long runs, long joined) {
        Callers.until("nobody waits", () -> group.stats().waiting() == 0);
        Callers.until("nothing is in flight", () -> group.inFlight().isEmpty());
        FlightStats stats = group.stats();
        assertThat(stats.calls()).as("each key asked for is one call").isEqualTo(calls);
        assertThat(stats.runs()).as("runs").isEqualTo(runs);
        assertThat(stats.joined()).as("joined").isEqualTo(joined);
    }
}
