package dev.singleflight.interceptor;

import org.jspecify.annotations.Nullable;

/**
 * Adds to the key of every annotated call what must never be shared across: the tenant, the user, the locale. Define it
 * as a bean; where there are several, all of them add.
 *
 * <pre>{@code
 * @Bean
 * FlightKeyContributor tenant() {
 *     return TenantContext::current;
 * }
 * }</pre>
 *
 * <p>Calls of reactive types are on no thread of their caller's: see {@link ReactiveFlightKeyContributor}.
 *
 * <p>Forgetting matches the user's part of the key only: it reaches every tenant.
 */
@FunctionalInterface
public interface FlightKeyContributor {

    /**
     * What the calling thread's call belongs to. Called on the caller's thread before it may join, once a call; what it
     * throws reaches that caller alone.
     *
     * @return a value with {@code equals} and {@code hashCode}; null is a value too
     */
    @Nullable
    Object contribute();
}
