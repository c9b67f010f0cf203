package dev.singleflight;

import org.jspecify.annotations.Nullable;

/**
 * A value and how the caller came by it.
 *
 * @param value the call's value, which may be null
 * @param role this caller's part
 * @param shared whether more than one caller got it: at the landing at least one other caller was waiting. Always true
 *     for {@link Role#FOLLOWER} and {@link Role#REUSED}, always false for {@link Role#BYPASS}
 * @param stale whether it stands in for a newer value that could not be had. Always false in a group that keeps no
 *     values
 * @param coordinated false only where a group that spans several JVMs had to run without the others' word
 * @param <V> the type of the value
 */
public record FlightResult<V extends @Nullable Object>(
        V value, Role role, boolean shared, boolean stale, boolean coordinated) {}
