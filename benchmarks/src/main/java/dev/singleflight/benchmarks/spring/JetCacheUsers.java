package dev.singleflight.benchmarks.spring;

import com.alicp.jetcache.anno.CacheInvalidate;
import com.alicp.jetcache.anno.CachePenetrationProtect;
import com.alicp.jetcache.anno.CacheType;
import com.alicp.jetcache.anno.Cached;

/** JetCache, whose penetration protection is what it has of our kind; the caller evicts what it got. */
class JetCacheUsers extends PlainUsers {

    static final String CACHE = "users";

    @Override
    @Cached(name = CACHE, cacheType = CacheType.LOCAL, key = "#id")
    @CachePenetrationProtect
    public User find(Long id) {
        return FOUND;
    }

    @CacheInvalidate(name = CACHE, key = "#id")
    public void evict(Long id) {}
}
