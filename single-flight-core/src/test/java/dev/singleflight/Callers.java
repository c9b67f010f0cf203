package dev.singleflight;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;

/** Callers of groups, each on a thread of its own. Closing waits for all of them: a test leaves no thread behind. */
final class Callers implements AutoCloseable {

    static final Duration LIMIT = Duration.ofSeconds(20);

    private final ThreadFactory threads;

    private final Queue<Caller<?>> started = new ConcurrentLinkedQueue<>();

    Callers() {
        this(Thread::new);
    }

    Callers(ThreadFactory threads) {
        this.threads = threads;
    }

    /** The kinds of threads that this JDK has. */
    static Stream<Kind> kinds() {
        Kind platform = new Kind("platform", Thread::new, 500);
        return Stream.concat(
                Stream.of(platform), virtualThreads().stream().map(factory -> new Kind("virtual", factory, 10_000)));
    }

    /** Starts a caller. */
    <T> Caller<T> start(Callable<? extends T> call) {
        Caller<T> caller = new Caller<>(call, threads);
        started.add(caller);
        caller.thread.start();
        return caller;
    }

    /** Starts a caller and waits until the group says that one more waits. */
    <T> Caller<T> follow(SingleFlightGroup<?, ?> group, Callable<? extends T> call) {
        return this.<T>follow(group, 1, call).get(0);
    }

    /** Starts so many callers and waits until the group says that so many more wait, and their threads have parked. */
    <T> List<Caller<T>> follow(SingleFlightGroup<?, ?> group, int count, Callable<? extends T> call) {
        long before = group.stats().waiting();
        List<Caller<T>> callers = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            callers.add(start(call));
        }
        until(count + " more callers wait", () -> group.stats().waiting() == before + count);
        until("all of them are parked", () -> callers.stream().noneMatch(Caller::isRunning));
        return callers;
    }

    /** Runs each task on a thread of its own. */
    Executor executor() {
        return task -> start(() -> {
            task.run();
            return null;
        });
    }

    /** Whether the thread is one of these callers'. */
    boolean own(Thread thread) {
        return started.stream().anyMatch(caller -> caller.thread == thread);
    }

    @Override
    public void close() {
        started.forEach(Caller::end);
    }

    /** Waits for the condition. */
    static void until(String what, BooleanSupplier condition) {
        long start = System.nanoTime();
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() - start > LIMIT.toNanos()) {
                throw new AssertionError("Not within " + LIMIT + ": " + what);
            }
            LockSupport.parkNanos(50_000);
        }
    }

    /** The value of a future. */
    static <T> T valueOf(CompletableFuture<T> future) {
        try {
            return future.get(LIMIT.toSeconds(), TimeUnit.SECONDS);
        } catch (ExecutionException failed) {
            throw new AssertionError("The future failed", failed.getCause());
        } catch (TimeoutException | InterruptedException noEnd) {
            throw new AssertionError("The future does not end", noEnd);
        }
    }

    /** What a future failed with, as its own callbacks see it. */
    static Throwable failureOf(CompletableFuture<?> future) {
        Throwable failure = valueOf(future.handle((value, thrown) -> thrown));
        assertThat(failure).as("what the future failed with").isNotNull();
        return failure;
    }

    /** No flight is up, nobody waits, and each call had one role. */
    static void assertAtRest(SingleFlightGroup<?, ?> group) {
        until("nobody waits", () -> group.stats().waiting() == 0);
        until("nothing is in flight", () -> group.inFlight().isEmpty());
        FlightStats stats = group.stats();
        assertThat(stats.active()).isZero();
        assertThat(stats.calls())
                .as("led + joined + reused + bypassed + rejected")
                .isEqualTo(stats.runs() - stats.successions() + stats.joined() + stats.reused() + stats.rejected());
        assertThat(stats.failures()).isLessThanOrEqualTo(stats.runs());
    }

    private static Optional<ThreadFactory> virtualThreads() {
        try {
            Object builder = Thread.class.getMethod("ofVirtual").invoke(null);
            return Optional.of((ThreadFactory) Class.forName("java.lang.Thread$Builder")
                    .getMethod("factory")
                    .invoke(builder));
        } catch (NoSuchMethodException olderJdk) {
            return Optional.empty();
        } catch (ReflectiveOperationException changed) {
            throw new LinkageError("This JDK makes virtual threads in another way", changed);
        }
    }

    /** A kind of threads, and how many of them are a herd. */
    record Kind(String name, ThreadFactory threads, int herd) {

        @Override
        public String toString() {
            return herd + " " + name + " threads";
        }
    }

    /** One caller, and what it got. */
    static final class Caller<T> {

        private final Thread thread;

        // Written by the thread, read after its end.
        private T value;
        private Throwable failure;
        private boolean interrupted;

        private Caller(Callable<? extends T> call, ThreadFactory threads) {
            this.thread = threads.newThread(() -> {
                try {
                    value = call.call();
                } catch (Throwable thrown) {
                    failure = thrown;
                }
                interrupted = Thread.currentThread().isInterrupted();
            });
            if (!thread.isDaemon()) {
                thread.setDaemon(true); // a caller that hangs fails its test, and does not hang the build
            }
        }

        T value() {
            end();
            if (failure != null) {
                throw new AssertionError("The caller failed", failure);
            }
            return value;
        }

        /** What it was thrown. */
        Throwable failure() {
            end();
            assertThat(failure).as("what the caller was thrown").isNotNull();
            return failure;
        }

        /** Whether its interrupt flag was set at its end. */
        boolean endedInterrupted() {
            end();
            return interrupted;
        }

        void interrupt() {
            thread.interrupt();
        }

        /** Wakes it as parked threads may wake: for no reason. */
        void wake() {
            LockSupport.unpark(thread);
        }

        Thread thread() {
            return thread;
        }

        private boolean isRunning() {
            return thread.getState() == Thread.State.RUNNABLE;
        }

        @Override
        public String toString() {
            return thread.toString();
        }

        private void end() {
            try {
                thread.join(LIMIT.toMillis());
            } catch (InterruptedException stopped) {
                throw new AssertionError("The test was stopped while it waited for " + thread, stopped);
            }
            if (thread.isAlive()) {
                throw new AssertionError(thread + " hangs at "
                        + Arrays.toString(thread.getStackTrace()).replace(", ", "\n\tat "));
            }
        }
    }
}
