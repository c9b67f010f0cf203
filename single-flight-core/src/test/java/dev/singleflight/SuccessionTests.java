package dev.singleflight;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.singleflight.Callers.Caller;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.SocketTimeoutException;
import java.nio.channels.ClosedByInterruptException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Rule 7: a cancelled leader hands over, and so does one whose failure is not to be shared. */
class SuccessionTests {

    private static final String KEY = "key";

    private final SingleFlightGroup<String, String> group = SingleFlightGroup.create("succession");

    private final CompletableFuture<String> source = new CompletableFuture<>();

    static Stream<Named<Throwable>> cancellations() {
        return Stream.of(
                Named.of("InterruptedException", new InterruptedException()),
                Named.of("ClosedByInterruptException", new ClosedByInterruptException()),
                Named.of("InterruptedIOException", new InterruptedIOException()),
                Named.of("its cause", new IOException(new InterruptedException())),
                Named.of("its cause 32 deep", deep(32, new ClosedByInterruptException())),
                Named.of(
                        "a socket's timeout that an interrupt caused",
                        new SocketTimeoutException().initCause(new InterruptedException())));
    }

    static Stream<Named<Throwable>> ordinaryFailures() {
        IOException circle = new IOException("of each other");
        circle.initCause(new IOException(circle));
        return Stream.of(
                Named.of("SocketTimeoutException", new SocketTimeoutException()),
                Named.of("CancellationException", new CancellationException()),
                Named.of("an interrupt 33 deep", deep(33, new InterruptedException())),
                Named.of("causes in a circle", circle),
                Named.of("IOException", new IOException()));
    }

    @ParameterizedTest
    @MethodSource("cancellations")
    void failureByWhichALeaderWasCancelledIsItsOwn(Throwable failure) {
        HeldCall<String> call = HeldCall.throwing(failure);
        try (Callers callers = new Callers()) {
            Caller<String> leader = callers.start(() -> group.execute(KEY, call));
            call.awaitRun();
            Caller<FlightResult<String>> follower = callers.follow(group, () -> group.fly(KEY, () -> "its own"));

            call.release();

            assertThat(leader.failure()).isSameAs(failure);
            assertThat(follower.value()).isEqualTo(new FlightResult<>("its own", Role.LEADER, false, false, true));
        }
        assertOneSuccession();
    }

    @ParameterizedTest
    @MethodSource("ordinaryFailures")
    void ordinaryFailureIsShared(Throwable failure) {
        HeldCall<String> call = HeldCall.throwing(failure);
        try (Callers callers = new Callers()) {
            callers.start(() -> group.execute(KEY, call));
            call.awaitRun();
            Caller<String> follower = callers.follow(group, () -> group.execute(KEY, () -> "not run"));

            call.release();

            assertThat(follower.failure()).isSameAs(failure);
        }
        assertThat(group.stats().successions()).isZero();
        Callers.assertAtRest(group);
    }

    @Test
    void leaderThatFailsWithItsInterruptFlagSetWasCancelledAndKeepsTheFlag() {
        IllegalStateException failure = new IllegalStateException();
        HeldCall<String> call = new HeldCall<>(() -> {
            Thread.currentThread().interrupt();
            throw failure;
        });
        try (Callers callers = new Callers()) {
            Caller<String> leader = callers.start(() -> group.execute(KEY, call));
            call.awaitRun();
            Caller<String> follower = callers.follow(group, () -> group.execute(KEY, () -> "its own"));

            call.release();

            assertThat(leader.failure()).isSameAs(failure);
            assertThat(leader.endedInterrupted()).isTrue();
            assertThat(follower.value()).isEqualTo("its own");
            assertThat(follower.endedInterrupted()).isFalse();
        }
        assertOneSuccession();
    }

    @Test
    void valueOfAnInterruptedLeaderIsShared() {
        HeldCall<String> call = new HeldCall<>(() -> {
            Thread.currentThread().interrupt();
            return "value";
        });
        try (Callers callers = new Callers()) {
            Caller<String> leader = callers.start(() -> group.execute(KEY, call));
            call.awaitRun();
            Caller<String> follower = callers.follow(group, () -> group.execute(KEY, () -> "not run"));

            call.release();

            assertThat(follower.value()).isEqualTo("value");
            assertThat(leader.endedInterrupted()).isTrue();
        }
        Callers.assertAtRest(group);
    }

