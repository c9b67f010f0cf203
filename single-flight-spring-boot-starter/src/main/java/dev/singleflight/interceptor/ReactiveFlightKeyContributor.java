package dev.singleflight.interceptor;

import reactor.core.publisher.Mono;

/**
 * What a {@link FlightKeyContributor} is to blocking calls, to those that return a reactive type or suspend: it adds to the
 * key what must never be shared across. It is asked at each subscription, and reads the subscriber's Reactor context, for
 * a reactive call is on no thread of its own. Define it as a bean; where there are several, all of them add, in their order.
 *
 * <pre>{@code
 * @Bean
 * ReactiveFlightKeyContributor reactiveTenant() {
 *     return () -> Mono.deferContextual(context -> Mono.justOrEmpty(context.getOrEmpty("tenant")));
 * }
 * }</pre>
 *
 * <p>An application that isolates its blocking calls and has annotated methods of reactive types must isolate those, too: it
 * does not start otherwise. Blocking and reactive callers of one group share flights where both contribute equal parts.
 */
@FunctionalInterface
public interface ReactiveFlightKeyContributor {

    /**
     * What the subscriber's call belongs to. Called on the subscriber's thread, subscribed to with its context before it may
     * join, once a subscription; its error reaches that subscriber alone.
     *
     * @return a value with {@code equals} and {@code hashCode}; empty is a part of the key, too
     */
    Mono<?> contribute();
}
