package dev.singleflight;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Rule 12 where the common pool was given no threads, as its own documentation allows: futures end all the same. */
class CommonPoolTests {

    @Test
    void futuresEndWhereTheCommonPoolHasNoThreads() throws IOException, InterruptedException {
        Process other = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Djava.util.concurrent.ForkJoinPool.common.parallelism=0",
                        "-cp",
                        Stream.of(SingleFlightGroup.class, CommonPoolTests.class)
                                .map(CommonPoolTests::place)
                                .collect(Collectors.joining(System.getProperty("path.separator"))),
                        Program.class.getName())
                .inheritIO()
                .start();
        try {
            assertThat(other.waitFor(3 * Callers.LIMIT.toSeconds(), TimeUnit.SECONDS))
                    .isTrue();
            assertThat(other.exitValue()).isZero();
        } finally {
            other.destroyForcibly();
        }
    }

    private static String place(Class<?> type) {
        return Path.of(type.getProtectionDomain().getCodeSource().getLocation().getPath())
                .toString();
    }

    /** Runs in a JVM of its own, with the JDK and the core alone. */
    static final class Program {

        private Program() {}

        public static void main(String[] args) throws Exception {
            SingleFlightGroup<String, String> group = SingleFlightGroup.create("no pool");
            CountDownLatch running = new CountDownLatch(1);
            CountDownLatch released = new CountDownLatch(1);
            Thread leader = new Thread(() -> group.execute("key", () -> {
                running.countDown();
                try {
                    released.await();
                } catch (InterruptedException stopped) {
                    throw new IllegalStateException(stopped);
                }
                return "value";
            }));
            leader.setDaemon(true);
            leader.start();
            running.await();
            CompletableFuture<String> impatient = group.executeAsync("key", Duration.ZERO, CompletableFuture::new);
            CompletableFuture<String> patient = group.executeAsync("key", CompletableFuture::new);
            try {
                impatient.get(10, TimeUnit.SECONDS);
                throw new IllegalStateException("it was to time out");
            } catch (ExecutionException expected) {
                if (!(expected.getCause() instanceof FlightTimeoutException)) {
                    throw expected;
                }
            }
            released.countDown();
            if (!patient.get(10, TimeUnit.SECONDS).equals("value")) {
                throw new IllegalStateException("another value");
            }
        }
    }
}