    @Test
    void interruptOfARunOnTheExecutorHandsOver() {
        HeldCall<String> call = HeldCall.throwing(new InterruptedException());
        try (Callers callers = new Callers()) {
            SingleFlightGroup<String, String> executed = groupOn(callers.executor());
            Caller<String> leader = callers.follow(executed, () -> executed.execute(KEY, call));
            call.awaitRun();
            Caller<Thread> follower = callers.follow(executed, () -> {
                executed.execute(KEY, () -> Thread.currentThread().getName());
                return Thread.currentThread();
            });

            call.release();

            assertThat(leader.failure()).isInstanceOf(InterruptedException.class);
            assertThat(follower.value()).isSameAs(follower.thread());
            assertThat(executed.stats().successions()).isEqualTo(1);
            Callers.assertAtRest(executed);
        }
    }

    static Stream<Named<Throwable>> cancelledStages() {
        return Stream.of(
                Named.of("cancelled", new CancellationException()),
                Named.of("by a dependent's wrapper", new CompletionException(new CancellationException())));
    }

    @ParameterizedTest
    @MethodSource("cancelledStages")
    void futureThatWaitedForACancelledStageStartsItsOwnCallElsewhere(Throwable failure) {
        CompletableFuture<Thread> startedBy = new CompletableFuture<>();
        CompletableFuture<String> leader = group.executeAsync(KEY, () -> source);
        CompletableFuture<String> successor = group.executeAsync(KEY, () -> {
            startedBy.complete(Thread.currentThread());
            return CompletableFuture.completedFuture("its own");
        });
        CompletableFuture<String> follower = group.executeAsync(KEY, CompletableFuture::new);

        source.completeExceptionally(failure);

        assertThat(Callers.failureOf(leader)).isSameAs(failure);
        assertThat(Callers.valueOf(successor)).isEqualTo("its own");
        assertThat(Callers.valueOf(follower)).isEqualTo("its own");
        assertThat(Callers.valueOf(startedBy)).isNotSameAs(Thread.currentThread());
        assertOneSuccession();
    }

    @Test
    void threadThatWaitedForACancelledStageRunsItsOwnCall() {
        CompletableFuture<String> leader = group.executeAsync(KEY, () -> source);
        try (Callers callers = new Callers()) {
            Caller<Thread> follower = callers.follow(group, () -> {
                CompletableFuture<Thread> runner = new CompletableFuture<>();
                group.execute(KEY, () -> {
                    runner.complete(Thread.currentThread());
                    return "its own";
                });
                return Callers.valueOf(runner);
            });

            source.cancel(true);

            assertThat(follower.value()).isSameAs(follower.thread());
        }
        assertThat(leader).isCancelled();
        assertOneSuccession();
    }

    @Test
    void futureThatWaitedForACancelledThreadStartsItsOwnCallElsewhere() {
        HeldCall<String> call = HeldCall.throwing(new InterruptedException());
        CompletableFuture<Thread> startedBy = new CompletableFuture<>();
        try (Callers callers = new Callers()) {
            Caller<String> leader = callers.start(() -> group.execute(KEY, call));
            call.awaitRun();
            CompletableFuture<String> successor = group.executeAsync(KEY, () -> {
                startedBy.complete(Thread.currentThread());
                return source;
            });
            Caller<String> follower = callers.follow(group, () -> group.execute(KEY, () -> "not run"));

            call.release();
            assertThat(leader.failure()).isInstanceOf(InterruptedException.class);
            assertThat(Callers.valueOf(startedBy)).isNotSameAs(leader.thread());
            source.complete("its own");

            assertThat(Callers.valueOf(successor)).isEqualTo("its own");
            assertThat(follower.value()).isEqualTo("its own");
        }
        assertOneSuccession();
    }

