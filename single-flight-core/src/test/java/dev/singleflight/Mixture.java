package dev.singleflight;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;

import dev.singleflight.FlightLog.Call;
import dev.singleflight.FlightLog.Forget;
import dev.singleflight.FlightLog.Run;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Queue;
import java.util.SplittableRandom;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.ForkJoinPool;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/**
 * One group and a crowd that asks it at random: blocking calls with and without patience, interrupted ones, futures
 * joined, cancelled or with callbacks that ask again, forgets, re-entries; their runs end with values, exceptions and
 * errors, at once or as a stage. The {@link FlightLog} judges what each caller got, and afterwards nothing may be left.
 *
 * <p>The crowd cannot block itself: a run waits only for its own key's newer flights or for greater keys, a callback
 * waits for nothing, and stages are ended by a thread of their own. So whoever waits for longer than the limit hangs.
 */
final class Mixture {

    private static final int KEYS = 1_000;

    private static final int DEEPEST = 2;

    private static final long LIMIT_SECONDS = 30;

    private final FlightLog log = new FlightLog();

    private final LongAdder calls = new LongAdder();

    private final LongAdder failures = new LongAdder();

    private final LongAdder rejected = new LongAdder();

    private final LongAdder forgotten = new LongAdder();

    private final LongAdder bypassed = new LongAdder();

    private final LongAdder runsHeard = new LongAdder();

    private final LongAdder waitsHeard = new LongAdder();

    private final Queue<String> violations = new ConcurrentLinkedQueue<>();

    private final BlockingQueue<Runnable> stages = new LinkedBlockingQueue<>();

    private final Queue<CompletableFuture<?>> callbacks = new ConcurrentLinkedQueue<>();

    private final long seed;

    private final SingleFlightGroup<Key, Run> group;

    Mixture(GroupConfig config, long seed) {
        this.seed = seed;
        this.group = SingleFlightGroup.create(config.withListener(new FlightListener() {
            @Override
            public void onRun(String group, long nanos, @Nullable Throwable failure) {
                runsHeard.increment();
            }

            @Override
            public void onWait(String group, long nanos, WaitEnd end) {
                waitsHeard.increment();
            }
        }));
    }

    /** Makes so many calls, and others from within them, and judges. */
    void fly(int total, int threads, ThreadFactory factory) throws Exception {
        AtomicInteger next = new AtomicInteger();
        List<Thread> crowd = new ArrayList<>();
        for (int i = 0; i < threads; i++) {
            SplittableRandom random = new SplittableRandom(seed + i);
            crowd.add(factory.newThread(() -> {
                for (int call = next.getAndIncrement(); call < total; call = next.getAndIncrement()) {
                    int wave = (int) ((long) call * KEYS / total);
                    guarded(() -> new Caller(random).ask(wave));
                }
            }));
        }
        AtomicInteger lastStage = new AtomicInteger();
        Thread stageHand = factory.newThread(() -> {
            while (lastStage.get() == 0) {
                guarded(this::endOneStage);
            }
        });
        crowd.forEach(Thread::start);
        stageHand.start();
        for (Thread caller : crowd) {
            join(caller);
        }
        for (CompletableFuture<?> callback = callbacks.poll(); callback != null; callback = callbacks.poll()) {
            callback.get(LIMIT_SECONDS, SECONDS);
        }
        stages.add(lastStage::incrementAndGet);
        join(stageHand);
        if (group.config().executor() instanceof ExecutorService executor) {
            executor.shutdown();
            assertThat(executor.awaitTermination(LIMIT_SECONDS, SECONDS)).isTrue();
        }
        assertThat(ForkJoinPool.commonPool().awaitQuiescence(LIMIT_SECONDS, SECONDS))
                .isTrue();
        judge();
    }

    FlightStats stats() {
        return group.stats();
    }

    private void judge() {
        violations.addAll(log.violations());
        assertThat(violations.stream().limit(10)).as("seed %s", seed).isEmpty();
        long runs = log.runs().size();
        FlightStats stats = group.stats();
        assertThat(stats)
                .as("seed %s", seed)
                .isEqualTo(new FlightStats(
                        calls.sum(),
                        runs,
                        calls.sum() - (runs - stats.successions()) - rejected.sum(),
                        0,
                        stats.bypassed(),
                        rejected.sum(),
                        failures.sum(),
                        stats.successions(),
                        0,
                        forgotten.sum(),
                        0,
                        0));
        assertThat(stats.bypassed()).as("seed %s", seed).isGreaterThanOrEqualTo(bypassed.sum());
        assertThat(group.inFlight()).as("seed %s", seed).isEmpty();
        assertThat(runsHeard.sum()).as("seed %s", seed).isEqualTo(stats.runs());
        assertThat(waitsHeard.sum()).as("seed %s", seed).isEqualTo(stats.joined());
        if (group.config().executor() == null) {
            assertThat(group.fly(new Key(-1), () -> log.begin(log.call("afterwards")))
                            .role())
                    .as("seed %s: nothing is in flight, so the next caller leads", seed)
                    .isEqualTo(Role.LEADER);
        }
    }

