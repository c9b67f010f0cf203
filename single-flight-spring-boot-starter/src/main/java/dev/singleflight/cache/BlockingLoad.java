package dev.singleflight.cache;

import java.util.concurrent.Callable;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.springframework.cache.Cache;
import org.springframework.cache.Cache.ValueRetrievalException;
import org.springframework.cache.Cache.ValueWrapper;

/**
 * Loads what a thread waits for. Not within the cache's own {@code get(key, loader)}, which would hold its lock meanwhile, be
 * it of a bin, or of the whole cache in the whole fleet: the value is put in when it is there.
 *
 * @param before how many values were stored when the caller looked and found nothing
 */
record BlockingLoad(CacheFlights flights, Cache cache, Object key, CacheKey flight, Callable<?> loader, long before)
        implements Supplier<@Nullable Object> {

    @Override
    public @Nullable Object get() {
        Load load = flights.begin(flight);
        try {
            ValueWrapper found = flights.stored() == before ? null : cache.get(key);
            if (found != null) {
                return found.get();
            }
            Object value = loaded();
            store(load, value);
            return value;
        } finally {
            flights.end(flight, load);
        }
    }

    private @Nullable Object loaded() {
        try {
            return loader.call();
        } catch (Exception failure) {
            throw new ValueRetrievalException(key, loader, failure);
        }
    }

    /** Not by {@code put} and {@code evict}, which may return before the store has heard of it (Spring Data Redis 4). */
    private void store(Load load, @Nullable Object value) {
        if (load.isOutdated()) {
            return;
        }
        if (value == null) {
            cache.get(key, () -> null); // what takes no null says so in its own words
        } else {
            cache.putIfAbsent(key, value);
        }
        flights.hasStored();
        if (load.isOutdated()) {
            cache.evictIfPresent(key);
        }
    }
}
