package dev.singleflight;

import static org.assertj.core.api.Assertions.assertThat;

import dev.singleflight.Callers.Caller;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executor;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/**
 * Rule 11, for bounded executors: threads that run flights neither queue further ones nor wait for one that has not started.
 * The executor has one thread, and no group here notices stuck leaders.
 */
class QueueRuleTests {

    private static final String KEY = "key";

    private final LinkedBlockingQueue<Runnable> queue = new LinkedBlockingQueue<>();

    private final Callers callers = new Callers();

    private volatile boolean closed;

    private final Caller<Thread> worker = callers.start(() -> {
        while (!closed) {
            queue.take().run();
            assertThat(Run.isOnExecutor()).as("the mark is gone").isFalse();
        }
        return Thread.currentThread();
    });

    private final SingleFlightGroup<String, String> group = on(queue::add);

    private final SingleFlightGroup<String, String> other = on(queue::add);

    private final HeldCall<String> busy = HeldCall.returning("busy");

    private Caller<Thread> secondWorker(AtomicBoolean done) {
        return callers.start(() -> {
            while (!done.get()) {
                Runnable task = queue.poll(1, TimeUnit.MILLISECONDS);
                if (task != null) {
                    task.run();
                }
            }
            return Thread.currentThread();
        });
    }

    @AfterEach
    void end() {
        busy.release();
        queue.add(() -> closed = true);
        assertThat(worker.value()).isSameAs(worker.thread());
        callers.close();
        Callers.assertAtRest(group);
        Callers.assertAtRest(other);
    }

    /** The second thread of the executor would wait for the first, and that for a successor in the queue behind both. */
    @Test
    void successorThatIsQueuedIsStartedByAThreadThatWaitsForItAlready() {
        AtomicBoolean done = new AtomicBoolean();
        Caller<Thread> second = secondWorker(done);
        HeldCall<String> cancelled = HeldCall.throwing(new InterruptedException());
        HeldCall<String> outer = HeldCall.returning("outer");
        Caller<String> waiting = callers.start(() -> group.execute("outer", () -> {
            outer.call();
            return group.execute(KEY, () -> "not run");
        }));
        outer.awaitRun();
        Caller<String> leader = callers.start(() -> group.execute(KEY, cancelled));
        cancelled.awaitRun();
        CompletableFuture<String> successor =
                group.executeAsync(KEY, () -> CompletableFuture.completedFuture("successor's"));
        long before = group.stats().waiting();
        outer.release();
        Callers.until("it waits within its run", () -> group.stats().waiting() == before + 1);
        Caller<String> third = callers.start(() -> group.execute("third", () -> group.execute("outer", () -> "late")));
        Callers.until("the third is queued", () -> !queue.isEmpty());

        cancelled.release();

        assertThat(leader.failure()).isInstanceOf(InterruptedException.class);
        assertThat(Callers.valueOf(successor)).isEqualTo("successor's");
        assertThat(waiting.value()).isEqualTo("successor's");
        assertThat(third.value()).isIn("successor's", "late"); // as quick as the thread that started the successor
        done.set(true);
        assertThat(second.value()).isSameAs(second.thread());
    }

    @Test
    void nestedCallsOfTheSameAndOfOtherGroupsLeadOnTheThreadOfTheFirst() {
        Queue<Thread> threads = new ConcurrentLinkedQueue<>();
        Caller<String> caller = callers.start(() -> group.execute("1", () -> {
            threads.add(Thread.currentThread());
            return group.execute("2", () -> {
                threads.add(Thread.currentThread());
                return other.execute("1", () -> {
                    threads.add(Thread.currentThread());
                    return "value";
                });
            });
        }));

        assertThat(caller.value()).isEqualTo("value");
        assertThat(threads).hasSize(3).containsOnly(worker.thread());
    }

    @Test
    void nestedFuturesStartOnTheThreadOfTheFirst() {
        Queue<Thread> threads = new ConcurrentLinkedQueue<>();
        CompletableFuture<String> outer = group.executeAsync("1", () -> {
            threads.add(Thread.currentThread());
            return other.executeAsync("1", () -> {
                threads.add(Thread.currentThread());
                return CompletableFuture.completedFuture(Callers.valueOf(group.executeAsync("2", () -> {
                    threads.add(Thread.currentThread());
                    return CompletableFuture.completedFuture("value");
                })));
            });
        });

        assertThat(Callers.valueOf(outer)).isEqualTo("value");
        assertThat(threads).hasSize(3).containsOnly(worker.thread());
    }

    @Test
    void runTakesAndRunsABlockingCallThatIsStillQueued() {
        Caller<String> outer = runThatAsks(() -> other.execute(KEY, () -> "not run"));
        Caller<FlightResult<String>> queued = callers.follow(
                other, () -> other.fly(KEY, () -> Thread.currentThread().getName()));
        Caller<String> follower = callers.follow(other, () -> other.execute(KEY, () -> "not run"));

        busy.release();

        String name = worker.thread().getName();
        assertThat(outer.value()).isEqualTo(name);
        assertThat(queued.value()).isEqualTo(new FlightResult<>(name, Role.LEADER, true, false, true));
        assertThat(follower.value()).isEqualTo(name);
        assertThat(other.stats().runs()).isEqualTo(1);
    }

    @Test
    void runTakesAndStartsASupplierThatIsStillQueued() {
        Caller<String> outer = runThatAsks(() -> other.execute(KEY, () -> "not run"));
        CompletableFuture<String> queued = other.executeAsync(
                KEY,
                () -> CompletableFuture.completedFuture(Thread.currentThread().getName()));

        busy.release();

        assertThat(outer.value()).isEqualTo(worker.thread().getName());
        assertThat(Callers.valueOf(queued)).isEqualTo(worker.thread().getName());
        assertThat(other.stats().runs()).isEqualTo(1);
    }

