package dev.singleflight;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.BooleanSupplier;
import org.springframework.beans.factory.BeanFactory;

/** Callers on threads of their own, ordered by what the group says of them. */
public final class Callers {

    /** Ends every wait of a test; far longer than any takes. */
    public static final Duration LIMIT = Duration.ofSeconds(30);

    private Callers() {}

    /** A call on a thread of its own. The future ends with the very value or Throwable of the call. */
    public static <T> CompletableFuture<T> start(Callable<T> call) {
        CompletableFuture<T> outcome = new CompletableFuture<>();
        Thread thread = new Thread(
                () -> {
                    try {
                        outcome.complete(call.call());
                    } catch (Throwable thrown) {
                        outcome.completeExceptionally(thrown);
                    }
                },
                "caller");
        thread.setDaemon(true);
        thread.start();
        return outcome;
    }

    /**
     * A leader, and then so many followers of its flight that there are {@code callers}; lets them go, and gives every
     * outcome once all have ended.
     */
    public static <T> List<CompletableFuture<T>> herd(
            int callers, Gate gate, BeanFactory beans, String group, Callable<T> call) {
        List<CompletableFuture<T>> outcomes = new ArrayList<>();
        outcomes.add(start(call));
        gate.awaitRuns(1);
        for (int follower = 1; follower < callers; follower++) {
            outcomes.add(start(call));
        }
        SingleFlightGroup<?, ?> flights = group(beans, group);
        awaitUntil(() -> flights.stats().waiting() == callers - 1 || gate.runs() > 1);
        gate.open();
        outcomes.forEach(Callers::awaitEnd);
        return outcomes;
    }

    /** The group of this name, which must exist. */
    public static SingleFlightGroup<?, ?> group(BeanFactory beans, String name) {
        SingleFlightGroups groups = beans.getBean(SingleFlightGroups.class);
        assertThat(groups.all()).extracting(SingleFlightGroup::name).contains(name);
        return groups.find(name).orElseThrow();
    }

    /** Waits until so many callers wait for flights of the group. */
    public static void awaitWaiting(SingleFlightGroup<?, ?> group, int waiting) {
        awaitUntil(() -> group.stats().waiting() == waiting);
    }

    /** Waits for a condition, for a limited time. */
    public static void awaitUntil(BooleanSupplier condition) {
        await().pollDelay(Duration.ZERO)
                .pollInterval(Duration.ofMillis(1))
                .atMost(LIMIT)
                .until(condition::getAsBoolean);
    }

    /** What the call returned, once it has. */
    public static <T> T value(CompletableFuture<T> outcome) {
        awaitEnd(outcome);
        return outcome.join();
    }

    /** The very Throwable that the call ended with, once it has. */
    public static Throwable failure(CompletableFuture<?> outcome) {
        awaitEnd(outcome);
        assertThat(outcome).isCompletedExceptionally();
        return outcome.handle((value, failure) -> failure).join();
    }

    private static void awaitEnd(CompletableFuture<?> outcome) {
        try {
            outcome.get(LIMIT.toSeconds(), TimeUnit.SECONDS);
        } catch (ExecutionException ended) {
            assertThat(ended).hasCauseInstanceOf(Throwable.class);
        } catch (TimeoutException | InterruptedException endless) {
            throw new AssertionError("The call did not end", endless);
        }
    }
}
