package dev.singleflight.benchmarks.contender;

import org.jspecify.annotations.Nullable;

/** The way of a failure out of the wrapping that some contenders put around it: calls throw nothing checked. */
final class Failures {

    private Failures() {}

    static RuntimeException unchecked(@Nullable Throwable cause) {
        if (cause instanceof Error error) {
            throw error;
        }
        return cause instanceof RuntimeException failure ? failure : new IllegalStateException(cause);
    }

    static RuntimeException interrupted(InterruptedException interrupt) {
        Thread.currentThread().interrupt();
        return new IllegalStateException(interrupt);
    }
}
