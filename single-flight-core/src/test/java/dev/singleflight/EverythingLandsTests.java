package dev.singleflight;

import static org.assertj.core.api.Assertions.assertThat;

import dev.singleflight.Callers.Caller;
import java.io.IOException;
import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Rule 4: whatever a call ends with, its flight lands, nobody hangs and no entry stays. */
class EverythingLandsTests {

    private static final String KEY = "key";

    private final SingleFlightGroup<Object, String> group = SingleFlightGroup.create("landing");

    static Stream<Throwable> everyThrowable() {
        return Stream.of(
                new AssertionError("an error"),
                new StackOverflowError("of a deep call"),
                new OutOfMemoryError("as it were"),
                new IOException("a checked exception"),
                new IllegalStateException("an unchecked exception"));
    }

    @ParameterizedTest
    @MethodSource("everyThrowable")
    void blockingCallThatThrowsLands(Throwable failure) {
        HeldCall<String> call = HeldCall.throwing(failure);
        try (Callers callers = new Callers()) {
            Caller<String> leader = callers.start(() -> group.execute(KEY, call));
            call.awaitRun();
            List<Caller<String>> followers = callers.follow(group, 10, () -> group.execute(KEY, call));
            CompletableFuture<String> future = group.executeAsync(KEY, CompletableFuture::new);

            call.release();

            assertThat(leader.failure()).isSameAs(failure);
            assertThat(followers)
                    .allSatisfy(follower -> assertThat(follower.failure()).isSameAs(failure));
            assertThat(Callers.failureOf(future)).isSameAs(failure);
        }
        assertThat(group.stats().failures()).isEqualTo(1);
        assertThat(group.stats().runs()).isEqualTo(1);
        Callers.assertAtRest(group);
    }

    @ParameterizedTest
    @MethodSource("everyThrowable")
    void stageThatFailsLands(Throwable failure) {
        CompletableFuture<String> source = new CompletableFuture<>();
        CompletableFuture<String> leader = group.executeAsync(KEY, () -> source);
        CompletableFuture<String> future = group.executeAsync(KEY, () -> source);
        try (Callers callers = new Callers()) {
            List<Caller<String>> followers = callers.follow(group, 10, () -> group.execute(KEY, () -> "not run"));

            source.completeExceptionally(failure);

            assertThat(followers)
                    .allSatisfy(follower -> assertThat(follower.failure()).isSameAs(failure));
        }
        assertThat(Callers.failureOf(leader)).isSameAs(failure);
        assertThat(Callers.failureOf(future)).isSameAs(failure);
        assertThat(group.stats().failures()).isEqualTo(1);
        Callers.assertAtRest(group);
    }

    @ParameterizedTest
    @MethodSource("everyThrowable")
    void stageThatHasFailedAlreadyLands(Throwable failure) {
        CompletableFuture<String> leader = group.executeAsync(KEY, () -> CompletableFuture.failedFuture(failure));

        assertThat(leader).isDone();
        assertThat(Callers.failureOf(leader)).isSameAs(failure);
        assertThat(group.stats().failures()).isEqualTo(1);
        Callers.assertAtRest(group);
    }

    @Test
    void stageThatIsCompleteAlreadyLands() {
        CompletableFuture<String> leader = group.executeAsync(KEY, () -> CompletableFuture.completedFuture("value"));

        assertThat(leader).isCompletedWithValue("value");
        Callers.assertAtRest(group);
    }

    static Stream<Throwable> everyUncheckedThrowable() {
        return everyThrowable().filter(failure -> failure instanceof Error || failure instanceof RuntimeException);
    }

    @ParameterizedTest
    @MethodSource("everyUncheckedThrowable")
    void supplierThatThrowsLands(Throwable failure) {
        HeldCall<String> supplier = HeldCall.throwing(failure);
        try (Callers callers = new Callers()) {
            Caller<CompletableFuture<String>> leader = callers.start(() -> group.executeAsync(KEY, supplier::stage));
            supplier.awaitRun();
            CompletableFuture<String> future = group.executeAsync(KEY, CompletableFuture::new);
            List<Caller<String>> followers = callers.follow(group, 5, () -> group.execute(KEY, () -> "not run"));

            supplier.release();

            assertThat(Callers.failureOf(leader.value())).isSameAs(failure);
            assertThat(Callers.failureOf(future)).isSameAs(failure);
            assertThat(followers)
                    .allSatisfy(follower -> assertThat(follower.failure()).isSameAs(failure));
        }
        assertThat(group.stats().failures()).isEqualTo(1);
        Callers.assertAtRest(group);
    }

    @Test
    void supplierThatReturnsNullIsANullPointerExceptionThatNamesTheGroup() {
        CompletableFuture<String> leader = group.executeAsync(KEY, () -> null);

        assertThat(Callers.failureOf(leader))
                .isExactlyInstanceOf(NullPointerException.class)
                .hasMessageContaining("'landing'");
        assertThat(group.stats().failures()).isEqualTo(1);
        Callers.assertAtRest(group);
    }

