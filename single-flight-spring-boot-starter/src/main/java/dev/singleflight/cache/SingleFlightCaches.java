package dev.singleflight.cache;

import dev.singleflight.SingleFlightGroups;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.springframework.cache.Cache;
import org.springframework.core.task.TaskDecorator;
import org.springframework.util.function.SingletonSupplier;

/** Makes the loads of caches share flights: those of the cache {@code users} in the group {@code cache:users}. */
public final class SingleFlightCaches {

    private static final String PREFIX = "cache:";

    private final ConcurrentHashMap<String, CacheFlights> flights = new ConcurrentHashMap<>();

    private final SingletonSupplier<SingleFlightGroups> groups;

    private final SingletonSupplier<TaskDecorator> context;

    /** Set once, by {@link #open}. */
    private volatile boolean open;

    /**
     * Caches that ask for beans when the application is there.
     *
     * @param groups gives the groups
     * @param context gives what takes a caller's context along where a group's executor runs its loads
     */
    public SingleFlightCaches(Supplier<SingleFlightGroups> groups, Supplier<TaskDecorator> context) {
        this.groups = SingletonSupplier.of(groups);
        this.context = SingletonSupplier.of(context);
    }

    /** Lets loads share flights, once the beans are there. Until then the caches are as they are. */
    void open() {
        groups.obtain();
        context.obtain();
        open = true;
    }

    Cache decorated(Cache cache) {
        if (TransactionAware.is(cache)) {
            return TransactionAware.within(cache, this::decorated);
        }
        return cache instanceof SingleFlightCache ? cache : new SingleFlightCache(cache, this);
    }

    /** The flights of the caches of this name; null while the application starts. */
    @Nullable
    CacheFlights flights(String cache) {
        if (!open) {
            return null;
        }
        CacheFlights known = flights.get(cache);
        if (known != null) {
            return known;
        }
        CacheFlights created = new CacheFlights(groups.obtain().group(PREFIX + cache), context::obtain);
        CacheFlights earlier = flights.putIfAbsent(cache, created);
        return earlier != null ? earlier : created;
    }
}
