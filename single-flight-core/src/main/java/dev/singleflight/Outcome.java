package dev.singleflight;

import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import org.jspecify.annotations.Nullable;

/** The end that all callers share: a value or a failure. */
final class Outcome<V extends @Nullable Object> extends End<V> {

    private final @Nullable V value;

    private final @Nullable Throwable failure;

    private final @Nullable Throwable cause;

    private final boolean stale;

    private Outcome(@Nullable V value, @Nullable Throwable failure, @Nullable Throwable cause, boolean stale) {
        this.value = value;
        this.failure = failure;
        this.cause = cause;
        this.stale = stale;
    }

    /** Runs the call. */
    static <V extends @Nullable Object> Outcome<V> of(FlightCall<? extends V, ?> call) {
        try {
            return value(call.call());
        } catch (Throwable failure) {
            return failure(failure);
        }
    }

    static <V extends @Nullable Object> Outcome<V> value(@Nullable V value) {
        return new Outcome<>(value, null, null, false);
    }

    /** The value of an earlier flight, in the place of a failure. */
    static <V extends @Nullable Object> Outcome<V> stale(@Nullable V value) {
        return new Outcome<>(value, null, null, true);
    }

    /** What a blocking call threw: the same for all. */
    static <V extends @Nullable Object> Outcome<V> failure(Throwable failure) {
        return new Outcome<>(null, failure, failure, false);
    }

    /** What a stage ended with: futures end as it did, threads get the cause. */
    static <V extends @Nullable Object> Outcome<V> failedStage(Throwable failure) {
        Throwable cause = failure;
        while ((cause instanceof CompletionException || cause instanceof ExecutionException)
                && cause.getCause() != null) {
            cause = cause.getCause();
        }
        return new Outcome<>(null, failure, cause, false);
    }

    /** For a thread: the value, or the failure thrown as it is. */
    @SuppressWarnings("NullAway") // the value is as nullable as V, which the analysis cannot say
    <X extends Exception> V get() throws X {
        if (cause != null) {
            Outcome.<X>rethrow(cause);
        }
        return value;
    }

    /** For a future: the value, where there is no failure. */
    @Nullable
    V value() {
        return value;
    }

    /** For a future: what it ends with. */
    @Nullable
    Throwable failure() {
        return failure;
    }

    /** For a thread: what it is thrown. */
    @Nullable
    Throwable cause() {
        return cause;
    }

    /** Whether the value is that of an earlier flight. */
    boolean isStale() {
        return stale;
    }

    /** How a wait for this ended. */
    WaitEnd waitEnd() {
        return failure == null ? WaitEnd.SUCCESS : WaitEnd.FAILURE;
    }

    /** Bound to no more than Throwable: an Error passes as well. */
    @SuppressWarnings("unchecked") // the failure is one that the call declares, or an unchecked one
    private static <X extends Throwable> void rethrow(Throwable failure) throws X {
        throw (X) failure;
    }
}
