package dev.singleflight;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/** Where the runs of an annotated method are counted and stay until the test lets them go. */
public final class Gate {

    private final AtomicInteger runs = new AtomicInteger();

    private final Semaphore arrived = new Semaphore(0);

    private final CountDownLatch open = new CountDownLatch(1);

    /** Stays until {@link #open}. */
    public void pass() {
        runs.incrementAndGet();
        arrived.release();
        try {
            assertThat(open.await(Callers.LIMIT.toSeconds(), TimeUnit.SECONDS))
                    .as("the gate was opened")
                    .isTrue();
        } catch (InterruptedException interrupted) {
            throw new IllegalStateException(interrupted);
        }
    }

    /** Lets every run go, later ones too. */
    public void open() {
        open.countDown();
    }

    /** Waits until so many more runs have come. */
    public void awaitRuns(int more) {
        try {
            assertThat(arrived.tryAcquire(more, Callers.LIMIT.toSeconds(), TimeUnit.SECONDS))
                    .as("%s more runs came", more)
                    .isTrue();
        } catch (InterruptedException interrupted) {
            throw new IllegalStateException(interrupted);
        }
    }

    /** How many runs came. */
    public int runs() {
        return runs.get();
    }
}