    @Test
    void futureThatLeadsOnStartsItsCallOnTheGroupsExecutor() {
        Queue<Runnable> queue = new ConcurrentLinkedQueue<>();
        SingleFlightGroup<String, String> executed = groupOn(queue::add);
        CompletableFuture<String> leader = executed.executeAsync(KEY, () -> source);
        queue.remove().run();
        CompletableFuture<String> successor =
                executed.executeAsync(KEY, () -> CompletableFuture.completedFuture("its own"));

        source.cancel(true);
        assertThat(leader).isCancelled();
        assertThat(successor).isNotDone();
        queue.remove().run();

        assertThat(successor).isCompletedWithValue("its own");
        Callers.assertAtRest(executed);
    }

    @Test
    void chainOfCancelledLeadersEndsWithTheFirstWhoIsNotTheLongestWaitingFirst() {
        Queue<String> leaders = new ConcurrentLinkedQueue<>();
        HeldCall<String> call = HeldCall.throwing(new InterruptedException());
        try (Callers callers = new Callers()) {
            callers.start(() -> group.execute(KEY, call));
            call.awaitRun();
            List<Caller<String>> cancelled = new ArrayList<>();
            for (String name : List.of("first", "second", "third")) {
                cancelled.add(callers.follow(
                        group,
                        () -> group.execute(KEY, () -> {
                            leaders.add(name);
                            throw new InterruptedException(name);
                        })));
            }
            Caller<FlightResult<String>> fourth = callers.follow(
                    group,
                    () -> group.fly(KEY, () -> {
                        leaders.add("fourth");
                        return "value";
                    }));
            Caller<FlightResult<String>> last = callers.follow(group, () -> group.fly(KEY, () -> "not run"));

            call.release();

            assertThat(cancelled)
                    .extracting(caller -> caller.failure().getMessage())
                    .containsExactly("first", "second", "third");
            assertThat(fourth.value()).isEqualTo(new FlightResult<>("value", Role.LEADER, true, false, true));
            assertThat(last.value()).isEqualTo(new FlightResult<>("value", Role.FOLLOWER, true, false, true));
        }
        assertThat(leaders).containsExactly("first", "second", "third", "fourth");
        assertThat(group.stats().runs()).isEqualTo(5);
        assertThat(group.stats().successions()).isEqualTo(4);
        Callers.assertAtRest(group);
    }

    @Test
    void whoHasLeftIsNotChosen() {
        HeldCall<String> call = HeldCall.throwing(new InterruptedException());
        try (Callers callers = new Callers()) {
            callers.start(() -> group.execute(KEY, call));
            call.awaitRun();
            Caller<String> interrupted = callers.follow(group, () -> group.execute(KEY, () -> "not run"));
            CompletableFuture<String> ended = group.executeAsync(KEY, CompletableFuture::new);
            Caller<String> staying = callers.follow(group, () -> group.execute(KEY, () -> "its own"));
            interrupted.interrupt();
            assertThat(interrupted.failure()).isInstanceOf(FlightInterruptedException.class);
            assertThat(ended.cancel(true)).isTrue();

            call.release();

            assertThat(staying.value()).isEqualTo("its own");
        }
        assertOneSuccession();
    }

    @Test
    void listenerHearsThatTheWaitWasHandedOver() {
        Queue<WaitEnd> ends = new ConcurrentLinkedQueue<>();
        SingleFlightGroup<String, String> heard =
                SingleFlightGroup.create(GroupConfig.of("heard").withListener(new FlightListener() {
                    @Override
                    public void onWait(String name, long nanos, WaitEnd end) {
                        ends.add(end);
                    }
                }));
        CompletableFuture<String> leader = heard.executeAsync(KEY, () -> source);
        CompletableFuture<String> future =
                heard.executeAsync(KEY, () -> CompletableFuture.failedFuture(new CancellationException()));
        try (Callers callers = new Callers()) {
            Caller<String> thread = callers.follow(heard, () -> heard.execute(KEY, () -> "its own"));

            source.cancel(true);

            assertThat(thread.value()).isEqualTo("its own");
        }
        assertThat(leader).isCancelled();
        assertThat(Callers.failureOf(future)).isInstanceOf(CancellationException.class);
        Callers.until("both were heard of", () -> ends.size() == 2);
        assertThat(ends).containsOnly(WaitEnd.HANDED_OVER);
        Callers.assertAtRest(heard);
    }

