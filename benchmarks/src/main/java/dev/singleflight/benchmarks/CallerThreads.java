package dev.singleflight.benchmarks;

import java.lang.reflect.InvocationTargetException;
import java.util.concurrent.ThreadFactory;
import org.jspecify.annotations.Nullable;

/** The threads that callers run on. */
record CallerThreads(String name, ThreadFactory factory) {

    private static final @Nullable ThreadFactory VIRTUAL = findVirtual();

    static CallerThreads platform() {
        return new CallerThreads("platform threads", runnable -> {
            Thread thread = new Thread(runnable);
            thread.setDaemon(true);
            return thread;
        });
    }

    static boolean hasVirtual() {
        return VIRTUAL != null;
    }

    /** Virtual threads where the JVM has them, else platform threads. */
    static CallerThreads virtual() {
        return VIRTUAL == null ? platform() : new CallerThreads("virtual threads", VIRTUAL);
    }

    /** By reflection: compiled for 17, which has none. */
    private static @Nullable ThreadFactory findVirtual() {
        try {
            Object builder = Thread.class.getMethod("ofVirtual").invoke(null);
            return (ThreadFactory) Class.forName("java.lang.Thread$Builder")
                    .getMethod("factory")
                    .invoke(builder);
        } catch (NoSuchMethodException tooOld) {
            return null;
        } catch (IllegalAccessException | InvocationTargetException | ClassNotFoundException unexpected) {
            throw new IllegalStateException(unexpected);
        }
    }
}