    private void guarded(Runnable step) {
        try {
            step.run();
        } catch (Throwable unexpected) {
            violations.add("unexpected: " + unexpected + " at " + Arrays.toString(unexpected.getStackTrace()));
        }
    }

    private void endOneStage() {
        try {
            stages.take().run();
        } catch (InterruptedException unexpected) {
            violations.add("the thread that ends the stages was interrupted");
        }
    }

    /** Waits for its end for as long as somebody gets on. */
    private void join(Thread thread) throws InterruptedException {
        long before = -1;
        for (long now = calls.sum(); thread.isAlive() && now > before; now = calls.sum()) {
            before = now;
            thread.join(SECONDS.toMillis(LIMIT_SECONDS));
        }
        assertThat(thread.isAlive())
                .as("seed %s: hangs at %s", seed, Arrays.toString(thread.getStackTrace()))
                .isFalse();
    }

    /** What the group gave the caller: an outcome, or a reason why there is none. */
    private void settle(Call call, Object given) {
        Object end = given;
        while ((end instanceof CompletionException || end instanceof ExecutionException)
                && ((Throwable) end).getCause() != null) {
            end = ((Throwable) end).getCause();
        }
        if (end instanceof Run run) {
            log.learned(call, run, end);
        } else if (end instanceof RunException failure) {
            log.learned(call, failure.run, end);
        } else if (end instanceof RunError failure) {
            log.learned(call, failure.run, end);
        } else if (end instanceof FlightRejectedException) {
            rejected.increment();
        } else if (end instanceof FlightInterruptedException) {
            if (!Thread.currentThread().isInterrupted()) {
                violations.add(call + " was interrupted without a flag");
            }
        } else if (!(end instanceof FlightTimeoutException)) {
            violations.add(call + " got " + end);
        }
    }

    /** One who asks, or a run that asks from within. Confined to one thread at a time. */
    private final class Caller {

        private final SplittableRandom random;

        Caller(SplittableRandom random) {
            this.random = random;
        }

        /** Asks for one of the few keys that the crowd is at now, or for any. */
        void ask(int wave) {
            Key key = new Key(random.nextInt(5) == 0 ? random.nextInt(KEYS) : (wave + random.nextInt(3)) % KEYS);
            switch (random.nextInt(16)) {
                case 0 -> forget(key);
                case 1 -> cancel(key);
                case 2 -> withCallback(key, 0);
                case 3, 4 -> joinFuture(key, call(key, false), 0);
                case 5, 6, 7 -> executeImpatiently(key);
                case 8 -> {
                    Thread.currentThread().interrupt();
                    fly(key, call(key, false), DEEPEST);
                    assertThat(Thread.interrupted()).isTrue();
                }
                default -> fly(key, call(key, false), 0);
            }
            if (random.nextInt(16) == 0) {
                forget(key);
            }
        }

        private Call call(Key key, boolean reentry) {
            calls.increment();
            boolean pastBounds = group.config().overflow() == Overflow.BYPASS
                    && group.config().maxFlights() != GroupConfig.UNLIMITED;
            return reentry || pastBounds ? log.callThatMayBypass(key) : log.call(key);
        }

        private void fly(Key key, Call call, int depth) {
            Caller within = new Caller(random.split());
            try {
                FlightResult<Run> result = group.fly(key, () -> within.run(key, call, depth));
                settle(call, result.value());
                log.role(call, result.value(), result.role(), result.shared());
                if (result.role() == Role.BYPASS) {
                    bypassed.increment();
                }
            } catch (Throwable failure) {
                settle(call, failure);
            }
        }

        private void executeImpatiently(Key key) {
            Call call = call(key, false);
            Caller within = new Caller(random.split());
            Duration patience = Duration.ofNanos(random.nextInt(3) * 10_000L);
            try {
                settle(call, group.execute(key, patience, () -> within.run(key, call, 0)));
            } catch (Throwable failure) {
                settle(call, failure);
            }
        }

