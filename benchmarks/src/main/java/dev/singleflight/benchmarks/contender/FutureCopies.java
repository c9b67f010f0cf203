package dev.singleflight.benchmarks.contender;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Idiom A without waiting: each caller gets a copy of the future that is in the map. */
final class FutureCopies implements AsyncSharedCalls {

    private final ConcurrentMap<Object, CompletableFuture<Object>> flights = new ConcurrentHashMap<>();

    @Override
    public CompletableFuture<Object> get(Object key, Supplier<CompletionStage<Object>> call) {
        CompletableFuture<Object> theirs = flights.get(key);
        if (theirs == null) {
            CompletableFuture<Object> mine = new CompletableFuture<>();
            theirs = flights.putIfAbsent(key, mine);
            if (theirs == null) {
                start(key, mine, call);
                theirs = mine;
            }
        }
        return theirs.copy();
    }

    private void start(Object key, CompletableFuture<Object> flight, Supplier<CompletionStage<Object>> call) {
        try {
            call.get().whenComplete((value, failure) -> land(key, flight, value, failure));
        } catch (Throwable failure) {
            land(key, flight, null, failure);
        }
    }

    private void land(
            Object key, CompletableFuture<Object> flight, @Nullable Object value, @Nullable Throwable failure) {
        flights.remove(key, flight);
        if (failure != null) {
            flight.completeExceptionally(failure);
        } else {
            flight.complete(value);
        }
    }
}
