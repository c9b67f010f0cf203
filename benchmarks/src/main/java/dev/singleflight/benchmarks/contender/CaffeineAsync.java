package dev.singleflight.benchmarks.contender;

import com.github.benmanes.caffeine.cache.AsyncCache;
import com.github.benmanes.caffeine.cache.Caffeine;
import java.util.concurrent.CompletableFuture;

/** Caffeine's asynchronous cache: the leader puts its own future in, so that nothing runs under a lock of the map. */
final class CaffeineAsync implements SharedCalls {

    private final AsyncCache<Object, Object> cache = Caffeine.newBuilder().buildAsync();

    @Override
    public Object get(Object key, Call call) {
        CompletableFuture<Object> mine = new CompletableFuture<>();
        CompletableFuture<Object> theirs = cache.asMap().putIfAbsent(key, mine);
        return theirs != null ? FutureIdiom.outcome(theirs) : lead(key, mine, call);
    }

    private Object lead(Object key, CompletableFuture<Object> flight, Call call) {
        try {
            Object value = call.call();
            flight.complete(value);
            cache.asMap().remove(key, flight);
            return value;
        } catch (Throwable failure) {
            flight.completeExceptionally(failure); // which takes it out, too
            throw failure;
        }
    }
}
