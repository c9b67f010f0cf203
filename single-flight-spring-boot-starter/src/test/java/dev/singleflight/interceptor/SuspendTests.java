package dev.singleflight.interceptor;

import static dev.singleflight.Callers.awaitUntil;
import static dev.singleflight.Callers.failure;
import static dev.singleflight.Callers.group;
import static dev.singleflight.Callers.value;
import static org.assertj.core.api.Assertions.assertThat;

import dev.singleflight.SingleFlightGroup;
import dev.singleflight.autoconfigure.SingleFlightAutoConfiguration;
import java.io.IOException;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;

/** Kotlin's suspending functions: a coroutine that waits holds no thread. */
class SuspendTests {

    private final Coroutines coroutines = new Coroutines();

    private final ApplicationContextRunner contexts = new ApplicationContextRunner()
            .withConfiguration(AutoConfigurations.of(SingleFlightAutoConfiguration.class))
            .withBean(SuspendingKotlinUsers.class);

    @Test
    void coroutinesShareARun() {
        inContext("suspending", (users, group) -> {
            CompletableFuture<String> leader = coroutines.find(users, 7);
            CompletableFuture<String> follower = coroutines.find(users, 7);
            awaitWaiting(group, 2);
            users.getGate().complete("Ann");

            assertThat(value(leader)).isEqualTo("Ann");
            assertThat(value(follower)).isEqualTo("Ann");
            assertThat(users.getRuns()).hasValue(1);
        });
    }

    @Test
    void nullIsAValue() {
        inContext("suspending", (users, group) -> {
            CompletableFuture<String> leader = coroutines.find(users, 7);
            CompletableFuture<String> follower = coroutines.find(users, 7);
            awaitWaiting(group, 2);
            users.getGate().complete(null);

            assertThat(value(leader)).isNull();
            assertThat(value(follower)).isNull();
        });
    }

    @Test
    void theContinuationIsNoPartOfTheDefaultKey() {
        inContext("suspending by default", (users, group) -> {
            CompletableFuture<String> leader = coroutines.findNamed(users, "Ann", null);
            CompletableFuture<String> follower = coroutines.findNamed(users, "Ann", null);
            CompletableFuture<String> other = coroutines.findNamed(users, "Ann", "Lee");
            awaitWaiting(group, 3);
            assertThat(group.inFlight()).hasSize(2);
            users.getGate().complete("found");

            assertThat(value(leader)).isEqualTo("found");
            assertThat(value(follower)).isEqualTo("found");
            assertThat(value(other)).isEqualTo("found");
        });
    }

    @Test
    void theContinuationIsNoneOfTheRootsArguments() {
        inContext("suspending by root", (users, group) -> {
            CompletableFuture<String> leader = coroutines.findByRoot(users, "Ann", null);
            CompletableFuture<String> follower = coroutines.findByRoot(users, "Ann", null);
            awaitWaiting(group, 2);
            assertThat(group.inFlight()).hasSize(1);
            users.getGate().complete("found");

            assertThat(value(leader)).isEqualTo("found");
            assertThat(value(follower)).isEqualTo("found");
        });
    }

    @Test
    void theRunHasTheLeadersCoroutineContext() {
        inContext("suspending for", (users, group) -> {
            CompletableFuture<String> leader = coroutines.findFor(users, 7, "leader");
            awaitWaiting(group, 1);
            CompletableFuture<String> follower = coroutines.findFor(users, 7, "follower");
            awaitWaiting(group, 2);
            users.getGate().complete("go");

            assertThat(value(leader)).isEqualTo("user 7 for leader");
            assertThat(value(follower)).isEqualTo("user 7 for leader");
        });
    }

    @Test
    void everyCoroutineGetsTheFailure() {
        inContext("failing", (users, group) -> {
            CompletableFuture<String> leader = coroutines.fail(users, 7);
            CompletableFuture<String> follower = coroutines.fail(users, 7);
            awaitWaiting(group, 2);
            users.getGate().complete("go");

            assertThat(failure(leader)).isInstanceOf(IOException.class).hasMessage("no user 7");
            assertThat(failure(follower)).isInstanceOf(IOException.class).hasMessage("no user 7");
        });
    }

    @Test
    void aCoroutineThatIsCancelledLeavesAloneAndTheLastEndsTheRun() {
        inContext("suspending", (users, group) -> {
            CompletableFuture<String> leader = coroutines.find(users, 7);
            CompletableFuture<String> follower = coroutines.find(users, 7);
            awaitWaiting(group, 2);
            awaitUntil(() -> users.getRuns().get() == 1); // one that is cancelled before it runs counts nothing
            leader.cancel(true);
            awaitWaiting(group, 1);
            assertThat(users.getCancelled()).hasValue(0);
            follower.cancel(true);

            awaitUntil(() -> users.getCancelled().get() == 1);
            awaitUntil(() -> group.inFlight().isEmpty());
            assertThat(users.getRuns()).hasValue(1);
        });
    }

    @Test
    void itForgetsWhenItHasSucceeded() {
        inContext("suspending", (users, group) -> {
            CompletableFuture<String> before = coroutines.find(users, 3);
            awaitWaiting(group, 1);
            assertThat(value(coroutines.update(users, 3))).isEqualTo(3);
            assertThat(group.inFlight()).isEmpty();

            CompletableFuture<String> after = coroutines.find(users, 3);
            awaitWaiting(group, 2);
            assertThat(value(coroutines.add(users, "Ann"))).isEqualTo(3);
            assertThat(group.inFlight()).isEmpty();
            users.getGate().complete("Ann");
            assertThat(value(before)).isEqualTo("Ann");
            assertThat(value(after)).isEqualTo("Ann");
        });
    }

    private static void awaitWaiting(SingleFlightGroup<?, ?> group, int callers) {
        awaitUntil(() -> group.stats().waiting() == callers);
    }

    private void inContext(String group, Scene scene) {
        contexts.run(context -> {
            assertThat(context).hasNotFailed();
            scene.play(context.getBean(SuspendingKotlinUsers.class), group(context, group));
        });
    }

    @FunctionalInterface
    interface Scene {
        void play(SuspendingKotlinUsers users, SingleFlightGroup<?, ?> group) throws Exception;
    }
}
