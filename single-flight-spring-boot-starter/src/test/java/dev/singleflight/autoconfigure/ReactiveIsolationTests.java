package dev.singleflight.autoconfigure;

import static dev.singleflight.Callers.failure;
import static dev.singleflight.Callers.group;
import static dev.singleflight.Callers.value;
import static org.assertj.core.api.Assertions.assertThat;

import dev.singleflight.Callers;
import dev.singleflight.annotation.SingleFlight;
import dev.singleflight.interceptor.FlightKeyContributor;
import dev.singleflight.interceptor.InvalidSingleFlightException;
import dev.singleflight.interceptor.ReactiveFlightKeyContributor;
import io.reactivex.rxjava3.core.Single;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.context.ApplicationContext;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.NestedExceptionUtils;
import org.springframework.security.access.AccessDeniedException;
import org.springframework.security.access.prepost.PreAuthorize;
import org.springframework.security.authentication.TestingAuthenticationToken;
import org.springframework.security.config.annotation.method.configuration.EnableReactiveMethodSecurity;
import org.springframework.security.core.Authentication;
import org.springframework.security.core.context.ReactiveSecurityContextHolder;
import org.springframework.security.core.context.SecurityContextHolder;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;
import reactor.util.context.Context;

/** Subscribers are told apart by their Reactor contexts, and authorized each for itself. */
class ReactiveIsolationTests {

    private final ApplicationContextRunner contexts = new ApplicationContextRunner()
            .withConfiguration(AutoConfigurations.of(SingleFlightAutoConfiguration.class))
            .withBean(Reports.class);

    private final ApplicationContextRunner byPrincipal =
            contexts.withPropertyValues("single-flight.isolate-by=principal");

    private final ApplicationContextRunner byTenant = contexts.withBean(
            ReactiveFlightKeyContributor.class,
            () -> () -> Mono.deferContextual(context -> Mono.justOrEmpty(context.<String>getOrEmpty("tenant"))));

    @Test
    void withoutItAllSubscribersShare() {
        contexts.run(context -> {
            Subscribers subscribers = new Subscribers(context);
            subscribers.add("find", signedIn("ann"));
            subscribers.add("find", signedIn("bob"));
            subscribers.add("find", Context.empty());
            assertThat(subscribers.flights("find")).isOne();
        });
    }

    @Test
    void subscribersShareWithThePrincipalAlone() {
        byPrincipal.run(context -> {
            Subscribers subscribers = new Subscribers(context);
            subscribers.add("find", signedIn("ann"));
            subscribers.add("find", signedIn("bob"));
            subscribers.add("find", Context.empty());
            assertThat(subscribers.flights("find")).isEqualTo(3);
            subscribers.add("find", signedIn("ann"));
            subscribers.add("find", Context.empty());
            assertThat(subscribers.flights("find")).isEqualTo(3);
        });
    }

    @Test
    void aSubscriberAndABlockingCallerOfOnePrincipalShare() {
        byPrincipal.run(context -> {
            Reports reports = context.getBean(Reports.class);
            CompletableFuture<String> reactive =
                    reports.find(7).contextWrite(signedIn("ann")).toFuture();
            CompletableFuture<String> blocking = Callers.start(() -> {
                SecurityContextHolder.getContext().setAuthentication(user("ann"));
                return reports.findBlocking(7);
            });
            Callers.awaitWaiting(group(context, "find"), 2);
            reports.gate().tryEmitValue("report");

            assertThat(value(reactive)).isEqualTo("report");
            assertThat(value(blocking)).isEqualTo("report");
        });
    }

    @Test
    void aContributorReadsTheSubscribersContext() {
        byTenant.run(context -> {
            Subscribers subscribers = new Subscribers(context);
            subscribers.add("find", Context.of("tenant", "acme"));
            subscribers.add("find", Context.of("tenant", "umbrella"));
            subscribers.add("find", Context.empty());
            subscribers.add("find", Context.of("tenant", "acme"));
            subscribers.add("find", Context.empty());
            assertThat(subscribers.flights("find")).isEqualTo(3);
        });
    }

    @Test
    void aContributorMayTakeItsTime() {
        Sinks.One<String> tenant = Sinks.one();
        contexts.withBean(ReactiveFlightKeyContributor.class, () -> tenant::asMono)
                .run(context -> {
                    Subscribers subscribers = new Subscribers(context);
                    subscribers.add("find", Context.empty());
                    assertThat(subscribers.flights("find")).isZero();
                    tenant.tryEmitValue("acme");
                    assertThat(subscribers.flights("find")).isOne();
                });
    }