    @Test
    void stormOfCallersOfAFailingCallIsOneRun() {
        HeldCall<String> call = HeldCall.throwing(new IOException("down"));
        try (Callers callers = new Callers()) {
            callers.start(() -> group.execute(KEY, call));
            call.awaitRun();
            List<Caller<String>> followers = callers.follow(group, 999, () -> group.execute(KEY, call));

            call.release();

            assertThat(followers)
                    .allSatisfy(follower -> assertThat(follower.failure()).hasMessage("down"));
        }
        assertThat(group.stats().runs()).isEqualTo(1);
        Callers.assertAtRest(group);
    }

    @Test
    void failureThatIsNotSharedGoesToItsLeaderAloneAndRunsAreSerial() {
        AtomicInteger runs = new AtomicInteger();
        AtomicInteger running = new AtomicInteger();
        AtomicInteger most = new AtomicInteger();
        SingleFlightGroup<String, String> choosy = choosy(failure -> false);
        try (Callers callers = new Callers()) {
            List<Caller<String>> all = new ArrayList<>();
            for (int i = 0; i < 8; i++) {
                all.add(callers.start(() -> {
                    for (int call = 0; call < 200; call++) {
                        Exception own = new Exception();
                        assertThatThrownBy(() -> choosy.execute(KEY, () -> {
                                    runs.incrementAndGet();
                                    most.accumulateAndGet(running.incrementAndGet(), Math::max);
                                    assertThat(choosy.inFlight())
                                            .as("joinable without a gap")
                                            .hasSize(1);
                                    running.decrementAndGet();
                                    throw own;
                                }))
                                .isSameAs(own);
                    }
                    return "done";
                }));
            }
            assertThat(all).extracting(Caller::value).containsOnly("done");
        }
        assertThat(runs.get()).isEqualTo(8 * 200);
        assertThat(most.get()).as("runs at once").isEqualTo(1);
        assertThat(choosy.stats().failures()).isEqualTo(8 * 200);
        Callers.assertAtRest(choosy);
    }

    @Test
    void shareFailureIsAskedAboutTheCauseOnTheThreadThatFailed() {
        Queue<Object> asked = new ConcurrentLinkedQueue<>();
        IOException cause = new IOException();
        SingleFlightGroup<String, String> choosy = choosy(failure -> {
            asked.add(failure);
            asked.add(Thread.currentThread());
            return true;
        });
        CompletableFuture<String> leader = choosy.executeAsync(KEY, () -> source);
        CompletableFuture<String> follower = choosy.executeAsync(KEY, CompletableFuture::new);

        source.completeExceptionally(new CompletionException(cause));

        assertThat(asked).containsExactly(cause, Thread.currentThread());
        assertThat(Callers.failureOf(leader)).hasCause(cause);
        assertThat(Callers.failureOf(follower)).hasCause(cause);
        Callers.assertAtRest(choosy);
    }

    @Test
    void failureIsSharedWhereShareFailureThrows() {
        HeldCall<String> call = HeldCall.throwing(new IOException("down"));
        SingleFlightGroup<String, String> choosy = choosy(failure -> {
            throw new IllegalStateException("of the predicate");
        });
        try (Callers callers = new Callers();
                Warnings warnings = new Warnings("choosy")) {
            Caller<String> leader = callers.start(() -> choosy.execute(KEY, call));
            call.awaitRun();
            Caller<String> follower = callers.follow(choosy, () -> choosy.execute(KEY, () -> "not run"));

            call.release();

            assertThat(leader.failure()).hasMessage("down");
            assertThat(follower.failure()).isSameAs(leader.failure());
            assertThat(warnings.messages()).singleElement().asString().contains("shareFailure");
        }
        Callers.assertAtRest(choosy);
    }

