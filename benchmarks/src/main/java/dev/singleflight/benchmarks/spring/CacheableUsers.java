package dev.singleflight.benchmarks.spring;

import org.springframework.cache.annotation.CacheEvict;
import org.springframework.cache.annotation.Cacheable;

/** Spring's cache, used so that nothing outlives its run: the caller evicts what it got. */
class CacheableUsers extends PlainUsers {

    static final String CACHE = "users";

    @Override
    @Cacheable(cacheNames = CACHE, key = "#id", sync = true)
    public User find(Long id) {
        return FOUND;
    }

    @CacheEvict(cacheNames = CACHE, key = "#id")
    public void evict(Long id) {}
}