    @Test
    void runOfTheSameGroupTakesWhatIsStillQueued() {
        Caller<String> outer = runThatAsks(() -> group.execute(KEY, () -> "not run"));
        Caller<String> queued = callers.follow(group, () -> group.execute(KEY, () -> "queued"));

        busy.release();

        assertThat(outer.value()).isEqualTo("queued");
        assertThat(queued.value()).isEqualTo("queued");
    }

    @Test
    void futureThatARunJoinsAndWaitsForIsStartedWhereItIsStillQueued() {
        Caller<String> outer = runThatAsks(() -> Callers.valueOf(other.executeAsync(KEY, CompletableFuture::new)));
        Caller<String> queued = callers.follow(other, () -> other.execute(KEY, () -> "queued"));

        busy.release();

        assertThat(outer.value()).isEqualTo("queued");
        assertThat(queued.value()).isEqualTo("queued");
    }

    @Test
    void futureThatARunJoinsAndWaitsForIsToldElsewhere() {
        CompletableFuture<String> source = new CompletableFuture<>();
        CompletableFuture<String> leader = other.executeAsync(KEY, () -> source);
        Callers.until("its supplier has run", () -> source.getNumberOfDependents() == 1);
        CompletableFuture<CompletableFuture<String>> joined = new CompletableFuture<>();
        Caller<String> outer = runThatAsks(() -> {
            joined.complete(other.executeAsync(KEY, CompletableFuture::new));
            return Callers.valueOf(Callers.valueOf(joined));
        });
        busy.release();
        Callers.until("the run waits", () -> Callers.valueOf(joined).getNumberOfDependents() > 0);

        source.complete("value");

        assertThat(outer.value()).isEqualTo("value");
        assertThat(Callers.valueOf(leader)).isEqualTo("value");
    }

    @Test
    void futureThatARunJoinsAndWaitsForIsToldElsewhereByAThread() {
        HeldCall<String> held = HeldCall.returning("value");
        CompletableFuture<Runnable> task = new CompletableFuture<>();
        SingleFlightGroup<String, String> led = on(run -> {
            if (!task.complete(run)) {
                queue.add(run);
            }
        });
        Caller<String> leader = callers.follow(led, () -> led.execute(KEY, held));
        callers.start(() -> {
            Callers.valueOf(task).run();
            return null;
        });
        held.awaitRun();
        Caller<String> outer = runThatAsks(() -> Callers.valueOf(led.executeAsync(KEY, CompletableFuture::new)));
        busy.release();
        Callers.until("the run follows", () -> led.stats().joined() == 1);

        held.release();

        assertThat(outer.value()).isEqualTo("value");
        assertThat(leader.value()).isEqualTo("value");
    }

    @Test
    void futureOfARunThatHasToLeadStartsElsewhere() {
        CompletableFuture<String> source = new CompletableFuture<>();
        CompletableFuture<String> leader = other.executeAsync(KEY, () -> source);
        Callers.until("its supplier has run", () -> source.getNumberOfDependents() == 1);
        Caller<String> outer = runThatAsks(
                () -> Callers.valueOf(other.executeAsync(KEY, () -> CompletableFuture.completedFuture("its own"))));
        busy.release();
        Callers.until("the run follows", () -> other.stats().joined() == 1);

        source.cancel(true);

        assertThat(outer.value()).isEqualTo("its own");
        assertThat(leader).isCancelled();
    }

    @Test
    void manyNestedCallersOnOneThreadAllLand() {
        List<Caller<String>> all = new ArrayList<>();
        for (int i = 0; i < 100; i++) {
            String first = "" + i % 3;
            String second = "" + i % 5;
            all.add(callers.start(() -> group.execute(
                    first,
                    () -> other.execute(
                            second, () -> Callers.valueOf(group.executeAsync("of " + second, () -> done()))))));
            all.add(callers.start(() -> Callers.valueOf(group.executeAsync(
                    first,
                    () -> other.executeAsync(
                            second,
                            () -> CompletableFuture.completedFuture(group.execute("of " + second, () -> "value")))))));
        }

        assertThat(all).extracting(Caller::value).containsOnly("value");
    }

    @Test
    void callOfAFailedRunLeavesTheMarkNowhere() {
        CompletableFuture<String> failed = group.executeAsync(KEY, () -> {
            throw new IllegalStateException();
        });

        assertThat(Callers.failureOf(failed)).isInstanceOf(IllegalStateException.class);
        Caller<String> direct = callers.start(() -> {
            String value = on(Runnable::run).execute(KEY, () -> "value");
            assertThat(Run.isOnExecutor()).isFalse();
            return value;
        });
        assertThat(direct.value()).isEqualTo("value");
    }

    /** A run that keeps the only thread busy until it is released, and asks then. */
    private Caller<String> runThatAsks(FlightCall<String, Exception> ask) {
        Caller<String> outer = callers.follow(
                group,
                () -> group.execute("outer", () -> {
                    busy.call();
                    return ask.call();
                }));
        busy.awaitRun();
        return outer;
    }

    private static CompletableFuture<String> done() {
        return CompletableFuture.completedFuture("value");
    }

    private static SingleFlightGroup<String, String> on(Executor executor) {
        return SingleFlightGroup.create(
                GroupConfig.of("queued").withExecutor(executor).withStuckAfter(null));
    }
}
