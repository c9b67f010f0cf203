package dev.singleflight.benchmarks;

import dev.singleflight.benchmarks.spring.User;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.util.Random;
import org.openjdk.jmh.annotations.AuxCounters;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.infra.ThreadParams;

/**
 * A benchmark's thread: its keys, and the CPU time it has used. On a machine that others load too, CPU time for each call
 * says what a call costs; the clock on the wall says who else was there.
 */
@State(Scope.Thread)
@AuxCounters(AuxCounters.Type.EVENTS)
public class Worker {

    private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();

    private static final int MASK = 1023;

    /** The thread's CPU time in the iteration, in nanoseconds. */
    public long cpu;

    /** The thread's calls in the iteration. */
    public long calls;

    private final long[] ids = new long[MASK + 1];

    private final Long[] keys = new Long[MASK + 1];

    private final User[] users = new User[MASK + 1];

    private long count;

    private long countAtStart;

    private long cpuAtStart;

    @Setup
    public void fill(ThreadParams threads) {
        Random random = new Random(threads.getThreadIndex());
        for (int i = 0; i <= MASK; i++) {
            ids[i] = random.nextLong();
            keys[i] = ids[i];
            users[i] = new User(keys[i]);
        }
    }

    @Setup(Level.Iteration)
    public void start() {
        countAtStart = count;
        cpuAtStart = THREADS.getCurrentThreadCpuTime();
    }

    @TearDown(Level.Iteration)
    public void stop() {
        cpu = THREADS.getCurrentThreadCpuTime() - cpuAtStart;
        calls = count - countAtStart;
    }

    Long oldKey() {
        return keys[(int) count++ & MASK];
    }

    Object freshKey() {
        return ids[(int) count++ & MASK];
    }

    /** The user whose id is the key that was given last. */
    User user() {
        return users[(int) (count - 1) & MASK];
    }

    void counted() {
        count++;
    }
}
