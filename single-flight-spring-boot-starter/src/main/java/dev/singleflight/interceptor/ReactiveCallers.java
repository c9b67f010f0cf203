package dev.singleflight.interceptor;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** Tells who subscribes to a reactive call. Only for applications that have Reactor. */
public final class ReactiveCallers {

    private final List<ReactiveFlightKeyContributor> contributors;

    private final boolean complete;

    /**
     * Callers that are told apart by these.
     *
     * @param contributors what isolates subscribers, in this order
     * @param complete false where beans tell blocking callers apart, and none tells subscribers apart
     */
    public ReactiveCallers(List<ReactiveFlightKeyContributor> contributors, boolean complete) {
        this.contributors = List.copyOf(contributors);
        this.complete = complete;
    }

    /**
     * Checks that subscribers to what a method returns share no more than blocking callers do.
     *
     * @throws InvalidSingleFlightException where they would
     */
    void requireIsolation(Declaration declaration) {
        if (!complete) {
            throw declaration.invalid(
                    "would share among all subscribers what blocking callers share only where a FlightKeyContributor says"
                            + " so: that is asked on the caller's thread, which a reactive call does not have.",
                    "Define a ReactiveFlightKeyContributor, too, which reads the Reactor context.");
        }
        LaterType type = contributors.isEmpty() ? null : LaterType.of(declaration);
        if (type != null && !type.hasContext()) {
            throw declaration.invalid(
                    "returns " + declaration.returnType()
                            + ", whose subscribers have no Reactor context that tells whom they"
                            + " must not share with.",
                    "Return a Mono, or have no ReactiveFlightKeyContributor and no single-flight.isolate-by.");
        }
    }

    /** Who subscribes to this. */
    Mono<Caller> current() {
        return isolation().zipWith(SubscriberTransaction.mayWrite(), Subscriber::new);
    }

    private Mono<List<@Nullable Object>> isolation() {
        return contributors.isEmpty()
                ? Mono.just(List.of())
                : Flux.fromIterable(contributors)
                        .concatMap(contributor -> Mono.<Object>from(contributor.contribute())
                                .map(Optional::of)
                                .defaultIfEmpty(Optional.empty()))
                        .collect(ArrayList::new, (parts, part) -> parts.add(KeyParts.frozen(part.orElse(null))));
    }

    private record Subscriber(List<@Nullable Object> isolation, boolean mayWrite) implements Caller {}
}
