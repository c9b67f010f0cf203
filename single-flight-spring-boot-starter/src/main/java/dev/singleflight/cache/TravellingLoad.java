package dev.singleflight.cache;

import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.springframework.core.task.TaskDecorator;
import org.springframework.util.ReflectionUtils;

/** Runs a load, once, with what was taken from the thread that made this. */
final class TravellingLoad<V extends @Nullable Object> implements Supplier<V> {

    private final @Nullable ClassLoader loader = Thread.currentThread().getContextClassLoader();

    private final FutureTask<V> load;

    private final Runnable decorated;

    TravellingLoad(Supplier<V> load, TaskDecorator decorator) {
        this.load = new FutureTask<>(load::get);
        this.decorated = decorator.decorate(this.load);
    }

    @Override
    public V get() {
        Thread here = Thread.currentThread();
        ClassLoader before = here.getContextClassLoader();
        here.setContextClassLoader(loader);
        try {
            decorated.run();
        } finally {
            here.setContextClassLoader(before);
        }
        if (!load.isDone()) {
            throw new IllegalStateException(
                    "A TaskDecorator did not run a cache's load. What it returns must run what it is given");
        }
        return result();
    }

    /** It has ended: nobody waits here. */
    private V result() {
        try {
            return load.get();
        } catch (ExecutionException failed) {
            ReflectionUtils.rethrowRuntimeException(failed.getCause());
            throw new IllegalStateException(failed);
        } catch (InterruptedException impossible) {
            throw new IllegalStateException(impossible);
        }
    }
}
