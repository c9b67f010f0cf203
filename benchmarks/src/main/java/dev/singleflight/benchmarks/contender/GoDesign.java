package dev.singleflight.benchmarks.contender;

import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/** Go's {@code golang.org/x/sync/singleflight}, line by line: one lock, one map, a latch for each run. */
final class GoDesign implements SharedCalls {

    private final Lock lock = new ReentrantLock();

    private final Map<Object, Run> runs = new HashMap<>();

    @Override
    public Object get(Object key, Call call) {
        Run run;
        boolean lead = true;
        lock.lock();
        try {
            Run theirs = runs.get(key);
            if (theirs == null) {
                run = new Run();
                runs.put(key, run);
            } else {
                run = theirs;
                lead = false;
            }
        } finally {
            lock.unlock();
        }
        return lead ? lead(key, run, call) : run.await();
    }

    private Object lead(Object key, Run run, Call call) {
        try {
            Object value = call.call();
            run.value = value;
            return value;
        } catch (Throwable failure) {
            run.failure = failure;
            throw failure;
        } finally {
            lock.lock();
            try {
                run.done.countDown();
                runs.remove(key, run);
            } finally {
                lock.unlock();
            }
        }
    }

    private static final class Run {

        private final CountDownLatch done = new CountDownLatch(1);

        private @Nullable Object value; // written by the leader, before the latch

        private @Nullable Throwable failure; // likewise

        private Object await() {
            try {
                done.await();
            } catch (InterruptedException interrupt) {
                throw Failures.interrupted(interrupt);
            }
            Object result = value;
            if (result == null) {
                throw Failures.unchecked(failure);
            }
            return result;
        }
    }
}
