package dev.singleflight.autoconfigure;

import static dev.singleflight.RunningApplication.json;
import static dev.singleflight.RunningApplication.path;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.github.benmanes.caffeine.cache.Caffeine;
import dev.singleflight.Callers;
import dev.singleflight.Gate;
import dev.singleflight.RunningApplication;
import dev.singleflight.annotation.SingleFlight;
import dev.singleflight.annotation.SingleFlightForget;
import dev.singleflight.interceptor.InvalidSingleFlightException;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.util.concurrent.CompletableFuture;
import org.slf4j.MDC;
import org.springframework.aot.AotDetector;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.cache.Cache;
import org.springframework.cache.caffeine.CaffeineCacheManager;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.security.authentication.TestingAuthenticationToken;
import org.springframework.security.core.context.SecurityContextHolder;

/** Is built ahead of time by {@link AheadOfTimeTests}, which then run {@link Run}. */
@Configuration(proxyBeanMethods = false)
@EnableAutoConfiguration
@SuppressWarnings("FutureReturnValueIgnored") // flights that stay up
public class AheadOfTimeApplication {

    /** For the build. */
    public static void main(String[] arguments) {
        SpringApplication.run(AheadOfTimeApplication.class, arguments);
    }

    /** What was built, in a JVM of its own. */
    static final class Run {

        private Run() {}

        public static void main(String[] arguments) {
            shares();
            isolates();
            runsElsewhere();
            refuses();
        }
    }

    /** Everything works as without the build, and by the properties of the run. */
    private static void shares() {
        assertThat(AotDetector.useGeneratedArtifacts()).isTrue();
        try (RunningApplication application = RunningApplication.start(
                AheadOfTimeApplication.class,
                "patience=30s",
                "single-flight.groups.users.max-followers=17",
                "management.endpoints.web.exposure.include=singleflight")) {
            Users users = application.bean(Users.class);
            Callers.herd(3, application.bean(Gate.class), application.context(), "users", () -> users.find(7))
                    .forEach(caller -> assertThat(Callers.value(caller)).isEqualTo("user 7"));
            assertThat(application.bean(Gate.class).runs()).isEqualTo(1);
            assertThat(application.group("users").config().maxFollowers()).isEqualTo(17);
            assertThat(json(application.get(path("singleflight", "users"))).read("$.joined", Integer.class))
                    .isEqualTo(2);
            assertThat(application
                            .bean(MeterRegistry.class)
                            .get("single.flight.calls")
                            .tags("group", "users", "role", "follower")
                            .functionCounter()
                            .count())
                    .isEqualTo(2);
            users.later(7);
            users.changed(7);
            assertThat(application.group("later").stats().forgotten()).isEqualTo(1);
            loads(application);
        }
    }

    /** The caches of a manager that is asked for by its own type, and that Spring Boot meters. */
    private static void loads(RunningApplication application) {
        Cache users = application.bean(CaffeineCacheManager.class).getCache("users");
        assertThat(users.get(7, () -> "loaded")).isEqualTo("loaded");
        assertThat(application.group("cache:users").stats().runs()).isEqualTo(1);
        assertThat(application
                        .bean(MeterRegistry.class)
                        .get("cache.gets")
                        .tags("cache", "users", "result", "hit")
                        .functionCounter())
                .isNotNull();
    }

    /** Which principal there is shows at run time alone, and so may the property. */
    private static void isolates() {
        try (RunningApplication application =
                RunningApplication.start(AheadOfTimeApplication.class, "single-flight.isolate-by=principal")) {
            for (String user : new String[] {"ann", "bob"}) {
                SecurityContextHolder.getContext()
                        .setAuthentication(new TestingAuthenticationToken(user, "", "ROLE_USER"));
                application.bean(Users.class).later(7);
            }
            assertThat(application.group("later").inFlight()).hasSize(2);
        } finally {
            SecurityContextHolder.clearContext();
        }
    }

    /** Where calls run shows at run time alone. */
    private static void runsElsewhere() {
        try (RunningApplication application = RunningApplication.start(
                AheadOfTimeApplication.class, "single-flight.groups.thread.execution=executor")) {
            MDC.put("request", "7");
            assertThat(application.bean(Users.class).thread(1))
                    .startsWith("single-flight-")
                    .endsWith(" 7");
        } finally {
            MDC.clear();
        }
    }

    /** The check at the start runs. */
    private static void refuses() {
        assertThatThrownBy(() -> RunningApplication.start(AheadOfTimeApplication.class, "patience=30"))
                .hasRootCauseInstanceOf(InvalidSingleFlightException.class)
                .rootCause()
                .hasMessageContaining("which has no unit");
    }

    @Bean
    MeterRegistry meterRegistry() {
        return new SimpleMeterRegistry();
    }

    @Bean
    CaffeineCacheManager cacheManager() {
        CaffeineCacheManager manager = new CaffeineCacheManager("users");
        manager.setCaffeine(Caffeine.newBuilder().recordStats());
        return manager;
    }

    @Bean
    Gate gate() {
        return new Gate();
    }

    @Bean
    Users users(Gate gate) {
        return new Users(gate);
    }

    static class Users {
        private final Gate gate;

        Users(Gate gate) {
            this.gate = gate;
        }

        @SingleFlight(value = "users", key = "#id", waitTimeout = "${patience:30s}")
        public String find(int id) {
            gate.pass();
            return "user " + id;
        }

        @SingleFlight("later")
        public CompletableFuture<String> later(int id) {
            return new CompletableFuture<>();
        }

        @SingleFlight("thread")
        public String thread(int id) {
            return Thread.currentThread().getName() + " " + MDC.get("request");
        }

        @SingleFlightForget(group = "later", key = "#id")
        public void changed(int id) {}
    }
}
