package dev.singleflight.cache;

import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.springframework.cache.Cache;

/**
 * A cache whose loads share flights. All else is the cache's own; what changes it makes the loads and flights outdated that it
 * concerns. It holds nothing: of one cache there may be any number.
 */
final class SingleFlightCache implements Cache {

    private final Cache cache;

    private final SingleFlightCaches caches;

    SingleFlightCache(Cache cache, SingleFlightCaches caches) {
        this.cache = cache;
        this.caches = caches;
    }

    /** The cache itself. */
    Cache target() {
        return cache;
    }

    @Override
    @SuppressWarnings({
        "unchecked", // what is under a key is what its callers load
        "NullAway" // null is a value like any other, which the analysis cannot say of a type variable
    })
    public <T> @Nullable T get(Object key, Callable<T> loader) {
        CacheFlights flights = sharing();
        if (flights == null) {
            return cache.get(key, loader);
        }
        long before = flights.stored();
        ValueWrapper found = cache.get(key);
        if (found != null) {
            return (T) found.get();
        }
        CacheKey flight = new CacheKey(cache, key);
        Supplier<@Nullable Object> load =
                flights.travelling(new BlockingLoad(flights, cache, key, flight, loader, before));
        return (T) flights.group().execute(flight, load::get);
    }

    @Override
    @SuppressWarnings("unchecked") // what is under a key is what its callers load
    public <T> CompletableFuture<T> retrieve(Object key, Supplier<CompletableFuture<T>> loader) {
        CacheFlights flights = sharing();
        return flights == null
                ? cache.retrieve(key, loader)
                : (CompletableFuture<T>)
                        new FutureLoad(flights, cache, key, new CacheKey(cache, key), loader, flights.stored())
                                .answer();
    }

    @Override
    public void put(Object key, @Nullable Object value) {
        changing(key, () -> {
            cache.put(key, value);
            return true;
        });
    }

    @Override
    public @Nullable ValueWrapper putIfAbsent(Object key, @Nullable Object value) {
        return changing(key, () -> cache.putIfAbsent(key, value));
    }

    @Override
    public void evict(Object key) {
        changing(key, () -> {
            cache.evict(key);
            return true;
        });
    }

    @Override
    public boolean evictIfPresent(Object key) {
        return changing(key, () -> cache.evictIfPresent(key));
    }

    @Override
    public void clear() {
        changingAll(() -> {
            cache.clear();
            return true;
        });
    }

    @Override
    public boolean invalidate() {
        return changingAll(cache::invalidate);
    }

    @Override
    public String getName() {
        return cache.getName();
    }

    @Override
    public Object getNativeCache() {
        return cache.getNativeCache();
    }

    @Override
    public @Nullable ValueWrapper get(Object key) {
        return cache.get(key);
    }

    @Override
    public <T> @Nullable T get(Object key, @Nullable Class<T> type) {
        return cache.get(key, type);
    }

    @Override
    public @Nullable CompletableFuture<?> retrieve(Object key) {
        return cache.retrieve(key);
    }

    @Override
    public String toString() {
        return "SingleFlightCache[" + cache + "]";
    }

    /** The flights that a load may share; null where it is the cache's own affair. */
    private @Nullable CacheFlights sharing() {
        CacheFlights flights = caches.flights(cache.getName());
        return flights != null && flights.group().enabled() ? flights : null;
    }

    private <R extends @Nullable Object> R changing(Object key, Supplier<R> change) {
        CacheFlights flights = caches.flights(cache.getName());
        return flights == null ? change.get() : flights.changing(new CacheKey(cache, key), change);
    }

    private <R extends @Nullable Object> R changingAll(Supplier<R> change) {
        CacheFlights flights = caches.flights(cache.getName());
        return flights == null ? change.get() : flights.changingAll(cache, change);
    }
}
