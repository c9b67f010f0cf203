package dev.singleflight.benchmarks.contender;

import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;

/** Idiom B, the memoizer of "Java Concurrency in Practice", which here forgets what has ended. */
final class FutureTaskIdiom implements SharedCalls {

    private final ConcurrentMap<Object, FutureTask<Object>> flights = new ConcurrentHashMap<>();

    @Override
    public Object get(Object key, Call call) {
        FutureTask<Object> task = new FutureTask<>(call);
        FutureTask<Object> theirs = flights.putIfAbsent(key, task);
        if (theirs == null) {
            task.run();
            flights.remove(key, task);
        } else {
            task = theirs;
        }
        try {
            return task.get();
        } catch (ExecutionException failed) {
            throw Failures.unchecked(failed.getCause());
        } catch (InterruptedException interrupt) {
            throw Failures.interrupted(interrupt);
        }
    }
}
