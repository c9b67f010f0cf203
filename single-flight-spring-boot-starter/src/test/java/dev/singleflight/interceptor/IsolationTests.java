package dev.singleflight.interceptor;

import static dev.singleflight.Callers.group;
import static dev.singleflight.Callers.value;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import dev.singleflight.Callers;
import dev.singleflight.Gate;
import dev.singleflight.annotation.SingleFlight;
import dev.singleflight.annotation.SingleFlightForget;
import dev.singleflight.autoconfigure.SingleFlightAutoConfiguration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;

/** A {@link FlightKeyContributor} keeps callers apart, and a forget reaches them all. */
@SuppressWarnings("FutureReturnValueIgnored") // flights that stay up
class IsolationTests {

    private static final ThreadLocal<Object> TENANT = new ThreadLocal<>();

    private static final ThreadLocal<Object> LOCALE = new ThreadLocal<>();

    private final ApplicationContextRunner contexts = new ApplicationContextRunner()
            .withConfiguration(AutoConfigurations.of(SingleFlightAutoConfiguration.class))
            .withBean(Gate.class)
            .withBean(Reports.class)
            .withBean("tenant", FlightKeyContributor.class, () -> TENANT::get);

    @AfterEach
    void nobodyIsSignedIn() {
        TENANT.remove();
        LOCALE.remove();
    }

    @Test
    void twoTenantsAtTheSameTimeAreTwoRuns() {
        contexts.run(context -> {
            Reports reports = context.getBean(Reports.class);
            Gate gate = context.getBean(Gate.class);

            CompletableFuture<String> acme = Callers.start(() -> as("acme", reports));
            CompletableFuture<String> umbrella = Callers.start(() -> as("umbrella", reports));
            gate.awaitRuns(2);
            CompletableFuture<String> follower = Callers.start(() -> as("acme", reports));
            Callers.awaitWaiting(group(context, "reports"), 1);
            gate.open();

            assertThat(value(acme)).isEqualTo(value(follower)).isEqualTo("report 7 of acme");
            assertThat(value(umbrella)).isEqualTo("report 7 of umbrella");
            assertThat(gate.runs()).isEqualTo(2);
        });
    }

    @Test
    void nullIsATenantToo() {
        contexts.run(context -> {
            Reports reports = context.getBean(Reports.class);
            later(reports, null);
            later(reports, "acme");
            later(reports, null);
            assertThat(group(context, "later").inFlight()).hasSize(2);
        });
    }

    @Test
    void aForgetReachesEveryTenant() {
        contexts.run(context -> {
            Reports reports = context.getBean(Reports.class);
            later(reports, "acme");
            later(reports, "umbrella");
            reports.changed(7);
            assertThat(group(context, "later").inFlight()).isEmpty();
        });
    }

    @Test
    void theKeyIsPrintedWithoutTheTenant() {
        contexts.run(context -> {
            later(context.getBean(Reports.class), "acme");
            assertThat(group(context, "later").inFlight())
                    .singleElement()
                    .satisfies(flight -> assertThat(flight.key()).hasToString("7"));
        });
    }

    @Test
    void twoBeansOfOneTenantDoNotShare() {
        contexts.withBean("others", Reports.class).run(context -> {
            later(context.getBean("others", Reports.class), "acme");
            later(context.getBeansOfType(Reports.class).values().iterator().next(), "acme");
            assertThat(group(context, "later").inFlight()).hasSize(2);
        });
    }

    @Test
    void severalContributorsAllCount() {
        contexts.withBean("locale", FlightKeyContributor.class, () -> LOCALE::get)
                .run(context -> {
                    Reports reports = context.getBean(Reports.class);
                    LOCALE.set("de");
                    later(reports, "acme");
                    LOCALE.set("fr");
                    later(reports, "acme");
                    later(reports, "acme");
                    assertThat(group(context, "later").inFlight()).hasSize(2);
                });
    }

    @Test
    void whatAContributorGivesIsCopied() {
        contexts.run(context -> {
            Reports reports = context.getBean(Reports.class);
            List<String> roles = new ArrayList<>(List.of("admin"));
            later(reports, roles);
            roles.add("user");
            later(reports, List.of("admin"));
            assertThat(group(context, "later").inFlight()).hasSize(1);
        });
    }

    @Test
    void whatAContributorThrowsReachesTheCallerAlone() {
        AtomicReference<RuntimeException> failure = new AtomicReference<>();
        contexts.withBean("failing", FlightKeyContributor.class, () -> () -> {
                    if (failure.get() != null) {
                        throw failure.get();
                    }
                    return null;
                })
                .run(context -> {
                    Reports reports = context.getBean(Reports.class);
                    failure.set(new IllegalStateException("no tenant"));
                    assertThatIllegalStateException()
                            .isThrownBy(() -> later(reports, "acme"))
                            .withMessage("no tenant");
                    assertThat(group(context, "later").inFlight()).isEmpty();
                });
    }

    private static String as(String name, Reports reports) {
        TENANT.set(name);
        return reports.of(7) + " of " + name;
    }

    private static void later(Reports reports, Object name) {
        TENANT.set(name);
        reports.later(7);
    }

    static class Reports {
        private final Gate gate;

        Reports(Gate gate) {
            this.gate = gate;
        }

        @SingleFlight(group = "reports", key = "#id")
        public String of(int id) {
            gate.pass();
            return "report " + id;
        }

        @SingleFlight(group = "later", key = "#id")
        public CompletableFuture<String> later(int id) {
            return new CompletableFuture<>();
        }

        @SingleFlightForget(group = "later", key = "#id")
        public void changed(int id) {}
    }
}
