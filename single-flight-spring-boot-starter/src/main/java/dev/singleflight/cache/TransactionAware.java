package dev.singleflight.cache;

import java.util.function.UnaryOperator;
import org.springframework.cache.Cache;
import org.springframework.cache.transaction.TransactionAwareCacheDecorator;

/**
 * Spring's decorator that puts off changes until the commit stays outside of ours: flights are forgotten when the cache is
 * changed, not when somebody means to. Of a class of its own, for its library may be absent.
 */
final class TransactionAware {

    private static final String DECORATOR = "org.springframework.cache.transaction.TransactionAwareCacheDecorator";

    private TransactionAware() {}

    static boolean is(Cache cache) {
        return cache.getClass().getName().equals(DECORATOR);
    }

    static Cache within(Cache cache, UnaryOperator<Cache> decorate) {
        Cache target = ((TransactionAwareCacheDecorator) cache).getTargetCache();
        Cache decorated = decorate.apply(target);
        return decorated == target ? cache : new TransactionAwareCacheDecorator(decorated);
    }
}
