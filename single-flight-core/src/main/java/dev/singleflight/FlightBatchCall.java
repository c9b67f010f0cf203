package dev.singleflight;

import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What a caller wants run for many keys at once.
 *
 * @param <K> the type of the keys
 * @param <V> the type of the values
 * @param <X> the checked exception it may throw; {@link RuntimeException} where there is none
 */
@FunctionalInterface
public interface FlightBatchCall<K, V extends @Nullable Object, X extends Exception> {

    /**
     * Runs for these keys.
     *
     * @param keys those of the caller's keys that nobody else is running; never empty, cannot be changed
     * @return the values by key. A key that is not in it has no value; keys that were not asked for are ignored
     * @throws X reaches every caller of every one of these keys as the same instance
     */
    Map<K, V> call(Set<K> keys) throws X;
}
