package dev.singleflight.autoconfigure;

import java.util.concurrent.Executor;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.springframework.beans.factory.BeanFactory;
import org.springframework.beans.factory.DisposableBean;
import org.springframework.util.function.SingletonSupplier;

/**
 * Where the groups with {@code execution: executor} run their calls: on the bean {@value #BEAN}, else on threads of ours. It is
 * no {@code Executor} itself: where there is one, Spring Boot makes none.
 */
final class FlightExecutor implements DisposableBean {

    static final String BEAN = "singleFlightExecutor";

    private static final String THREADS = "single-flight-";

    private final SingletonSupplier<Executor> executor;

    private volatile @Nullable ThreadPoolExecutor pool; // written once, by who needs it first

    FlightExecutor(BeanFactory beans) {
        this.executor = SingletonSupplier.of(
                () -> beans.containsBean(BEAN) ? beans.getBean(BEAN, Executor.class) : ours(virtualThreads()));
    }

    /** Chosen, or made, when it is first asked for. */
    Executor executor() {
        return executor.obtain();
    }

    /** What is running ends by itself: callers wait for it. */
    @Override
    public void destroy() {
        ThreadPoolExecutor used = pool;
        if (used != null) {
            used.shutdown();
        }
    }

    /**
     * A virtual thread for each run; without these a pool of daemon threads. It has no bound: for every run there is a caller
     * that waits, and one that had to queue would only be later. What comes after the end runs at once.
     *
     * @param virtual null where there are none
     */
    Executor ours(@Nullable ThreadFactory virtual) {
        if (virtual != null) {
            return run -> virtual.newThread(run).start();
        }
        ThreadPoolExecutor made = new ThreadPoolExecutor(
                0,
                Integer.MAX_VALUE,
                10,
                TimeUnit.SECONDS,
                new SynchronousQueue<>(),
                platformThreads(),
                (run, ended) -> run.run());
        pool = made;
        return made;
    }

    /** They inherit nothing: who starts one need not be whose call it runs. */
    private static ThreadFactory platformThreads() {
        AtomicInteger count = new AtomicInteger();
        return run -> {
            Thread thread = new Thread(null, run, THREADS + count.incrementAndGet(), 0, false);
            thread.setDaemon(true);
            return thread;
        };
    }

    /** By reflection: our bytecode is that of a JDK without them. */
    private static @Nullable ThreadFactory virtualThreads() {
        try {
            Class<?> builder = Class.forName("java.lang.Thread$Builder");
            Object named = builder.getMethod("name", String.class, long.class)
                    .invoke(Thread.class.getMethod("ofVirtual").invoke(null), THREADS, 1L);
            Object own = builder.getMethod("inheritInheritableThreadLocals", boolean.class)
                    .invoke(named, false);
            return (ThreadFactory) builder.getMethod("factory").invoke(own);
        } catch (ReflectiveOperationException none) {
            return null;
        }
    }
}
