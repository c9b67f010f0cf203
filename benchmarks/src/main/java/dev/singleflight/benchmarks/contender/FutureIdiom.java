package dev.singleflight.benchmarks.contender;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;

/** Idiom A, what a good engineer writes by hand: whose future gets into the map runs the call, on its own thread. */
final class FutureIdiom implements SharedCalls {

    private final ConcurrentMap<Object, CompletableFuture<Object>> flights = new ConcurrentHashMap<>();

    @Override
    public Object get(Object key, Call call) {
        CompletableFuture<Object> mine = new CompletableFuture<>();
        CompletableFuture<Object> theirs = flights.putIfAbsent(key, mine);
        return theirs != null ? outcome(theirs) : lead(key, mine, call);
    }

    private Object lead(Object key, CompletableFuture<Object> flight, Call call) {
        try {
            Object value = call.call();
            flights.remove(key, flight);
            flight.complete(value);
            return value;
        } catch (Throwable failure) {
            flights.remove(key, flight);
            flight.completeExceptionally(failure);
            throw failure;
        }
    }

    static Object outcome(CompletableFuture<Object> flight) {
        try {
            return flight.join();
        } catch (CompletionException failed) {
            throw Failures.unchecked(failed.getCause());
        }
    }
}
