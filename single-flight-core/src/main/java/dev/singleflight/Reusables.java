package dev.singleflight;

import java.lang.reflect.InvocationTargetException;
import java.time.Duration;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.Executor;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * The values of flights that have landed, for as long as they may answer: fresh for {@code reuseFor} from the landing, then
 * stale for {@code staleFor}. Bounded: Caffeine holds them.
 *
 * <p><b>Against forget.</b> A value is put here as not yet valid, then its flight is taken out of the group, and only who
 * took it out makes it valid. A forget takes the flight out first, then the value, and then a flight that was claimed in
 * between: its leader may have found the value when it looked once more. So whichever comes first, a call that begins after
 * the forget returned meets neither.
 */
final class Reusables<V extends @Nullable Object> {

    private static final String CAFFEINE = "com.github.benmanes.caffeine.cache.";

    private final ConcurrentMap<Object, Kept<V>> kept;

    private final LongSupplier ticker;

    private final long fresh;

    private final long usable;

    private Reusables(ConcurrentMap<Object, Kept<V>> kept, LongSupplier ticker, long fresh, long usable) {
        this.kept = kept;
        this.ticker = ticker;
        this.fresh = fresh;
        this.usable = usable;
    }

    /**
     * Where the group's values are kept.
     *
     * @return null where it keeps none
     * @throws IllegalStateException without Caffeine on the class path
     */
    static <V extends @Nullable Object> @Nullable Reusables<V> of(GroupConfig config) {
        long fresh = Tower.nanos(config.reuseFor());
        long stale = Tower.nanos(config.staleFor());
        long usable = fresh < Tower.UNLIMITED - stale ? fresh + stale : Tower.UNLIMITED;
        return usable == 0
                ? null
                : new Reusables<>(boundedMap(config, Duration.ofNanos(usable)), config.ticker(), fresh, usable);
    }

    /** The key's value, where it is fresh. */
    @Nullable
    Outcome<V> fresh(Object key) {
        Kept<V> value = find(key, fresh);
        return value == null ? null : Outcome.value(value.value);
    }

    /** The key's value, where it may stand in for a newer one. */
    @Nullable
    Outcome<V> stale(Object key) {
        Kept<V> value = find(key, usable);
        return value == null ? null : Outcome.stale(value.value);
    }

    /** Keeps the value, which answers nobody until it is {@linkplain Kept#validate validated}; null where its key throws. */
    @Nullable
    Kept<V> put(Object key, @Nullable V value) {
        try {
            Kept<V> put = new Kept<>(value, ticker.getAsLong());
            kept.put(key, put);
            return put;
        } catch (Throwable thrown) {
            return null; // by equals or hashCode: the flight lands all the same
        }
    }

    /** Takes out this value. */
    void drop(Object key, Kept<V> value) {
        try {
            kept.remove(key, value);
        } catch (Throwable thrown) {
            // It is not valid, so it answers nobody.
        }
    }

    /** Takes out the key's value; false where there is none that could have answered. */
    boolean forget(Object key) {
        Kept<V> removed = kept.remove(key);
        return removed != null && removed.answers(usable, ticker.getAsLong());
    }

    /** The keys of which values are kept: a live view. */
    Iterable<Object> keys() {
        return kept.keySet();
    }

    /** Asked between a claim and its landing, too: what the key throws there must not leave a flight up. */
    private @Nullable Kept<V> find(Object key, long limit) {
        try {
            Kept<V> value = kept.get(key);
            return value != null && value.answers(limit, ticker.getAsLong()) ? value : null;
        } catch (Throwable thrown) {
            return null;
        }
    }

    /** By its name: this module stands on the JDK alone, and only who keeps values needs the library. */
    @SuppressWarnings("unchecked") // a new map, which holds what is put into it here
    private static <V extends @Nullable Object> ConcurrentMap<Object, Kept<V>> boundedMap(
            GroupConfig config, Duration usable) {
        try {
            Class<?> builder = Class.forName(CAFFEINE + "Caffeine");
            Object built = builder.getMethod("newBuilder").invoke(null);
            builder.getMethod("maximumSize", long.class).invoke(built, (long) config.reuseMaxEntries());
            builder.getMethod("expireAfterWrite", Duration.class).invoke(built, usable);
            Executor here = Runnable::run;
            builder.getMethod("executor", Executor.class).invoke(built, here);
            Object cache = builder.getMethod("build").invoke(built);
            return (ConcurrentMap<Object, Kept<V>>)
                    Class.forName(CAFFEINE + "Cache").getMethod("asMap").invoke(cache);
        } catch (ClassNotFoundException absent) {
            throw new IllegalStateException(
                    "Group '" + config.name() + "' keeps values (reuseFor, staleFor), which needs Caffeine."
                            + " Add com.github.ben-manes.caffeine:caffeine to the class path, or set both to zero",
                    absent);
        } catch (InvocationTargetException failed) {
            throw new IllegalStateException("Caffeine cannot keep the values of group '" + config.name() + "'", failed);
        } catch (ReflectiveOperationException other) {
            throw new LinkageError("This Caffeine is made in another way", other);
        }
    }

    /** A value and when its flight landed. */
    static final class Kept<V extends @Nullable Object> {

        private final @Nullable V value;

        private final long landed;

        private volatile boolean valid; // by the thread that landed the flight

        private Kept(@Nullable V value, long landed) {
            this.value = value;
            this.landed = landed;
        }

        private boolean answers(long limit, long now) {
            return valid && now - landed < limit;
        }

        /** Lets it answer, now that nobody can forget its flight any more. */
        void validate() {
            valid = true;
        }
    }
}
