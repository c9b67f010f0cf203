package dev.singleflight.autoconfigure;

import dev.singleflight.interceptor.FlightKeyContributor;
import dev.singleflight.interceptor.ReactiveCallers;
import dev.singleflight.interceptor.ReactiveFlightKeyContributor;
import java.util.List;
import java.util.stream.Stream;
import org.springframework.beans.factory.BeanFactory;
import org.springframework.security.core.context.ReactiveSecurityContextHolder;
import org.springframework.security.core.context.SecurityContext;
import reactor.core.publisher.Mono;

/** Tells subscribers apart. Only for applications that have Reactor. */
final class ReactiveIsolation {

    private ReactiveIsolation() {}

    /**
     * Subscribers, told apart by what the beans contribute.
     *
     * @param byPrincipal whether by who is signed in, too: then Spring Security is there
     */
    static ReactiveCallers callers(BeanFactory beans, boolean byPrincipal) {
        Stream<ReactiveFlightKeyContributor> ours = byPrincipal ? Stream.of(Security::principal) : Stream.empty();
        List<ReactiveFlightKeyContributor> others = beans.getBeanProvider(ReactiveFlightKeyContributor.class)
                .orderedStream()
                .toList();
        boolean blocking = beans.getBeanProvider(FlightKeyContributor.class).stream()
                .findAny()
                .isPresent();
        return new ReactiveCallers(Stream.concat(ours, others.stream()).toList(), !blocking || !others.isEmpty());
    }

    /** All that needs the library. */
    private static final class Security {

        private Security() {}

        /** Of the Reactor context; a suspending function that was called on a servlet's thread finds it there. */
        private static Mono<?> principal() {
            return ReactiveSecurityContextHolder.getContext()
                    .mapNotNull(SecurityContext::getAuthentication)
                    .map(PrincipalIsolation::principal)
                    .switchIfEmpty(Mono.fromSupplier(PrincipalIsolation::ofThread));
        }
    }
}
