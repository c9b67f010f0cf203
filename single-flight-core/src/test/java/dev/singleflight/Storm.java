package dev.singleflight;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.LockSupport;
import java.util.logging.Level;
import java.util.logging.Logger;

/**
 * What the {@link Mixture} leaves out, at random: leaders that are cancelled, keep their failures to themselves or are
 * declared stuck, calls that nest in circles, futures that nobody wants any more. Everybody gets an end, and nothing is left.
 */
final class Storm {

    private static final Logger LOGGER = Logger.getLogger("dev.singleflight"); // held: loggers are weakly known

    private static final int KEYS = 8;

    private static final int DEEPEST = 3;

    private final SingleFlightGroup<Integer, String> group;

    Storm(GroupConfig config) {
        this.group = SingleFlightGroup.create(config.withShareFailure(failure -> !(failure instanceof OwnFailure)));
    }

    /** Makes so many calls, and others from within them. */
    void blow(int calls, int threads, long seed) {
        blow(calls, threads, Thread::new, seed);
    }

    void blow(int calls, int threads, ThreadFactory factory, long seed) {
        Level before = LOGGER.getLevel();
        LOGGER.setLevel(Level.OFF); // storms are many, and each would warn of what it is there to raise
        try (Callers callers = new Callers(factory)) {
            for (int i = 0; i < threads; i++) {
                SplittableRandom random = new SplittableRandom(seed + i);
                callers.<Void>start(() -> {
                    for (int call = 0; call < calls / threads; call++) {
                        ask(random, 0);
                    }
                    return null;
                });
            }
        } finally {
            LOGGER.setLevel(before);
        }
        Callers.assertAtRest(group);
    }

    FlightStats stats() {
        return group.stats();
    }

    private void ask(SplittableRandom random, int depth) {
        int key = random.nextInt(KEYS);
        SplittableRandom within = random.split();
        try {
            switch (random.nextInt(8)) {
                case 0 -> {
                    List<CompletableFuture<String>> futures = new ArrayList<>();
                    for (int i = 0; i < 3; i++) {
                        futures.add(group.executeAsync(key, () -> stage(within)));
                    }
                    futures.forEach(future -> future.cancel(true));
                }
                case 1 -> {
                    CompletableFuture<String> future = group.executeAsync(key, () -> stage(within));
                    if (depth == 0) { // a run that waited for a future could close a circle that nobody sees
                        future.get(Callers.LIMIT.toSeconds(), TimeUnit.SECONDS);
                    }
                }
                case 2 -> group.execute(key, Duration.ofNanos(random.nextInt(200_000)), () -> run(within, depth));
                case 3 -> group.forget(key);
                default -> group.execute(key, () -> run(within, depth));
            }
        } catch (OwnFailure | FlightTimeoutException | CancellationException | InterruptedException end) {
            // as good an end as any
        } catch (ExecutionException end) {
            assertThat(end.getCause()).isInstanceOf(OwnFailure.class);
        } catch (TimeoutException hangs) {
            throw new AssertionError("A future does not end", hangs);
        }
    }

    private String run(SplittableRandom random, int depth) throws InterruptedException {
        if (depth < DEEPEST && random.nextInt(4) == 0) {
            ask(random, depth + 1);
        }
        switch (random.nextInt(16)) {
            case 0 -> throw new OwnFailure();
            case 1 -> throw new InterruptedException("cancelled");
            case 2 -> LockSupport.parkNanos(300_000); // longer than followers are patient
            default -> Thread.onSpinWait();
        }
        return "value";
    }

    private static CompletableFuture<String> stage(SplittableRandom random) {
        return switch (random.nextInt(4)) {
            case 0 -> CompletableFuture.failedFuture(new OwnFailure());
            case 1 -> new CompletableFuture<String>().completeOnTimeout("late", 300, TimeUnit.MICROSECONDS);
            default -> CompletableFuture.completedFuture("value");
        };
    }

    private static final class OwnFailure extends RuntimeException {

        private static final long serialVersionUID = 1;

        OwnFailure() {
            super("its own", null, false, false);
        }
    }
}
