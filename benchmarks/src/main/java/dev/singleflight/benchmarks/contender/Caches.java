package dev.singleflight.benchmarks.contender;

import com.alicp.jetcache.embedded.CaffeineCacheBuilder;
import com.github.benmanes.caffeine.cache.Caffeine;
import com.google.common.cache.CacheBuilder;
import com.google.common.util.concurrent.ExecutionError;
import com.google.common.util.concurrent.UncheckedExecutionException;
import java.util.Objects;
import java.util.concurrent.ExecutionException;
import org.cache2k.Cache2kBuilder;
import org.jspecify.annotations.Nullable;
import org.springframework.cache.Cache;
import org.springframework.cache.concurrent.ConcurrentMapCache;

/**
 * Caches used for the purpose: load through the cache, then evict, so that nothing outlives its run. Every caller
 * evicts, for none can tell whether it was the one that loaded. They have no bound where they can do without one: so they
 * cost least, and nothing stays in them.
 */
final class Caches {

    private Caches() {}

    static SharedCalls concurrentMapCache() {
        Cache cache = new ConcurrentMapCache("calls", false);
        return (key, call) -> {
            try {
                return value(cache.get(key, call));
            } catch (Cache.ValueRetrievalException failed) {
                throw Failures.unchecked(failed.getCause());
            } finally {
                cache.evict(key);
            }
        };
    }

    static SharedCalls caffeine() {
        com.github.benmanes.caffeine.cache.Cache<Object, Object> cache =
                Caffeine.newBuilder().build();
        return (key, call) -> {
            Object value = value(cache.get(key, call));
            cache.invalidate(key);
            return value;
        };
    }

    static SharedCalls guava() {
        com.google.common.cache.Cache<Object, Object> cache =
                CacheBuilder.newBuilder().build();
        return (key, call) -> {
            try {
                Object value = cache.get(key, call);
                cache.invalidate(key);
                return value;
            } catch (ExecutionException | UncheckedExecutionException | ExecutionError failed) {
                throw Failures.unchecked(failed.getCause());
            }
        };
    }

    static SharedCalls cache2k() {
        org.cache2k.Cache<Object, Object> cache = Cache2kBuilder.of(Object.class, Object.class)
                .eternal(true)
                .entryCapacity(Contender.CACHE_SIZE)
                .build();
        return (key, call) -> {
            Object value = value(cache.computeIfAbsent(key, call));
            cache.remove(key);
            return value;
        };
    }

    static SharedCalls jetCache() {
        com.alicp.jetcache.Cache<Object, Object> cache = CaffeineCacheBuilder.createCaffeineCacheBuilder()
                .limit(Contender.CACHE_SIZE)
                .cachePenetrateProtect(true)
                .buildCache();
        return (key, call) -> {
            Object value = value(cache.computeIfAbsent(key, call));
            cache.remove(key);
            return value;
        };
    }

    private static Object value(@Nullable Object value) {
        return Objects.requireNonNull(value);
    }
}
