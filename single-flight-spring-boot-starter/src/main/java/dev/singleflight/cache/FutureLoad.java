package dev.singleflight.cache;

import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.function.BiConsumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.springframework.cache.Cache;
import org.springframework.cache.Cache.ValueRetrievalException;
import org.springframework.cache.Cache.ValueWrapper;
import org.springframework.cache.interceptor.CacheOperationInvoker.ThrowableWrapper;

/**
 * Loads what nobody waits for: the same as {@link BlockingLoad}, without a thread that is blocked.
 *
 * @param before how many values were stored when the caller began to look
 */
record FutureLoad(
        CacheFlights flights,
        Cache cache,
        Object key,
        CacheKey flight,
        Supplier<? extends CompletableFuture<?>> loader,
        long before)
        implements Supplier<CompletionStage<@Nullable Object>> {

    /** What the caller gets: what the cache finds, or else the flight's outcome. Cancelled, it leaves the flight alone. */
    CompletableFuture<@Nullable Object> answer() {
        Supplier<CompletionStage<@Nullable Object>> call = flights.travelling(this);
        CompletableFuture<@Nullable Object> own = new CompletableFuture<>();
        end(found(), (value, failure) -> {
            if (failure != null) {
                own.completeExceptionally(failure);
            } else if (value != null) {
                own.complete(unwrapped(value));
            } else if (!own.isDone()) {
                fly(call, own);
            }
        });
        return own;
    }

    private void fly(Supplier<CompletionStage<@Nullable Object>> call, CompletableFuture<@Nullable Object> own) {
        CompletableFuture<@Nullable Object> handle = flights.group().executeAsync(flight, call);
        end(handle, (value, failure) -> {
            if (failure == null) {
                own.complete(value);
            } else {
                own.completeExceptionally(original(failure));
            }
        });
        end(own, (value, failure) -> {
            if (own.isCancelled()) {
                handle.cancel(true);
            }
        });
    }

    @Override
    public CompletionStage<@Nullable Object> get() {
        Load load = flights.begin(flight);
        CompletableFuture<@Nullable Object> outcome;
        try {
            outcome = flights.stored() == before
                    ? loaded(load)
                    : found().thenCompose(value -> value == null ? loaded(load) : completed(unwrapped(value)));
        } catch (Throwable thrown) {
            flights.end(flight, load);
            throw thrown;
        }
        CompletableFuture<@Nullable Object> ended = outcome.whenComplete((value, failure) -> flights.end(flight, load));
        end(ended, (value, failure) -> {
            if (ended.isCancelled()) {
                load.cancel();
            }
        });
        return ended;
    }

    private CompletableFuture<?> found() {
        CompletableFuture<?> found = cache.retrieve(key);
        return found == null ? completed(null) : found;
    }

    private CompletableFuture<@Nullable Object> loaded(Load load) {
        CompletableFuture<?> loading = loading();
        load.waitsFor(loading);
        return loading.<@Nullable Object>thenApply(value -> value)
                .exceptionallyCompose(this::failed)
                .thenCompose(value -> stored(load, value));
    }

    private CompletableFuture<?> loading() {
        CompletableFuture<?> loading;
        try {
            loading = loader.get();
        } catch (Exception failure) {
            throw retrieval(failure);
        }
        if (loading == null) {
            throw retrieval(new NullPointerException(
                    "A loader of the cache '" + cache.getName() + "' returned null instead of a future"));
        }
        return loading;
    }

    /** By the cache's own load, which has the value already: to put it in may block. */
    private CompletableFuture<@Nullable Object> stored(Load load, @Nullable Object value) {
        return load.isOutdated()
                ? completed(value)
                : cache.retrieve(key, () -> completed(value)).thenCompose(kept -> {
                    flights.hasStored();
                    return load.isOutdated() ? evicted(value) : completed(value);
                });
    }

    private CompletableFuture<@Nullable Object> evicted(@Nullable Object value) {
        return CompletableFuture.supplyAsync(() -> {
            cache.evictIfPresent(key);
            return value;
        });
    }

    /** A cancelled load is known by its failure: somebody else takes over. */
    private CompletableFuture<@Nullable Object> failed(Throwable failure) {
        Throwable cause = cause(failure);
        return CompletableFuture.failedFuture(cause instanceof CancellationException ? cause : retrieval(cause));
    }

    /** What a thread that joins the flight expects. */
    private ValueRetrievalException retrieval(Throwable failure) {
        return new ValueRetrievalException(key, loader::get, failure);
    }

    /** What the loader failed with, be it another caller's, or a thread's. */
    private static Throwable original(Throwable failure) {
        Throwable known = cause(failure);
        Throwable own = known instanceof ValueRetrievalException ? known.getCause() : known;
        return own instanceof ThrowableWrapper wrapper ? wrapper.getOriginal() : own == null ? known : own;
    }

    private static Throwable cause(Throwable failure) {
        Throwable cause = failure instanceof CompletionException ? failure.getCause() : null;
        return cause == null ? failure : cause;
    }

    /** Caches that take nulls wrap what they find. */
    private static @Nullable Object unwrapped(Object found) {
        return found instanceof ValueWrapper wrapper ? wrapper.get() : found;
    }

    private static CompletableFuture<@Nullable Object> completed(@Nullable Object value) {
        return CompletableFuture.completedFuture(value);
    }

    private static <V extends @Nullable Object> void end(
            CompletableFuture<V> future, BiConsumer<? super V, @Nullable Throwable> action) {
        CompletableFuture<V> unused = future.whenComplete(action);
    }
}
