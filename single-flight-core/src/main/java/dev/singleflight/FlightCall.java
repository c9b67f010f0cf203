package dev.singleflight;

import org.jspecify.annotations.Nullable;

/**
 * What a caller wants run. It runs on the thread that leads the flight: the caller's own, or one of the group's
 * {@linkplain GroupConfig#executor() executor}.
 *
 * @param <V> the type of its value, which may be null
 * @param <X> the checked exception it may throw; {@code RuntimeException} where it throws none
 */
@FunctionalInterface
public interface FlightCall<V extends @Nullable Object, X extends Exception> {

    /**
     * Runs the call.
     *
     * @return its value, given to every caller of the flight
     * @throws X its failure, given to every caller of the flight as this very instance
     */
    V call() throws X;
}
