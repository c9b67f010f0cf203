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

    /**
     * Callers that are told apart by these.
     *
     * @param contributors what isolates subscribers, in this order
     */
    public ReactiveCallers(List<ReactiveFlightKeyContributor> contributors) {
        this.contributors = List.copyOf(contributors);
    }

    /** Whether subscribers are told apart at all. */
    boolean areIsolated() {
        return !contributors.isEmpty();
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
