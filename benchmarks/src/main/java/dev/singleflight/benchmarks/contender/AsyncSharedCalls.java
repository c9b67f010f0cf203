package dev.singleflight.benchmarks.contender;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;

/** Starts a call for a key, or joins the one that is there; each caller gets a future of its own. */
@FunctionalInterface
public interface AsyncSharedCalls {

    CompletableFuture<Object> get(Object key, Supplier<CompletionStage<Object>> call);
}
