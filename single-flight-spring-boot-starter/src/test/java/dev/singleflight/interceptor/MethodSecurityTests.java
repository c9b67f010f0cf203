package dev.singleflight.interceptor;

import static dev.singleflight.Callers.awaitWaiting;
import static dev.singleflight.Callers.failure;
import static dev.singleflight.Callers.group;
import static dev.singleflight.Callers.value;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.singleflight.Callers;
import dev.singleflight.Gate;
import dev.singleflight.SingleFlightGroup;
import dev.singleflight.annotation.SingleFlight;
import dev.singleflight.autoconfigure.SingleFlightAutoConfiguration;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.context.annotation.Configuration;
import org.springframework.security.access.AccessDeniedException;
import org.springframework.security.access.prepost.PostAuthorize;
import org.springframework.security.access.prepost.PreAuthorize;
import org.springframework.security.authentication.AuthenticationCredentialsNotFoundException;
import org.springframework.security.authentication.TestingAuthenticationToken;
import org.springframework.security.config.annotation.method.configuration.EnableMethodSecurity;
import org.springframework.security.core.context.SecurityContextHolder;

/** Every caller is authorised for itself before it may join. */
class MethodSecurityTests {

    private final ApplicationContextRunner contexts = new ApplicationContextRunner()
            .withConfiguration(AutoConfigurations.of(SingleFlightAutoConfiguration.class))
            .withUserConfiguration(Secured.class)
            .withBean(Gate.class)
            .withBean(SecretReports.class);

    @AfterEach
    void nobodyIsSignedIn() {
        SecurityContextHolder.clearContext();
    }

    @ParameterizedTest(name = "class proxies: {0}")
    @ValueSource(booleans = {true, false})
    void anUnauthorisedCallerIsRefusedWhileAnAuthorisedFlightIsUp(boolean classProxies) {
        contexts.withPropertyValues("spring.aop.proxy-target-class=" + classProxies)
                .run(context -> {
                    Reports reports = context.getBean(Reports.class);
                    Gate gate = context.getBean(Gate.class);
                    CompletableFuture<String> leader = Callers.start(as("ann", "ROLE_ADMIN", () -> reports.secret(7)));
                    gate.awaitRuns(1);

                    assertThatExceptionOfType(AccessDeniedException.class)
                            .isThrownBy(() -> as("bob", "ROLE_USER", () -> reports.secret(7))
                                    .call());

                    assertThat(group(context, "secret").stats().calls()).isOne();
                    gate.open();
                    assertThat(value(leader)).isEqualTo("secret 7");
                });
    }

    @Test
    void aCallerWhoIsNotSignedInIsRefusedWhileAnAuthorisedFlightIsUp() {
        contexts.run(context -> {
            Reports reports = context.getBean(Reports.class);
            Gate gate = context.getBean(Gate.class);
            CompletableFuture<String> leader = Callers.start(as("ann", "ROLE_ADMIN", () -> reports.secret(7)));
            gate.awaitRuns(1);

            assertThatExceptionOfType(AuthenticationCredentialsNotFoundException.class)
                    .isThrownBy(() -> reports.secret(7));

            gate.open();
            assertThat(value(leader)).isEqualTo("secret 7");
        });
    }

    @Test
    void whoeverIsAuthorisedJoins() {
        contexts.run(context -> {
            Reports reports = context.getBean(Reports.class);
            Gate gate = context.getBean(Gate.class);
            SingleFlightGroup<?, ?> secret = group(context, "secret");

            CompletableFuture<String> leader = Callers.start(as("ann", "ROLE_ADMIN", () -> reports.secret(7)));
            gate.awaitRuns(1);
            CompletableFuture<String> follower = Callers.start(as("eve", "ROLE_ADMIN", () -> reports.secret(7)));
            awaitWaiting(secret, 1);
            gate.open();

            assertThat(value(leader)).isEqualTo(value(follower)).isEqualTo("secret 7");
            assertThat(gate.runs()).isOne();
        });
    }

    @Test
    void anUnauthorisedCallerIsNotAskedForItsKey() {
        AtomicInteger asked = new AtomicInteger();
        contexts.withBean(FlightKeyContributor.class, () -> asked::incrementAndGet)
                .run(context -> {
                    Reports reports = context.getBean(Reports.class);
                    assertThatExceptionOfType(AccessDeniedException.class)
                            .isThrownBy(() -> as("bob", "ROLE_USER", () -> reports.secret(7))
                                    .call());
                    assertThat(asked).hasValue(0);
                });
    }

    @Test
    void postAuthorizeRefusesAFollowerWhatItsLeaderMaySee() {
        contexts.run(context -> {
            Reports reports = context.getBean(Reports.class);
            Gate gate = context.getBean(Gate.class);
            SingleFlightGroup<?, ?> owned = group(context, "owned");

            CompletableFuture<String> leader = Callers.start(as("ann", "ROLE_USER", () -> reports.ownedByAnn(7)));
            gate.awaitRuns(1);
            CompletableFuture<String> follower = Callers.start(as("bob", "ROLE_USER", () -> reports.ownedByAnn(7)));
            awaitWaiting(owned, 1);
            gate.open();

            assertThat(value(leader)).isEqualTo("ann");
            assertThat(failure(follower)).isInstanceOf(AccessDeniedException.class);
            assertThat(gate.runs()).isOne();
        });
    }

    @Test
    void postAuthorizeLetsAFollowerSeeWhatItsLeaderMayNot() {
        contexts.run(context -> {
            Reports reports = context.getBean(Reports.class);
            Gate gate = context.getBean(Gate.class);
            SingleFlightGroup<?, ?> owned = group(context, "owned");

            CompletableFuture<String> leader = Callers.start(as("bob", "ROLE_USER", () -> reports.ownedByAnn(7)));
            gate.awaitRuns(1);
            CompletableFuture<String> follower = Callers.start(as("ann", "ROLE_USER", () -> reports.ownedByAnn(7)));
            awaitWaiting(owned, 1);
            gate.open();

            assertThat(failure(leader)).isInstanceOf(AccessDeniedException.class);
            assertThat(value(follower)).isEqualTo("ann");
            assertThat(gate.runs()).isOne();
        });
    }

    private static <T> Callable<T> as(String user, String role, Callable<T> call) {
        return () -> {
            SecurityContextHolder.getContext().setAuthentication(new TestingAuthenticationToken(user, "", role));
            try {
                return call.call();
            } finally {
                SecurityContextHolder.clearContext();
            }
        };
    }

    @Configuration(proxyBeanMethods = false)
    @EnableMethodSecurity
    static class Secured {}

    interface Reports {
        String secret(int id);

        String ownedByAnn(int id);
    }

    static class SecretReports implements Reports {
        private final Gate gate;

        SecretReports(Gate gate) {
            this.gate = gate;
        }

        @Override
        @PreAuthorize("hasRole('ADMIN')")
        @SingleFlight(group = "secret", key = "#id")
        public String secret(int id) {
            gate.pass();
            return "secret " + id;
        }

        @Override
        @PostAuthorize("returnObject == authentication.name")
        @SingleFlight(group = "owned", key = "#id")
        public String ownedByAnn(int id) {
            gate.pass();
            return "ann";
        }
    }
}
