package dev.singleflight;

import static org.assertj.core.api.Assertions.assertThat;

import dev.singleflight.Callers.Caller;
import java.lang.ref.WeakReference;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Rule 12: each asynchronous caller has its own handle, and none waits for another's callbacks. */
class AsyncTests {

    private static final String KEY = "key";

    private final SingleFlightGroup<String, String> group = SingleFlightGroup.create("async");

    private final CompletableFuture<String> source = new CompletableFuture<>();

    /** Everything that a holder can do to end its own future. */
    static Stream<Named<Consumer<CompletableFuture<String>>>> waysToEndOnesOwnFuture() {
        return Stream.of(
                Named.of("cancel", future -> future.cancel(true)),
                Named.of("complete", future -> future.complete("its own")),
                Named.of("completeExceptionally", future -> future.completeExceptionally(new TimeoutException())),
                Named.of("completeAsync", future -> future.completeAsync(() -> "its own", Runnable::run)),
                Named.of("obtrudeValue", future -> future.obtrudeValue("its own")),
                Named.of("obtrudeException", future -> future.obtrudeException(new TimeoutException())),
                Named.of("orTimeout", future -> future.orTimeout(0, TimeUnit.NANOSECONDS)),
                Named.of("completeOnTimeout", future -> future.completeOnTimeout("its own", 0, TimeUnit.NANOSECONDS)));
    }

    @Test
    void futureThatIsKeptHoldsNoThreadThatWaitedWithIt() {
        AtomicReference<WeakReference<Thread>> thread = new AtomicReference<>();

        CompletableFuture<String> kept = waitTogether(thread);

        assertThat(Callers.valueOf(kept)).isEqualTo("value");
        Callers.until("the thread is collected", () -> {
            System.gc();
            return thread.get().refersTo(null);
        });
        assertThat(kept).isDone();
    }

    private CompletableFuture<String> waitTogether(AtomicReference<WeakReference<Thread>> thread) {
        HeldCall<String> call = HeldCall.returning("value");
        try (Callers callers = new Callers()) {
            callers.start(() -> group.execute(KEY, call));
            call.awaitRun();
            callers.follow(group, () -> {
                thread.set(new WeakReference<>(Thread.currentThread()));
                return group.execute(KEY, () -> "not run");
            });
            CompletableFuture<String> kept = group.executeAsync(KEY, CompletableFuture::new);
            call.release();
            return kept;
        }
    }

    @Test
    void callerWhoseTickerThrowsLeavesNoWaiterBehind() {
        AtomicBoolean throwing = new AtomicBoolean();
        SingleFlightGroup<String, String> ticking = SingleFlightGroup.create(GroupConfig.of("ticking")
                .withStuckAfter(null)
                .withWaitTimeout(Duration.ofHours(1))
                .withTicker(() -> {
                    if (throwing.get()) {
                        throw new IllegalStateException("ticker");
                    }
                    return 0;
                }));
        CompletableFuture<String> leader = ticking.executeAsync(KEY, () -> source);
        CompletableFuture<String> follower = ticking.executeAsync(KEY, CompletableFuture::new);

        throwing.set(true);
        CompletableFuture<String> refused = ticking.executeAsync(KEY, CompletableFuture::new);
        throwing.set(false);

        assertThat(Callers.failureOf(refused)).hasMessage("ticker");
        assertThat(ticking.inFlight())
                .singleElement()
                .extracting(FlightInfo::followers)
                .isEqualTo(1);
        source.complete("value");
        assertThat(Callers.valueOf(leader)).isEqualTo("value");
        assertThat(Callers.valueOf(follower)).isEqualTo("value");
        Callers.assertAtRest(ticking);
    }

    @ParameterizedTest
    @MethodSource("waysToEndOnesOwnFuture")
    void whatAFollowerDoesToItsFutureTouchesNobodyElse(Consumer<CompletableFuture<String>> end) {
        CompletableFuture<String> leader = group.executeAsync(KEY, () -> source);
        CompletableFuture<String> before = group.executeAsync(KEY, CompletableFuture::new);
        CompletableFuture<String> mine = group.executeAsync(KEY, CompletableFuture::new);
        CompletableFuture<String> after = group.executeAsync(KEY, CompletableFuture::new);
        try (Callers callers = new Callers()) {
            Caller<String> blocking = callers.follow(group, () -> group.execute(KEY, () -> "not run"));

            end.accept(mine);
            Callers.until("the future has ended", mine::isDone);

            Callers.until("one waiter less", () -> group.stats().waiting() == 4);
            assertThat(group.inFlight())
                    .singleElement()
                    .extracting(FlightInfo::followers)
                    .isEqualTo(3);
            assertThat(source).isNotDone();
            source.complete("value");
            assertThat(blocking.value()).isEqualTo("value");
        }
        assertThat(List.of(leader, before, after))
                .allSatisfy(future -> assertThat(Callers.valueOf(future)).isEqualTo("value"));
        assertThat(mine.handle((value, failure) -> value == null ? failure : value)
                        .join())
                .isNotEqualTo("value");
        assertThat(group.stats().runs()).isEqualTo(1);
        Callers.assertAtRest(group);
    }