    @Test
    void stageWhoseEndCannotBeAwaitedLands() {
        RuntimeException failure = new UnsupportedOperationException("no callbacks here");
        CompletionStage<String> deaf = stageThatThrows(failure);

        CompletableFuture<String> leader = group.executeAsync(KEY, () -> deaf);

        assertThat(Callers.failureOf(leader)).isSameAs(failure);
        Callers.assertAtRest(group);
    }

    @Test
    void stageThatIsNoFutureLands() {
        CompletableFuture<String> source = new CompletableFuture<>();
        CompletableFuture<String> leader = group.executeAsync(KEY, source::minimalCompletionStage);
        CompletableFuture<String> follower = group.executeAsync(KEY, source::minimalCompletionStage);

        source.complete("value");

        assertThat(Callers.valueOf(leader)).isEqualTo("value");
        assertThat(Callers.valueOf(follower)).isEqualTo("value");
        Callers.assertAtRest(group);
    }

    @Test
    void executorThatRejectsFailsTheBlockingCall() {
        RuntimeException refusal = new RejectedExecutionException("full");
        SingleFlightGroup<Object, String> refused = groupOn(task -> {
            throw refusal;
        });
        try (Callers callers = new Callers()) {
            Caller<String> leader = callers.start(() -> refused.execute(KEY, () -> "not run"));

            assertThat(leader.failure()).isSameAs(refusal);
        }
        assertThat(refused.stats().failures()).isEqualTo(1);
        Callers.assertAtRest(refused);
    }

    @Test
    void executorThatRejectsFailsTheFuture() {
        RuntimeException refusal = new RejectedExecutionException("full");
        SingleFlightGroup<Object, String> refused = groupOn(task -> {
            throw refusal;
        });

        CompletableFuture<String> leader = refused.executeAsync(KEY, CompletableFuture::new);

        assertThat(Callers.failureOf(leader)).isSameAs(refusal);
        assertThat(refused.stats().failures()).isEqualTo(1);
        Callers.assertAtRest(refused);
    }

    @Test
    void executorThatRejectsFailsThoseWhoFollowToo() {
        RuntimeException refusal = new RejectedExecutionException("full");
        HeldCall<Void> submission = HeldCall.throwing(refusal);
        SingleFlightGroup<Object, String> refused = groupOn(task -> submission.stage());
        try (Callers callers = new Callers()) {
            Caller<String> leader = callers.start(() -> refused.execute(KEY, () -> "not run"));
            submission.awaitRun();
            Caller<String> follower = callers.follow(refused, () -> refused.execute(KEY, () -> "not run"));
            CompletableFuture<String> future = refused.executeAsync(KEY, CompletableFuture::new);

            submission.release();

            assertThat(leader.failure()).isSameAs(refusal);
            assertThat(follower.failure()).isSameAs(refusal);
            assertThat(Callers.failureOf(future)).isSameAs(refusal);
        }
        Callers.assertAtRest(refused);
    }

    @Test
    void executorThatRunsTheCallAndThrowsAllTheSameChangesNothing() {
        List<String> heard = new ArrayList<>();
        SingleFlightGroup<Object, String> odd = SingleFlightGroup.create(GroupConfig.of("landing")
                .withExecutor(task -> {
                    task.run();
                    throw new RejectedExecutionException("after the run");
                })
                .withListener(new FlightListener() {
                    @Override
                    public void onRun(String name, long nanos, Throwable failure) {
                        heard.add(failure == null ? "ran" : "failed");
                    }
                }));

        assertThat(odd.execute(KEY, () -> "value")).isEqualTo("value");
        assertThat(odd.executeAsync(KEY, () -> CompletableFuture.completedFuture("value")))
                .isCompletedWithValue("value");

        assertThat(heard).containsExactly("ran", "ran");
        assertThat(odd.stats().failures()).isZero();
        Callers.assertAtRest(odd);
    }

    @Test
    void executorThatRejectsToTellFuturesIsStoodInFor() {
        Queue<Runnable> tasks = new ConcurrentLinkedQueue<>();
        SingleFlightGroup<Object, String> group = groupOn(task -> {
            if (!tasks.isEmpty()) {
                throw new RejectedExecutionException("one task is enough");
            }
            tasks.add(task);
        });
        try (Callers callers = new Callers()) {
            Caller<String> leader = callers.follow(group, () -> group.execute(KEY, () -> "value"));
            CompletableFuture<String> future = group.executeAsync(KEY, CompletableFuture::new);

            Callers.until("the call is queued", () -> !tasks.isEmpty());
            tasks.element().run();

            assertThat(leader.value()).isEqualTo("value");
            assertThat(Callers.valueOf(future)).isEqualTo("value");
        }
        Callers.assertAtRest(group);
    }

    private static SingleFlightGroup<Object, String> groupOn(Executor executor) {
        return SingleFlightGroup.create(GroupConfig.of("landing").withExecutor(executor));
    }

    @SuppressWarnings("unchecked") // a proxy of an interface without its type argument
    private static CompletionStage<String> stageThatThrows(RuntimeException failure) {
        return (CompletionStage<String>) Proxy.newProxyInstance(
                CompletionStage.class.getClassLoader(),
                new Class<?>[] {CompletionStage.class},
                (proxy, method, args) -> {
                    throw failure;
                });
    }
}
