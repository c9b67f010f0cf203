package dev.singleflight.interceptor;

import static dev.singleflight.Callers.failure;
import static dev.singleflight.Callers.group;
import static dev.singleflight.Callers.value;
import static org.assertj.core.api.Assertions.assertThat;

import dev.singleflight.Callers;
import dev.singleflight.FlightTimeoutException;
import dev.singleflight.Gate;
import dev.singleflight.SingleFlightGroup;
import dev.singleflight.annotation.SingleFlight;
import dev.singleflight.autoconfigure.SingleFlightAutoConfiguration;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import org.junit.jupiter.api.Test;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;

/** Whose wait timeout counts: the group's property, else the annotation's, else the defaults'. */
class WaitTimeoutTests {

    private final ApplicationContextRunner contexts = new ApplicationContextRunner()
            .withConfiguration(AutoConfigurations.of(SingleFlightAutoConfiguration.class))
            .withPropertyValues("patience=12ms")
            .withBean(Gate.class)
            .withBean(Rates.class);

    @Test
    void theAnnotationsLetsAFollowerLeave() {
        followerLeavesAfter("PT0.011S", contexts, Rates::annotated);
    }

    @Test
    void theAnnotationsMayBeAPlaceholder() {
        followerLeavesAfter("PT0.012S", contexts, Rates::placeholder);
    }

    @Test
    void aPlaceholderMayHaveADefault() {
        followerLeavesAfter("PT0.013S", contexts, Rates::placeholderWithDefault);
    }

    @Test
    void thePropertyOfTheGroupGoesBeforeTheAnnotation() {
        followerLeavesAfter(
                "PT0.014S",
                contexts.withPropertyValues("single-flight.groups.rates.wait-timeout=14ms"),
                Rates::annotated);
    }

    @Test
    void theAnnotationGoesBeforeTheDefaults() {
        followerLeavesAfter(
                "PT0.011S", contexts.withPropertyValues("single-flight.defaults.wait-timeout=15ms"), Rates::annotated);
    }

    @Test
    void theDefaultsCountWhereNothingElseIsSaid() {
        followerLeavesAfter(
                "PT0.015S", contexts.withPropertyValues("single-flight.defaults.wait-timeout=15ms"), Rates::plain);
    }

    @Test
    void theSettingsOfAnotherGroupDoNotCount() {
        followerLeavesAfter(
                "PT0.015S",
                contexts.withPropertyValues(
                        "single-flight.defaults.wait-timeout=15ms", "single-flight.groups.others.wait-timeout=1ms"),
                Rates::plain);
    }

    @Test
    void zeroInTheAnnotationIsNoLimit() {
        followerStays(contexts.withPropertyValues("single-flight.defaults.wait-timeout=5ms"), Rates::unlimited);
    }

    @Test
    void zeroInThePropertyOfTheGroupIsNoLimit() {
        followerStays(
                contexts.withPropertyValues(
                        "single-flight.defaults.wait-timeout=5ms", "single-flight.groups.rates.wait-timeout=0"),
                Rates::annotated);
    }

    @Test
    void zeroInTheDefaultsIsNoLimit() {
        followerStays(contexts.withPropertyValues("single-flight.defaults.wait-timeout=0"), Rates::plain);
    }

    @Test
    void byDefaultThereIsNoLimit() {
        followerStays(contexts, Rates::plain);
    }

    @Test
    void aFuturesWaitEndsToo() {
        contexts.run(context -> {
            Rates rates = context.getBean(Rates.class);
            CompletableFuture<String> leader = rates.later();
            CompletableFuture<String> follower = rates.later();
            assertThat(failure(leader)).isInstanceOf(FlightTimeoutException.class);
            assertThat(failure(follower))
                    .isInstanceOf(FlightTimeoutException.class)
                    .hasMessageContaining("'later' within the wait timeout of PT0.016S");
        });
    }

    private static void followerLeavesAfter(
            String patience, ApplicationContextRunner contexts, Function<Rates, String> call) {
        contexts.run(context -> {
            Rates rates = context.getBean(Rates.class);
            Gate gate = context.getBean(Gate.class);
            CompletableFuture<String> leader = Callers.start(() -> call.apply(rates));
            gate.awaitRuns(1);

            CompletableFuture<String> follower = Callers.start(() -> call.apply(rates));

            assertThat(failure(follower))
                    .isExactlyInstanceOf(FlightTimeoutException.class)
                    .hasMessageStartingWith("No outcome of group 'rates' within the wait timeout of " + patience + ".");
            gate.open();
            assertThat(value(leader)).isEqualTo("rate");
        });
    }

    /** A follower with no limit outlasts another of the same flight, which came later and has the shortest limit. */
    private static void followerStays(ApplicationContextRunner contexts, Function<Rates, String> call) {
        contexts.run(context -> {
            Rates rates = context.getBean(Rates.class);
            Gate gate = context.getBean(Gate.class);
            CompletableFuture<String> leader = Callers.start(() -> call.apply(rates));
            gate.awaitRuns(1);
            SingleFlightGroup<?, ?> group = group(context, "rates");
            CompletableFuture<String> patient = Callers.start(() -> call.apply(rates));
            Callers.awaitUntil(() -> group.stats().joined() == 1);

            @SuppressWarnings("unchecked") // keys and values of this group
            SingleFlightGroup<Object, String> flights = (SingleFlightGroup<Object, String>) group;
            Object key = group.inFlight().get(0).key();
            CompletableFuture<String> hasty =
                    Callers.start(() -> flights.execute(key, Duration.ofMillis(30), () -> "alone"));
            assertThat(failure(hasty)).isInstanceOf(FlightTimeoutException.class);

            assertThat(patient).isNotDone();
            gate.open();
            assertThat(value(patient)).isEqualTo("rate");
            assertThat(value(leader)).isEqualTo("rate");
        });
    }

    static class Rates {
        private final Gate gate;

        Rates(Gate gate) {
            this.gate = gate;
        }

        @SingleFlight(group = "rates", waitTimeout = "11ms")
        public String annotated() {
            return rate();
        }

        @SingleFlight(group = "rates", waitTimeout = "${patience}")
        public String placeholder() {
            return rate();
        }

        @SingleFlight(group = "rates", waitTimeout = "${not.there:PT0.013S}")
        public String placeholderWithDefault() {
            return rate();
        }

        @SingleFlight(group = "rates", waitTimeout = "0")
        public String unlimited() {
            return rate();
        }

        @SingleFlight("rates")
        public String plain() {
            return rate();
        }

        @SingleFlight(group = "later", waitTimeout = "16ms")
        public CompletableFuture<String> later() {
            return new CompletableFuture<>();
        }

        private String rate() {
            gate.pass();
            return "rate";
        }
    }
}