    @ParameterizedTest
    @MethodSource("waysToEndOnesOwnFuture")
    void whatTheLeaderDoesToItsFutureTouchesNobodyElse(Consumer<CompletableFuture<String>> end) {
        CompletableFuture<String> leader = group.executeAsync(KEY, () -> source);
        CompletableFuture<String> follower = group.executeAsync(KEY, CompletableFuture::new);

        end.accept(leader);
        Callers.until("the future has ended", leader::isDone);

        Callers.until("one waiter less", () -> group.stats().waiting() == 1);
        assertThat(source).isNotDone();
        CompletableFuture<String> newcomer = group.executeAsync(KEY, CompletableFuture::new);
        source.complete("value");
        assertThat(Callers.valueOf(follower)).isEqualTo("value");
        assertThat(Callers.valueOf(newcomer)).isEqualTo("value");
        assertThat(group.stats().runs()).isEqualTo(1);
        Callers.assertAtRest(group);
    }

    @ParameterizedTest
    @MethodSource("waysToEndOnesOwnFuture")
    void whatIsDoneToAFutureThatHasItsOutcomeTouchesNothing(Consumer<CompletableFuture<String>> end) {
        CompletableFuture<String> leader = group.executeAsync(KEY, () -> source);
        CompletableFuture<String> mine = group.executeAsync(KEY, CompletableFuture::new);
        CompletableFuture<String> other = group.executeAsync(KEY, CompletableFuture::new);
        source.complete("value");
        Callers.valueOf(mine);

        end.accept(mine);

        assertThat(Callers.valueOf(leader)).isEqualTo("value");
        assertThat(Callers.valueOf(other)).isEqualTo("value");
        assertWaitingIsExact();
        Callers.assertAtRest(group);
    }

    @ParameterizedTest
    @MethodSource("waysToEndOnesOwnFuture")
    void waitingGaugeIsExactAfterFuturesThatEndedThemselvesWereUnlinked(Consumer<CompletableFuture<String>> end) {
        CompletableFuture<String> leader = group.executeAsync(KEY, () -> source);
        CompletableFuture<String> mine = group.executeAsync(KEY, CompletableFuture::new);
        List<CompletableFuture<String>> cancelled = new ArrayList<>();
        for (int i = 0; i < 10; i++) {
            cancelled.add(group.executeAsync(KEY, CompletableFuture::new));
        }

        end.accept(mine);
        Callers.until("the future has ended", mine::isDone);
        cancelled.forEach(future -> future.cancel(true));
        source.complete("value");

        assertThat(Callers.valueOf(leader)).isEqualTo("value");
        assertWaitingIsExact();
        Callers.assertAtRest(group);
    }

    @Test
    void eachCallerHasItsOwnFuture() {
        CompletableFuture<String> leader = group.executeAsync(KEY, () -> source);
        CompletableFuture<String> follower = group.executeAsync(KEY, () -> source);

        assertThat(leader).isNotSameAs(source).isNotSameAs(follower);
        assertThat(follower).isNotSameAs(source);
        source.complete("value");
        Callers.assertAtRest(group);
    }

    @Test
    void supplierRunsOnTheCallersThread() {
        Queue<Thread> thread = new ConcurrentLinkedQueue<>();

        CompletableFuture<String> leader = group.executeAsync(KEY, () -> {
            thread.add(Thread.currentThread());
            return source;
        });

        assertThat(thread).containsExactly(Thread.currentThread());
        assertThat(group.inFlight())
                .singleElement()
                .extracting(FlightInfo::leader)
                .as("no thread runs it now")
                .isEqualTo("");
        source.complete("value");
        assertThat(leader).isCompletedWithValue("value");
    }

