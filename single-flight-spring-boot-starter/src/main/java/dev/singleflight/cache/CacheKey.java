package dev.singleflight.cache;

import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.springframework.cache.Cache;

/**
 * A user's key in one cache, which is compared by identity: two managers may have caches of one name. The hash is that of the
 * beginning, so that a key that its load changes leaves no entry behind. Printed it is the user's key, for the endpoint's sake.
 */
final class CacheKey {

    private final Cache cache;

    private final @Nullable Object key;

    private final int hash;

    /** A null key is for the cache to refuse, or to take. */
    CacheKey(Cache cache, @Nullable Object key) {
        this.cache = cache;
        this.key = key;
        this.hash = 31 * System.identityHashCode(cache) + Objects.hashCode(key);
    }

    boolean isOf(Cache other) {
        return cache == other;
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return this == other
                || (other instanceof CacheKey that
                        && hash == that.hash
                        && cache == that.cache
                        && Objects.equals(key, that.key));
    }

    @Override
    public int hashCode() {
        return hash;
    }

    @Override
    public String toString() {
        return String.valueOf(key);
    }
}
