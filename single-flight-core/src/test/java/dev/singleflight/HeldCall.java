package dev.singleflight;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/** A call that its test holds: it says when it runs, and ends when it is released. */
final class HeldCall<V> implements FlightCall<V, Exception> {

    private final FlightCall<? extends V, Exception> end;

    private final AtomicInteger runs = new AtomicInteger();

    private final CountDownLatch released = new CountDownLatch(1);

    HeldCall(FlightCall<? extends V, Exception> end) {
        this.end = end;
    }

    static <V> HeldCall<V> returning(V value) {
        return new HeldCall<>(() -> value);
    }

    static <V> HeldCall<V> throwing(Throwable failure) {
        return new HeldCall<>(() -> {
            if (failure instanceof Exception exception) {
                throw exception;
            }
            throw (Error) failure;
        });
    }

    @Override
    public V call() throws Exception {
        runs.incrementAndGet();
        if (!released.await(Callers.LIMIT.toSeconds(), TimeUnit.SECONDS)) {
            throw new AssertionError("The test never released its call");
        }
        return end.call();
    }

    /** As a supplier's synchronous part, which throws what the call throws that is unchecked. */
    CompletionStage<V> stage() {
        try {
            return CompletableFuture.completedFuture(call());
        } catch (RuntimeException unchecked) {
            throw unchecked;
        } catch (Exception checked) {
            throw new AssertionError("A supplier throws nothing checked", checked);
        }
    }

    void awaitRun() {
        Callers.until("the call runs", () -> runs.get() > 0);
    }

    void release() {
        released.countDown();
    }

    int runs() {
        return runs.get();
    }
}
