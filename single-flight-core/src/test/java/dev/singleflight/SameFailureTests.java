package dev.singleflight;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.singleflight.Callers.Caller;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Rule 5: every caller gets the very instance, of its own type, wrapped in nothing. */
class SameFailureTests {

    private static final String KEY = "key";

    private final SingleFlightGroup<String, String> group = SingleFlightGroup.create("failures");

    /** Nothing that a blocking call throws is unwrapped, even where it looks like a wrapper. */
    static Stream<Throwable> whatBlockingCallsThrow() {
        Throwable cause = new IOException("cause");
        return Stream.of(
                cause,
                new AssertionError("an error"),
                new CompletionException(cause),
                new ExecutionException(cause),
                new CancellationException("cancelled inside"));
    }

    @ParameterizedTest
    @MethodSource("whatBlockingCallsThrow")
    void everyCallerOfABlockingCallGetsTheVeryInstance(Throwable failure) {
        HeldCall<String> call = HeldCall.throwing(failure);
        try (Callers callers = new Callers()) {
            Caller<String> leader = callers.start(() -> group.execute(KEY, call));
            call.awaitRun();
            List<Caller<FlightResult<String>>> followers = callers.follow(group, 10, () -> group.fly(KEY, call));

            call.release();

            assertThat(leader.failure()).isSameAs(failure);
            assertThat(followers)
                    .allSatisfy(follower -> assertThat(follower.failure()).isSameAs(failure));
        }
        Callers.assertAtRest(group);
    }

    @ParameterizedTest
    @MethodSource("whatBlockingCallsThrow")
    void futureThatJoinedABlockingCallFailsWithTheVeryInstance(Throwable failure) {
        HeldCall<String> call = HeldCall.throwing(failure);
        try (Callers callers = new Callers()) {
            callers.start(() -> group.execute(KEY, call));
            call.awaitRun();
            CompletableFuture<String> future = group.executeAsync(KEY, CompletableFuture::new);

            call.release();

            assertThat(Callers.failureOf(future)).isSameAs(failure);
        }
        Callers.assertAtRest(group);
    }

    @Test
    void checkedExceptionIsThrownAsDeclared() {
        IOException failure = new IOException("declared");
        try {
            group.execute(KEY, () -> {
                throw failure;
            });
            throw new AssertionError("nothing was thrown");
        } catch (IOException thrown) {
            assertThat(thrown).isSameAs(failure);
        }
    }

    @Test
    void failureOfABypassIsItsOwn() {
        IOException failure = new IOException("declared");

        assertThatThrownBy(() -> group.bypass(() -> {
                    throw failure;
                }))
                .isSameAs(failure);
        assertThat(Callers.failureOf(group.bypassAsync(() -> CompletableFuture.failedFuture(failure))))
                .isSameAs(failure);
        assertThat(group.stats().failures()).isEqualTo(2);
    }

    @Test
    void blockingFollowersOfAStageGetTheCauseAndFuturesEndAsTheStageDid() {
        IOException cause = new IOException("cause");
        CompletableFuture<String> source = new CompletableFuture<>();
        CompletableFuture<String> stage = source.thenApply(value -> value); // wraps what its source fails with
        CompletableFuture<String> leader = group.executeAsync(KEY, () -> stage);
        CompletableFuture<String> future = group.executeAsync(KEY, () -> stage);
        try (Callers callers = new Callers()) {
            Caller<String> follower = callers.follow(group, () -> group.execute(KEY, () -> "not run"));

            source.completeExceptionally(cause);

            assertThat(follower.failure()).isSameAs(cause);
        }
        Throwable original = Callers.failureOf(stage);
        assertThat(original).isInstanceOf(CompletionException.class).hasCause(cause);
        assertThat(Callers.failureOf(leader)).isSameAs(original);
        assertThat(Callers.failureOf(future)).isSameAs(original);
        assertThatThrownBy(future::get)
                .isInstanceOf(ExecutionException.class)
                .cause()
                .isSameAs(cause);
        assertThatThrownBy(future::join).isSameAs(original);
        Callers.assertAtRest(group);
    }

    @Test
    void blockingFollowersGetTheInnermostCauseOfNestedWrappers() {
        IOException cause = new IOException("cause");
        CompletableFuture<String> source = new CompletableFuture<>();
        CompletableFuture<String> leader = group.executeAsync(KEY, () -> source);
        try (Callers callers = new Callers()) {
            Caller<String> follower = callers.follow(group, () -> group.execute(KEY, () -> "not run"));

            source.completeExceptionally(new CompletionException(new ExecutionException(cause)));

            assertThat(follower.failure()).isSameAs(cause);
        }
        assertThat(leader).isCompletedExceptionally();
        Callers.assertAtRest(group);
    }

    @Test
    void wrapperWithoutACauseStaysAsItIs() {
        CompletionException bare = new CompletionException("bare", null);
        CompletableFuture<String> source = new CompletableFuture<>();
        CompletableFuture<String> leader = group.executeAsync(KEY, () -> source);
        try (Callers callers = new Callers()) {
            Caller<String> follower = callers.follow(group, () -> group.execute(KEY, () -> "not run"));

            source.completeExceptionally(bare);

            assertThat(follower.failure()).isSameAs(bare);
        }
        assertThat(Callers.failureOf(leader)).isSameAs(bare);
        Callers.assertAtRest(group);
    }

    @Test
    void whatOneCallerAddsToTheFailureAllCallersSee() {
        HeldCall<String> call = HeldCall.throwing(new IllegalStateException("shared"));
        try (Callers callers = new Callers()) {
            Caller<String> leader = callers.start(() -> group.execute(KEY, call));
            call.awaitRun();
            Caller<String> follower = callers.follow(group, () -> group.execute(KEY, call));
            call.release();
            Exception added = new IOException("added by one");

            follower.failure().addSuppressed(added);

            assertThat(leader.failure().getSuppressed()).containsExactly(added);
            assertThat(leader.failure().getStackTrace()[0].getClassName()).contains("SameFailureTests");
        }
    }
}
