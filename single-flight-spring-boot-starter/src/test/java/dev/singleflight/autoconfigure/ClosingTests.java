package dev.singleflight.autoconfigure;

import static dev.singleflight.Callers.awaitWaiting;
import static dev.singleflight.Callers.value;
import static org.assertj.core.api.Assertions.assertThat;

import dev.singleflight.Callers;
import dev.singleflight.Gate;
import dev.singleflight.SingleFlightGroup;
import dev.singleflight.SingleFlightGroups;
import dev.singleflight.annotation.SingleFlight;
import dev.singleflight.annotation.SingleFlightForget;
import dev.singleflight.interceptor.FlightKeyContributor;
import dev.singleflight.metrics.SingleFlightMetrics;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.DisposableBean;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.test.context.assertj.AssertableApplicationContext;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.mock.web.MockServletContext;
import org.springframework.web.context.support.AnnotationConfigWebApplicationContext;

/** Contexts that close, or refresh, while flights are up. */
class ClosingTests {

    private final SimpleMeterRegistry outliving = new SimpleMeterRegistry();

    private final ApplicationContextRunner contexts = new ApplicationContextRunner()
            .withConfiguration(AutoConfigurations.of(
                    SingleFlightAutoConfiguration.class, SingleFlightMetricsAutoConfiguration.class))
            .withBean(MeterRegistry.class, () -> outliving, definition -> definition.setDestroyMethodName(""))
            .withBean(FlightKeyContributor.class, () -> () -> "tenant")
            .withBean(Users.class);

    @Test
    void whoIsInFlightEndsNormally() {
        contexts.run(context -> {
            Users users = context.getBean(Users.class);
            SingleFlightGroup<?, ?> group = Callers.group(context, "users");
            bindMeters(context);
            CompletableFuture<String> leader = Callers.start(() -> users.find(7));
            users.gate().awaitRuns(1);
            CompletableFuture<String> follower = Callers.start(() -> users.find(7));
            awaitWaiting(group, 1);

            context.close();

            assertThat(outliving.getMeters()).as("meters of the closed context").isEmpty();
            users.gate().open();
            assertThat(value(leader)).isEqualTo("user 7");
            assertThat(value(follower)).isSameAs(value(leader));
            assertThat(group.inFlight()).isEmpty();
            assertThat(outliving.getMeters()).as("meters after the flight").isEmpty();
        });
    }

    @Test
    void theFirstCallMayComeAfterTheContextHasClosed() {
        contexts.run(context -> {
            Users users = context.getBean(Users.class);
            SingleFlightGroups groups = context.getBean(SingleFlightGroups.class);
            bindMeters(context);
            users.gate().open();

            context.close();

            assertThat(users.find(7)).isEqualTo("user 7");
            users.changed(7);
            assertThat(groups.find("users").orElseThrow().stats().calls())
                    .as("counted by the groups of that context")
                    .isEqualTo(1);
            assertThat(outliving.getMeters()).isEmpty();
        });
    }

    @Test
    void theFirstCallMayComeWhileBeansAreDestroyed() {
        AtomicReference<String> found = new AtomicReference<>();
        contexts.withBean(Farewell.class, found).run(context -> {
            context.getBean(Users.class).gate().open();
            context.close();
            assertThat(found).hasValue("user 7");
        });
    }

    @Test
    void aGroupThatIsCreatedAfterTheContextHasClosedHasNoMeters() {
        contexts.run(context -> {
            SingleFlightGroups groups = context.getBean(SingleFlightGroups.class);
            bindMeters(context);
            context.close();
            assertThat(groups.group("late").execute("key", () -> "made")).isEqualTo("made");
            assertThat(outliving.getMeters()).isEmpty();
        });
    }

    @Test
    void aRefreshedContextStartsAfreshAndOldFlightsEnd() {
        try (AnnotationConfigWebApplicationContext context = new AnnotationConfigWebApplicationContext()) {
            context.setServletContext(new MockServletContext());
            context.register(SingleFlightAutoConfiguration.class, Users.class);
            context.refresh();
            Users before = context.getBean(Users.class);
            SingleFlightGroup<?, ?> groupBefore = Callers.group(context, "users");
            CompletableFuture<String> leader = Callers.start(() -> before.find(7));
            before.gate().awaitRuns(1);
            CompletableFuture<String> follower = Callers.start(() -> before.find(7));
            awaitWaiting(groupBefore, 1);

            context.refresh();

            Users after = context.getBean(Users.class);
            after.gate().open();
            assertThat(after.find(7)).as("runs anew").isEqualTo("user 7");
            assertThat(after.gate().runs()).isEqualTo(1);
            assertThat(Callers.group(context, "users").stats().calls()).isEqualTo(1);
            before.gate().open();
            assertThat(value(leader)).isEqualTo("user 7");
            assertThat(value(follower)).isSameAs(value(leader));
            assertThat(before.find(8)).as("a call to the old bean").isEqualTo("user 8");
        }
    }

    private void bindMeters(AssertableApplicationContext context) {
        context.getBean(SingleFlightMetrics.class).bindTo(outliving);
        assertThat(outliving.getMeters()).isNotEmpty();
    }

    /** Is destroyed before the bean it calls, and when no other may be created any more. */
    record Farewell(Users users, AtomicReference<String> found) implements DisposableBean {

        @Override
        public void destroy() {
            users.changed(7);
            found.set(users.find(7));
        }
    }

    static class Users {
        private final Gate gate = new Gate();

        public Gate gate() {
            return gate;
        }

        @SingleFlight("users")
        public String find(int id) {
            gate.pass();
            return "user " + id;
        }

        @SingleFlightForget(group = "users", key = "#id")
        public void changed(int id) {}
    }
}
