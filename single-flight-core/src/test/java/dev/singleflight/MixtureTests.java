package dev.singleflight;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.time.Duration;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ThreadFactory;
import org.junit.jupiter.api.Test;

/**
 * Everything at once, at random, over a thousand keys; see {@link Mixture}. {@code -Dmixture.seed=...} repeats what the
 * callers draw, though not how their threads meet.
 */
class MixtureTests {

    private static final long SEED = Long.getLong("mixture.seed", System.nanoTime());

    @Test
    void aMillionCallsLeaveNothingBehind() throws Exception {
        new Mixture(GroupConfig.of("plain"), SEED).fly(1_000_000, 8, MixtureTests::daemon);
    }

    @Test
    void callsRefusedPastTheBoundsLeaveNothingBehind() throws Exception {
        GroupConfig refusing = GroupConfig.of("refusing")
                .withMaxFlights(4)
                .withMaxFollowers(2)
                .withOverflow(Overflow.REJECT)
                .withWaitTimeout(Duration.ofNanos(200_000));
        new Mixture(refusing, SEED).fly(100_000, 8, MixtureTests::daemon);
    }

    @Test
    void callsThatBypassPastTheBoundsLeaveNothingBehind() throws Exception {
        GroupConfig bypassing = GroupConfig.of("bypassing")
                .withMaxFlights(3)
                .withMaxFollowers(1)
                .withOverflow(Overflow.BYPASS);
        new Mixture(bypassing, SEED).fly(100_000, 8, MixtureTests::daemon);
    }

    @Test
    void callsOnAnExecutorLeaveNothingBehind() throws Exception {
        ExecutorService executor = Executors.newFixedThreadPool(4, MixtureTests::daemon);
        try {
            new Mixture(GroupConfig.of("executor").withExecutor(executor), SEED).fly(100_000, 8, MixtureTests::daemon);
        } finally {
            executor.shutdownNow();
        }
    }

    @Test
    void callsOfVirtualThreadsLeaveNothingBehind() throws Exception {
        assumeTrue(Runtime.version().feature() >= 21, "this JDK has no virtual threads");
        ThreadFactory virtual = (ThreadFactory) Class.forName("java.lang.Thread$Builder")
                .getMethod("factory")
                .invoke(Thread.class.getMethod("ofVirtual").invoke(null));
        new Mixture(GroupConfig.of("virtual"), SEED).fly(100_000, 500, virtual);
    }

    private static Thread daemon(Runnable task) {
        Thread thread = new Thread(task);
        thread.setDaemon(true); // where it hangs the test fails and the build goes on
        return thread;
    }
}