    @Test
    void futuresThatJoinedABlockingFlightAreNeverCompletedOnTheLeadersThread() {
        Queue<Thread> completing = new ConcurrentLinkedQueue<>();
        SingleFlightGroup<String, String> heard =
                SingleFlightGroup.create(GroupConfig.of("heard").withListener(new FlightListener() {
                    @Override
                    public void onWait(String name, long nanos, WaitEnd end) {
                        completing.add(Thread.currentThread());
                    }
                }));
        HeldCall<String> call = HeldCall.returning("value");
        try (Callers callers = new Callers()) {
            callers.start(() -> heard.execute(KEY, call));
            call.awaitRun();
            CompletableFuture<String> bare = heard.executeAsync(KEY, CompletableFuture::new);
            CompletableFuture<Thread> withCallback =
                    heard.executeAsync(KEY, CompletableFuture::new).thenApply(value -> Thread.currentThread());

            call.release();

            assertThat(Callers.valueOf(bare)).isEqualTo("value");
            assertThat(callers.own(Callers.valueOf(withCallback))).isFalse();
            Callers.until("both waits were heard of", () -> completing.size() == 2);
            assertThat(completing).noneMatch(callers::own);
        }
        Callers.assertAtRest(heard);
    }

    @Test
    void followersCallbacksDoNotRunOnTheThreadThatCompletesTheStage() {
        CompletableFuture<Thread> leader =
                group.executeAsync(KEY, () -> source).thenApply(value -> Thread.currentThread());
        CompletableFuture<Thread> follower =
                group.executeAsync(KEY, () -> source).thenApply(value -> Thread.currentThread());
        try (Callers callers = new Callers()) {
            Caller<Boolean> completing = callers.start(() -> source.complete("value"));

            assertThat(Callers.valueOf(leader)).isSameAs(completing.thread());
            assertThat(Callers.valueOf(follower)).isNotSameAs(completing.thread());
        }
        Callers.assertAtRest(group);
    }

    @Test
    void callbackThatBlocksOnAnotherCallersFutureOfTheSameFlightDoesNotHang() {
        List<CompletableFuture<String>> futures = new ArrayList<>();
        CompletableFuture<String> leader = group.executeAsync(KEY, () -> source);
        for (int i = 0; i < 6; i++) {
            futures.add(group.executeAsync(KEY, CompletableFuture::new));
        }
        List<CompletableFuture<String>> blocking = new ArrayList<>();
        blocking.add(leader.thenApply(value -> Callers.valueOf(futures.get(5))));
        for (int i = 0; i < 6; i++) {
            int next = (i + 1) % 6;
            blocking.add(futures.get(i).thenApply(value -> Callers.valueOf(futures.get(next))));
        }
        try (Callers callers = new Callers()) {
            callers.start(() -> source.complete("value"));

            assertThat(blocking)
                    .allSatisfy(future -> assertThat(Callers.valueOf(future)).isEqualTo("value"));
        }
        Callers.assertAtRest(group);
    }

    @Test
    void callbackOfAFollowerOfABlockingCallThatBlocksOnAnotherDoesNotHang() {
        HeldCall<String> call = HeldCall.returning("value");
        try (Callers callers = new Callers()) {
            callers.start(() -> group.execute(KEY, call));
            call.awaitRun();
            CompletableFuture<String> bare = group.executeAsync(KEY, CompletableFuture::new);
            CompletableFuture<String> first = group.executeAsync(KEY, CompletableFuture::new);
            CompletableFuture<String> second = group.executeAsync(KEY, CompletableFuture::new);
            CompletableFuture<String> afterFirst = first.thenApply(value -> Callers.valueOf(bare));
            CompletableFuture<String> afterSecond = second.thenApply(value -> Callers.valueOf(first));

            call.release();

            assertThat(Callers.valueOf(afterFirst)).isEqualTo("value");
            assertThat(Callers.valueOf(afterSecond)).isEqualTo("value");
        }
        Callers.assertAtRest(group);
    }

    @Test
    void flightOfOneGroupMayCarryTheFlightOfAnother() {
        SingleFlightGroup<String, String> other = SingleFlightGroup.create("other");
        CompletableFuture<String> inner = other.executeAsync(KEY, () -> source);
        CompletableFuture<String> leader = group.executeAsync(KEY, () -> inner);
        CompletableFuture<String> follower = group.executeAsync(KEY, () -> inner);

        source.complete("value");

        assertThat(Callers.valueOf(leader)).isEqualTo("value");
        assertThat(Callers.valueOf(follower)).isEqualTo("value");
        Callers.assertAtRest(group);
        Callers.assertAtRest(other);
    }

    /** A gauge that went below zero looks like zero, until somebody waits. */
    private void assertWaitingIsExact() {
        Callers.until("nobody waits", () -> group.stats().waiting() == 0);
        CompletableFuture<String> pending = new CompletableFuture<>();
        CompletableFuture<String> leader = group.executeAsync("another", () -> pending);
        assertThat(group.stats().waiting()).isEqualTo(1);
        pending.complete("value");
        assertThat(Callers.valueOf(leader)).isEqualTo("value");
    }
}