        private void joinFuture(Key key, Call call, int depth) {
            try {
                settle(call, start(key, call, depth).get(LIMIT_SECONDS, SECONDS));
            } catch (TimeoutException hung) {
                violations.add(call + " hangs");
            } catch (Throwable failure) {
                settle(call, failure);
            }
        }

        private void cancel(Key key) {
            Call call = call(key, false);
            CompletableFuture<Run> future = start(key, call, 0);
            pause();
            if (!future.cancel(true)) {
                try {
                    settle(call, future.join());
                } catch (Throwable failure) {
                    settle(call, failure);
                }
            }
        }

        /** The callback asks again, on whatever thread it is called: what it learned it must not get again. */
        private void withCallback(Key key, int asked) {
            Call call = call(key, false);
            CompletableFuture<Run> future = start(key, call, asked == 0 ? 0 : DEEPEST);
            Caller later = new Caller(random.split());
            callbacks.add(future.handle((run, failure) -> {
                guarded(() -> {
                    settle(call, failure == null ? run : failure);
                    if (asked < DEEPEST && later.random.nextBoolean()) {
                        later.withCallback(key, asked + 1);
                    }
                });
                return null;
            }));
        }

        private CompletableFuture<Run> start(Key key, Call call, int depth) {
            Caller within = new Caller(random.split());
            return group.executeAsync(key, () -> within.runStage(key, call, depth));
        }

        private void forget(Key key) {
            int way = random.nextInt(512);
            Forget forget = log.forgetting(way == 0 ? null : key);
            int found = switch (way) {
                case 0 -> group.forgetAll();
                case 1, 2, 3, 4 -> group.forgetIf(key::equals);
                default -> group.forget(key) ? 1 : 0;
            };
            log.forgot(forget, found != 0);
            forgotten.add(found);
        }

        private Run run(Key key, Call call, int depth) throws RunException {
            Run run = log.begin(call);
            work(key, depth);
            Object outcome = outcome(run);
            log.end(run, outcome);
            if (outcome instanceof RunException failure) {
                throw failure;
            }
            if (outcome instanceof RunError failure) {
                throw failure;
            }
            return run;
        }

        /** A run that has ended when its stage is there, or ends with it later. */
        private CompletableFuture<Run> runStage(Key key, Call call, int depth) {
            Run run = log.begin(call);
            work(key, depth);
            Object outcome = outcome(run);
            CompletableFuture<Run> stage = new CompletableFuture<>();
            Runnable end = () -> {
                log.end(run, outcome);
                if (outcome instanceof Throwable failure) {
                    stage.completeExceptionally(failure);
                } else {
                    stage.complete(run);
                }
            };
            if (random.nextInt(3) == 0) {
                end.run();
            } else {
                stages.add(end);
            }
            return stage;
        }

        private Object outcome(Run run) {
            Object outcome = switch (random.nextInt(8)) {
                case 0 -> new RunException(run);
                case 1 -> new RunError(run);
                default -> run;
            };
            if (!run.equals(outcome)) {
                failures.increment();
            }
            return outcome;
        }

        private void work(Key key, int depth) {
            pause();
            if (random.nextInt(32) == 0) {
                forget(key);
            }
            if (depth < DEEPEST && group.config().executor() == null && random.nextInt(16) == 0) {
                boolean same = random.nextBoolean();
                Key asked = same ? key : new Key(key.number + 1 + random.nextInt(3));
                if (random.nextBoolean()) {
                    fly(asked, call(asked, same), depth + 1);
                } else {
                    joinFuture(asked, call(asked, same), depth + 1);
                }
            }
            pause();
        }

        /** Lets others run, so that they come while this one is up; nothing depends on whether they do. */
        @SuppressWarnings("ThreadPriorityCheck")
        private void pause() {
            for (int times = random.nextInt(4) == 0 ? random.nextInt(8) : 0; times > 0; times--) {
                Thread.yield();
            }
        }
    }

    /** A key whose hash code is that of three others. */
    private record Key(int number) {

        @Override
        public int hashCode() {
            return number / 4;
        }
    }

    private static final class RunException extends Exception {

        private static final long serialVersionUID = 1;

        private final transient Run run;

        RunException(Run run) {
            super("a run's", null, true, false);
            this.run = run;
        }
    }

    private static final class RunError extends Error {

        private static final long serialVersionUID = 1;

        private final transient Run run;

        RunError(Run run) {
            super("a run's", null, true, false);
            this.run = run;
        }
    }
}