    @Test
    void whatAContributorFailsWithIsItsSubscribersAlone() {
        contexts.withBean(ReactiveFlightKeyContributor.class, () -> () -> Mono.error(new IllegalStateException("who?")))
                .run(context -> {
                    Reports reports = context.getBean(Reports.class);
                    assertThat(failure(reports.find(7).toFuture())).hasMessage("who?");
                    assertThat(group(context, "find").stats().calls()).isZero();
                });
    }

    @ParameterizedTest
    @ValueSource(strings = {"none", "principal"})
    void anApplicationThatIsolatesBlockingCallsAloneDoesNotStart(String isolateBy) {
        contexts.withPropertyValues("single-flight.isolate-by=" + isolateBy)
                .withBean(FlightKeyContributor.class, () -> () -> "acme")
                .run(context -> assertThat(NestedExceptionUtils.getMostSpecificCause(context.getStartupFailure()))
                        .isInstanceOf(InvalidSingleFlightException.class)
                        .hasMessageContaining("ReactiveIsolationTests.Reports.")
                        .hasMessageContaining(
                                "would share among all subscribers what blocking callers share only where a"
                                        + " FlightKeyContributor says so")
                        .hasMessageContaining("Define a ReactiveFlightKeyContributor"));
    }

    @Test
    void typesWithoutAContextShareWhereNobodyIsToldApart() {
        ApplicationContextRunner singles = new ApplicationContextRunner()
                .withConfiguration(AutoConfigurations.of(SingleFlightAutoConfiguration.class))
                .withBean(Singles.class);
        singles.run(context -> {
            Single<String> single = context.getBean(Singles.class).find(7);
            assertThat(group(context, "singles").stats().calls()).isZero();
            assertThat(single.blockingGet()).isEqualTo("7");
            assertThat(single.blockingGet()).isEqualTo("7");
            assertThat(group(context, "singles").stats().runs()).isEqualTo(2);
        });
        singles.withPropertyValues("single-flight.isolate-by=principal")
                .run(context -> assertThat(NestedExceptionUtils.getMostSpecificCause(context.getStartupFailure()))
                        .isInstanceOf(InvalidSingleFlightException.class)
                        .hasMessageContaining("ReactiveIsolationTests.Singles.find(int): returns"
                                + " io.reactivex.rxjava3.core.Single<java.lang.String>, whose subscribers have no Reactor"
                                + " context"));
    }

    @Test
    void whoeverMayNotCallIsRefusedWhileAFlightIsUp() {
        contexts.withUserConfiguration(Secured.class).run(context -> {
            assertThat(context).hasNotFailed();
            Reports reports = context.getBean(Reports.class);
            CompletableFuture<String> ann =
                    reports.secret(7).contextWrite(signedIn("ann")).toFuture();
            assertThat(group(context, "secret").inFlight()).hasSize(1);

            assertThat(failure(reports.secret(7).contextWrite(signedIn("bob")).toFuture()))
                    .isInstanceOf(AccessDeniedException.class);
            assertThat(failure(reports.secret(7).toFuture())).isInstanceOf(AccessDeniedException.class);
            reports.gate().tryEmitValue("secret");
            assertThat(value(ann)).isEqualTo("secret");
        });
    }

    private static Context signedIn(String name) {
        return ReactiveSecurityContextHolder.withAuthentication(user(name));
    }

    private static Authentication user(String name) {
        return new TestingAuthenticationToken(name, "", "ROLE_USER");
    }

    /** Subscribers whose flights stay up. */
    private static final class Subscribers {

        private final ApplicationContext context;

        private final List<CompletableFuture<?>> all = new ArrayList<>();

        private Subscribers(ApplicationContext context) {
            this.context = context;
        }

        private void add(String group, Context subscriber) {
            all.add(context.getBean(Reports.class)
                    .find(7)
                    .contextWrite(subscriber)
                    .toFuture());
            assertThat(all).as(group).noneMatch(CompletableFuture::isDone);
        }

        private int flights(String group) {
            return group(context, group).inFlight().size();
        }
    }

    static class Singles {

        @SingleFlight(group = "singles", key = "#id")
        public Single<String> find(int id) {
            return Single.just(String.valueOf(id));
        }
    }

    static class Reports {

        private final Sinks.One<String> gate = Sinks.one();

        Sinks.One<String> gate() {
            return gate;
        }

        @SingleFlight(group = "find", key = "#id")
        public Mono<String> find(int id) {
            return gate.asMono();
        }

        @SingleFlight(group = "find", key = "#id")
        public String findBlocking(int id) {
            throw new IllegalStateException("nobody leads here");
        }

        @PreAuthorize("authentication.name == 'ann'")
        @SingleFlight(group = "secret", key = "#id")
        public Mono<String> secret(int id) {
            return gate.asMono();
        }
    }

    @Configuration(proxyBeanMethods = false)
    @EnableReactiveMethodSecurity
    static class Secured {}
}
