package dev.singleflight;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ForkJoinPool;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Everything at once for a while, {@code -Dsoak.seconds=...}: heap and threads are afterwards what they were before. */
class SoakTests {

    private static final Logger LOGGER = System.getLogger(SoakTests.class.getName());

    private static final Duration TIME = Duration.ofSeconds(Long.getLong("soak.seconds", 10));

    /** What a JVM that runs warm may gain: profiles of code, buffers of threads. */
    private static final long TOLERANCE = 4L << 20;

    @Test
    @Timeout(value = 20, unit = TimeUnit.MINUTES)
    void heapAndThreadsAreWhatTheyWereBefore() throws Exception {
        long seed = System.nanoTime();
        round(seed, new Sum());
        long heapBefore = heap();
        int threadsBefore = threads();

        Sum sum = new Sum();
        for (long start = System.nanoTime(); System.nanoTime() - start < TIME.toNanos(); sum.rounds++) {
            round(seed + sum.rounds, sum);
        }

        Callers.until("the threads have ended", () -> threads() <= threadsBefore);
        Callers.until("the heap is as before", () -> heap() <= heapBefore + TOLERANCE);
        LOGGER.log(
                Level.INFO,
                "{0}; heap {1} bytes before and {2} after, threads {3} and {4}; seed {5}",
                sum,
                heapBefore,
                heap(),
                threadsBefore,
                threads(),
                Long.toString(seed));
        assertThat(sum.successions).as("successions in %s", sum).isPositive();
        assertThat(sum.stuck).as("stuck leaders in %s", sum).isPositive();
        assertThat(sum.bypassed).as("circles and re-entries in %s", sum).isPositive();
    }

    private static void round(long seed, Sum sum) throws Exception {
        GroupConfig config = GroupConfig.of("soak");
        Mixture mixture = new Mixture(config, seed);
        mixture.fly(10_000, 8, SoakTests::daemon);
        sum.add(mixture.stats());
        sum.add(storm(config.withStuckAfter(null), seed));
        sum.add(storm(config.withStuckAfter(Duration.ofNanos(100_000)), seed));
        sum.add(storm(config.withStuckAfter(null).withAbandoned(Abandoned.CANCEL), seed));
        ExecutorService executor = Executors.newFixedThreadPool(3, SoakTests::daemon);
        try {
            sum.add(storm(config.withExecutor(executor), seed));
        } finally {
            executor.shutdown();
            assertThat(executor.awaitTermination(20, TimeUnit.SECONDS)).isTrue();
        }
    }

    private static FlightStats storm(GroupConfig config, long seed) {
        Storm storm = new Storm(config);
        storm.blow(4_000, 8, seed);
        return storm.stats();
    }

    private static Thread daemon(Runnable task) {
        Thread thread = new Thread(task);
        thread.setDaemon(true); // where it hangs the test fails and the build goes on
        return thread;
    }

    /** Threads but those of the common pool, which come and go as they like. */
    private static int threads() {
        return (int) Thread.getAllStackTraces().keySet().stream()
                .filter(thread -> !thread.getName().startsWith("ForkJoinPool.commonPool"))
                .count();
    }

    private static long heap() {
        boolean unused = ForkJoinPool.commonPool().awaitQuiescence(1, TimeUnit.SECONDS);
        ManagementFactory.getMemoryMXBean().gc();
        return ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed();
    }

    private static final class Sum {

        private long rounds;

        private long calls;

        private long runs;

        private long successions;

        private long stuck;

        private long bypassed;

        void add(FlightStats stats) {
            calls += stats.calls();
            runs += stats.runs();
            successions += stats.successions();
            stuck += stats.stuck();
            bypassed += stats.bypassed();
        }

        @Override
        public String toString() {
            return "%d rounds, %d calls, %d runs, %d successions, %d stuck, %d bypassed"
                    .formatted(rounds, calls, runs, successions, stuck, bypassed);
        }
    }
}