    @Test
    void shareFailureThatAsksForTheKeyItselfBypasses() {
        Queue<Role> roles = new ConcurrentLinkedQueue<>();
        List<SingleFlightGroup<String, String>> groups = new ArrayList<>();
        SingleFlightGroup<String, String> choosy = choosy(failure -> {
            FlightResult<String> inner = groups.get(0).fly(KEY, () -> "inner");
            return roles.add(inner.role());
        });
        groups.add(choosy);
        HeldCall<String> call = HeldCall.throwing(new IOException("down"));
        try (Callers callers = new Callers()) {
            Caller<String> leader = callers.start(() -> choosy.execute(KEY, call));
            call.awaitRun();
            Caller<String> follower = callers.follow(choosy, () -> choosy.execute(KEY, () -> "not run"));

            call.release();

            assertThat(leader.failure()).hasMessage("down");
            assertThat(follower.failure()).isSameAs(leader.failure());
        }
        assertThat(roles).containsExactly(Role.BYPASS);
        Callers.assertAtRest(choosy);
    }

    @Test
    void cancelledLeaderWithNobodyWaitingClosesTheFlight() {
        HeldCall<String> call = HeldCall.throwing(new InterruptedException());
        try (Callers callers = new Callers()) {
            Caller<String> leader = callers.start(() -> group.execute(KEY, call));
            call.awaitRun();
            Caller<String> left = callers.follow(group, () -> group.execute(KEY, Duration.ofDays(1), () -> "not run"));
            left.interrupt();
            assertThat(left.failure()).isInstanceOf(FlightInterruptedException.class);

            call.release();

            assertThat(leader.failure()).isInstanceOf(InterruptedException.class);
        }
        assertThat(group.inFlight()).isEmpty();
        assertThat(group.<RuntimeException>fly(KEY, () -> "fresh"))
                .isEqualTo(new FlightResult<>("fresh", Role.LEADER, false, false, true));
        Callers.assertAtRest(group);
    }

    @Test
    void leaderWhoseFailureWasItsOwnAsksAgainAndFollowsItsSuccessor() {
        HeldCall<String> call = HeldCall.throwing(new InterruptedException());
        HeldCall<String> successors = HeldCall.returning("successor's");
        try (Callers callers = new Callers()) {
            Caller<FlightResult<String>> leader = callers.start(() -> {
                assertThatThrownBy(() -> group.execute(KEY, call)).isInstanceOf(InterruptedException.class);
                return group.fly(KEY, () -> "not run");
            });
            call.awaitRun();
            Caller<String> successor = callers.follow(group, () -> group.execute(KEY, successors));

            call.release();
            successors.awaitRun();
            Callers.until("the cancelled leader follows", () -> group.stats().waiting() == 1);
            assertThat(group.inFlight())
                    .singleElement()
                    .extracting(FlightInfo::leader)
                    .isEqualTo(successor.thread().getName());
            successors.release();

            assertThat(leader.value()).isEqualTo(new FlightResult<>("successor's", Role.FOLLOWER, true, false, true));
            assertThat(successor.value()).isEqualTo("successor's");
        }
        Callers.assertAtRest(group);
    }

    private static Throwable deep(int depth, Throwable root) {
        Throwable failure = root;
        for (int i = 0; i < depth; i++) {
            failure = new IOException(failure);
        }
        return failure;
    }

    private static SingleFlightGroup<String, String> groupOn(Executor executor) {
        return SingleFlightGroup.create(GroupConfig.of("executed").withExecutor(executor));
    }

    private static SingleFlightGroup<String, String> choosy(Predicate<Throwable> shareFailure) {
        return SingleFlightGroup.create(
                GroupConfig.of("choosy").withShareFailure(shareFailure).withStuckAfter(null));
    }

    private void assertOneSuccession() {
        assertThat(group.stats().successions()).isEqualTo(1);
        assertThat(group.stats().runs()).isEqualTo(2);
        assertThat(group.stats().failures()).isEqualTo(1);
        Callers.assertAtRest(group);
    }
}
