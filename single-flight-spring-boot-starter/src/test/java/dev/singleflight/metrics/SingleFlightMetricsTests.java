package dev.singleflight.metrics;

import static dev.singleflight.Callers.failure;
import static dev.singleflight.Callers.herd;
import static dev.singleflight.Callers.value;
import static dev.singleflight.RunningApplication.json;
import static dev.singleflight.RunningApplication.path;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import com.jayway.jsonpath.DocumentContext;
import dev.singleflight.Callers;
import dev.singleflight.FlightListener;
import dev.singleflight.FlightRejectedException;
import dev.singleflight.FlightTimeoutException;
import dev.singleflight.Gate;
import dev.singleflight.RunningApplication;
import dev.singleflight.SingleFlightGroup;
import dev.singleflight.SingleFlightGroups;
import dev.singleflight.WaitEnd;
import dev.singleflight.annotation.SingleFlight;
import dev.singleflight.annotation.SingleFlightForget;
import dev.singleflight.autoconfigure.SingleFlightAutoConfiguration;
import dev.singleflight.autoconfigure.SingleFlightMetricsAutoConfiguration;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.FunctionTimer;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import io.micrometer.core.instrument.composite.CompositeMeterRegistry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.util.ClassUtils;

/** The meters, and that they tell the same as the groups and the endpoint. */
@ExtendWith(OutputCaptureExtension.class)
@SuppressWarnings("FutureReturnValueIgnored") // flights that stay up
class SingleFlightMetricsTests {

    private final SimpleMeterRegistry registry = new SimpleMeterRegistry();

    private final ApplicationContextRunner contexts = contexts(registry);

    private static ApplicationContextRunner contexts(MeterRegistry registry) {
        return new ApplicationContextRunner()
                .withConfiguration(AutoConfigurations.of(
                        SingleFlightAutoConfiguration.class,
                        SingleFlightMetricsAutoConfiguration.class,
                        present(
                                "org.springframework.boot.actuate.autoconfigure.metrics.MetricsAutoConfiguration",
                                "org.springframework.boot.micrometer.metrics.autoconfigure.MetricsAutoConfiguration")))
                .withBean("registry", MeterRegistry.class, () -> registry)
                .withBean(Gate.class)
                .withBean(Users.class);
    }

    @ParameterizedTest
    @CsvSource({
        "single.flight.calls, leader",
        "single.flight.calls, follower",
        "single.flight.calls, reused",
        "single.flight.calls, bypass",
        "single.flight.calls, rejected"
    })
    void callsAreCountersByRole(String name, String role) {
        contexts.run(context -> assertThat(
                        registry.get(name).tags("group", "users", "role", role).meter())
                .isInstanceOf(FunctionCounter.class));
    }

    @ParameterizedTest
    @CsvSource({"success", "failure"})
    void runsAreTimersByOutcome(String outcome) {
        contexts.run(context -> assertThat(registry.get("single.flight.runs")
                        .tags("group", "users", "outcome", outcome)
                        .meter())
                .isInstanceOf(FunctionTimer.class));
    }

    @ParameterizedTest
    @CsvSource({"success", "failure", "timeout", "interrupted", "handed_over"})
    void waitsAreTimersByOutcome(String outcome) {
        contexts.run(context -> assertThat(registry.get("single.flight.waits")
                        .tags("group", "users", "outcome", outcome)
                        .meter())
                .isInstanceOf(Timer.class));
    }

    @ParameterizedTest
    @CsvSource({"single.flight.forgotten", "single.flight.stuck", "single.flight.successions", "single.flight.stale"})
    void whatHappenedIsACounter(String name) {
        contexts.run(context ->
                assertThat(registry.get(name).tags("group", "users").meter()).isInstanceOf(FunctionCounter.class));
    }

    @ParameterizedTest
    @CsvSource({"single.flight.active", "single.flight.waiting"})
    void whatIsUpIsAGauge(String name) {
        contexts.run(context ->
                assertThat(registry.get(name).tags("group", "users").meter()).isInstanceOf(Gauge.class));
    }

    @Test
    void everyMeterHasADescriptionAndNoTagButThese() {
        contexts.run(context -> {
            context.getBean(Users.class).later("secret");
            assertThat(ours()).isNotEmpty().allSatisfy(meter -> {
                assertThat(meter.getId().getDescription()).isNotBlank();
                assertThat(meter.getId().getTags()).extracting("key").isSubsetOf("group", "role", "outcome");
                assertThat(meter.getId().toString()).doesNotContain("secret");
            });
        });
    }

    @Test
    void metersOfAnnotatedMethodsAreThereBeforeTheFirstCall() {
        contexts.run(context -> assertThat(registry.get("single.flight.calls")
                        .tags("group", "users", "role", "leader")
                        .functionCounter()
                        .count())
                .isZero());
    }

    @Test
    void metersOfAGroupThatCodeCreatesLaterAreThereThen() {
        contexts.run(context -> {
            assertThat(registry.find("single.flight.calls")
                            .tags("group", "late")
                            .meter())
                    .isNull();

            String made = context.getBean(SingleFlightGroups.class)
                    .<String, String>group("late")
                    .execute("key", () -> "made");

            assertThat(made).isEqualTo("made");
            assertThat(count("late", "leader")).isEqualTo(1);
            assertThat(registry.get("single.flight.runs")
                            .tags("group", "late", "outcome", "success")
                            .functionTimer()
                            .count())
                    .isEqualTo(1);
        });
    }

    @Test
    void aGroupOfItsOwnHasNoMeters() {
        contexts.run(context -> {
            assertThat(SingleFlightGroup.<String, String>create("own").execute("key", () -> "made"))
                    .isEqualTo("made");
            assertThat(registry.find("single.flight.calls").tags("group", "own").meter())
                    .isNull();
        });
    }

    @Test
    void metersGoWhenTheContextCloses() {
        SimpleMeterRegistry outliving = new SimpleMeterRegistry();
        contexts.run(context -> {
            context.getBean(SingleFlightMetrics.class).bindTo(outliving);
            context.getBean(SingleFlightGroups.class).group("late");
            assertThat(outliving.get("single.flight.active").meters()).hasSizeGreaterThan(1);
        });
        assertThat(outliving.getMeters()).isEmpty();
    }

    @Test
    void theNextContextsMetersTakeTheirPlace() {
        SimpleMeterRegistry outliving = new SimpleMeterRegistry();
        for (int start = 0; start < 2; start++) {
            contexts.run(context -> {
                context.getBean(SingleFlightMetrics.class).bindTo(outliving);
                context.getBean(Users.class).later("a");
                assertThat(outliving
                                .get("single.flight.calls")
                                .tags("group", "users", "role", "leader")
                                .functionCounter()
                                .count())
                        .isEqualTo(1);
            });
        }
    }

    @Test
    void aGroupThatComesAfterTheCloseHasNoMeters() {
        SimpleMeterRegistry outliving = new SimpleMeterRegistry();
        SingleFlightGroups own = new SingleFlightGroups();
        contexts.withBean(SingleFlightGroups.class, () -> own).run(context -> {
            context.getBean(SingleFlightMetrics.class).bindTo(outliving);
            assertThat(outliving.getMeters()).isNotEmpty();
        });
        own.group("late");
        assertThat(outliving.getMeters()).isEmpty();
    }

    @Test
    void twoContextsAtATimeShareNothing() {
        SimpleMeterRegistry others = new SimpleMeterRegistry();
        contexts.run(context -> contexts(others).run(other -> {
            context.getBean(Users.class).later("a");
            context.getBean(Users.class).later("a");
            other.getBean(Users.class).later("a");
            assertThat(calls(registry, "leader")).isEqualTo(1);
            assertThat(calls(registry, "follower")).isEqualTo(1);
            assertThat(calls(others, "leader")).isEqualTo(1);
            assertThat(calls(others, "follower")).isZero();
        }));
    }

    @Test
    void ofTwoContextsWithOneRegistryTheFirstOnesMetersStandAndTheOtherIsToldSo(CapturedOutput output) {
        SimpleMeterRegistry common = new SimpleMeterRegistry();
        contexts(common).run(first -> {
            first.getBean(Users.class).later("a");
            assertThat(output).doesNotContain("another application context");

            contexts(common).run(second -> {
                Users users = second.getBean(Users.class);
                users.later("b");
                users.later("b");
                users.land("b");
                assertThat(output)
                        .containsOnlyOnce("The meter registry has meters of a group 'users' already, those of another"
                                + " application context.");
                assertThat(calls(common, "follower")).isZero();
            });

            first.getBean(Users.class).later("a");
            assertThat(calls(common, "leader")).isEqualTo(1);
            assertThat(calls(common, "follower")).isEqualTo(1);
            assertThat(waits(common, "users", "success")).isZero();
        });
        assertThat(common.getMeters()).isEmpty();
    }

    @Test
    void aRegistryThatIsBoundTwiceIsToldOnce(CapturedOutput output) {
        contexts.run(context -> {
            context.getBean(SingleFlightMetrics.class).bindTo(registry);
            Users users = context.getBean(Users.class);
            users.later("a");
            users.later("a");
            users.land("a");
            Callers.awaitUntil(() -> waits(registry, "users", "success") > 0);
            assertThat(waits(registry, "users", "success")).isEqualTo(1);
            assertThat(output).doesNotContain("another application context");
        });
    }

    @Test
    void everyRegistryOfACompositeIsToldThoseThatComeLaterToo() {
        SimpleMeterRegistry early = new SimpleMeterRegistry();
        SimpleMeterRegistry late = new SimpleMeterRegistry();
        CompositeMeterRegistry composite = new CompositeMeterRegistry();
        composite.add(early);
        contexts(composite).run(context -> {
            composite.add(late);
            Users users = context.getBean(Users.class);
            users.later("a");
            users.later("a");
            users.land("a");
            for (MeterRegistry each : List.of(early, late)) {
                Callers.awaitUntil(() -> waits(each, "users", "success") > 0);
                assertThat(waits(each, "users", "success")).isEqualTo(1);
                assertThat(calls(each, "leader")).isEqualTo(1);
                assertThat(calls(each, "follower")).isEqualTo(1);
            }
        });
        assertThat(early.getMeters()).isEmpty();
        assertThat(late.getMeters()).isEmpty();
    }

    @Test
    void metersCanBeSwitchedOff() {
        contexts.withPropertyValues("single-flight.metrics.enabled=false").run(context -> {
            context.getBean(Users.class).later("a");
            assertThat(ours()).isEmpty();
        });
    }

    @Test
    void gaugesTellWhatIsUp() {
        contexts.run(context -> {
            Users users = context.getBean(Users.class);
            users.later("a");
            users.later("a");
            users.later("b");
            assertThat(registry.get("single.flight.active")
                            .tags("group", "users")
                            .gauge()
                            .value())
                    .isEqualTo(2);
            assertThat(registry.get("single.flight.waiting")
                            .tags("group", "users")
                            .gauge()
                            .value())
                    .isEqualTo(3);
        });
    }

    @Test
    void everyRegistryIsToldOnce() {
        SimpleMeterRegistry second = new SimpleMeterRegistry();
        contexts.run(context -> {
            context.getBean(SingleFlightMetrics.class).bindTo(second);
            Users users = context.getBean(Users.class);
            users.later("a");
            users.later("a");
            users.land("a");
            for (MeterRegistry each : List.of(registry, second)) {
                Callers.awaitUntil(() -> each.find("single.flight.waits")
                                .tags("group", "users", "outcome", "success")
                                .timer()
                                .count()
                        > 0);
                assertThat(each.get("single.flight.waits")
                                .tags("group", "users", "outcome", "success")
                                .timer()
                                .count())
                        .isEqualTo(1);
            }
        });
    }

    @Test
    void ownListenersAreToldToo() {
        Heard heard = new Heard();
        contexts.withBean("heard", FlightListener.class, () -> heard).run(context -> {
            Users users = context.getBean(Users.class);
            assertThat(users.find("a")).isEqualTo("found a");
            assertThatIllegalStateException().isThrownBy(() -> users.fail("b"));
            assertThat(heard.events).containsExactly("users ran null", "users ran fail b");
            assertThat(registry.get("single.flight.runs")
                            .tags("group", "users", "outcome", "success")
                            .functionTimer()
                            .count())
                    .isEqualTo(1);
        });
    }

    @Test
    void aListenerThatThrowsDoesNoHarm() {
        Heard heard = new Heard();
        contexts.withBean("throwing", FlightListener.class, ThrowingListener::new)
                .withBean("heard", FlightListener.class, () -> heard)
                .run(context -> {
                    Users users = context.getBean(Users.class);
                    assertThat(users.find("a")).isEqualTo("found a");
                    assertThat(heard.events).containsExactly("users ran null");
                    assertThat(registry.get("single.flight.runs")
                                    .tags("group", "users", "outcome", "success")
                                    .functionTimer()
                                    .count())
                            .isEqualTo(1);
                });
    }

    @Test
    void theTimeOfARunIsThatOfTheCall() {
        contexts.run(context -> {
            Users users = context.getBean(Users.class);
            users.find("a");
            assertThat(registry.get("single.flight.runs")
                            .tags("group", "users", "outcome", "success")
                            .functionTimer()
                            .totalTime(TimeUnit.NANOSECONDS))
                    .isPositive();
        });
    }

    @Test
    void metersEndpointAndPrometheusTellTheSame() {
        try (RunningApplication application = RunningApplication.start(
                Application.class,
                "management.endpoints.web.exposure.include=*",
                "single-flight.groups.rejecting.duplicates=reject")) {
            mixedLoad(application);

            DocumentContext endpoint = json(application.get(path("singleflight")));
            String prometheus = application.get(path("prometheus")).body();
            MeterRegistry meters = application.bean(MeterRegistry.class);
            for (String group : List.of("users", "herd", "rejecting", "impatient")) {
                Figures figures = new Figures(endpoint, group);
                long led = figures.of("calls")
                        - figures.of("joined")
                        - figures.of("reused")
                        - figures.of("bypassed")
                        - figures.of("rejected");
                figures.same("calls", "role", "leader", led, meters, prometheus);
                figures.same("calls", "role", "follower", figures.of("joined"), meters, prometheus);
                figures.same("calls", "role", "reused", figures.of("reused"), meters, prometheus);
                figures.same("calls", "role", "bypass", figures.of("bypassed"), meters, prometheus);
                figures.same("calls", "role", "rejected", figures.of("rejected"), meters, prometheus);
                figures.same("forgotten", null, null, figures.of("forgotten"), meters, prometheus);
                double failures = meters.get("single.flight.runs")
                        .tags("group", group, "outcome", "failure")
                        .functionTimer()
                        .count();
                double successes = meters.get("single.flight.runs")
                        .tags("group", group, "outcome", "success")
                        .functionTimer()
                        .count();
                assertThat((long) failures).isEqualTo(figures.of("failures"));
                assertThat((long) successes).isEqualTo(figures.of("runs") - figures.of("failures"));
                assertThat(prometheus)
                        .contains("single_flight_runs_seconds_count{group=\"" + group + "\",outcome=\"failure\"} "
                                + (long) failures)
                        .contains("single_flight_active{group=\"" + group + "\"} 0.0")
                        .contains("single_flight_waiting{group=\"" + group + "\"} 0.0");
            }
            assertThat(new Figures(endpoint, "users").of("bypassed")).isEqualTo(2);
            assertThat(new Figures(endpoint, "users").of("failures")).isEqualTo(1);
            assertThat(new Figures(endpoint, "users").of("forgotten")).isEqualTo(1);
            assertThat(new Figures(endpoint, "herd").of("joined")).isEqualTo(7);
            assertThat(new Figures(endpoint, "herd").of("runs")).isEqualTo(1);
            assertThat(new Figures(endpoint, "rejecting").of("rejected")).isEqualTo(1);
            assertThat(waits(meters, "herd", "success")).isEqualTo(7);
            assertThat(waits(meters, "impatient", "timeout")).isEqualTo(1);
            assertThat(prometheus).contains("single_flight_waits_seconds_count{group=\"herd\",outcome=\"success\"} 7");
        }
    }

    private static void mixedLoad(RunningApplication application) {
        Users users = application.bean(Users.class);
        assertThat(users.find("a")).isEqualTo("found a");
        assertThat(users.find("bypass")).isEqualTo(users.find("bypass"));
        assertThatIllegalStateException().isThrownBy(() -> users.fail("b"));
        users.later("c");
        users.changed("c");
        users.land("c");

        Gate gate = application.bean(Gate.class);
        herd(8, gate, application.context(), "herd", users::gated);

        users.rejecting();
        assertThat(failure(users.rejecting())).isInstanceOf(FlightRejectedException.class);
        users.land("rejecting");

        CompletableFuture<String> leader = users.impatient();
        CompletableFuture<String> impatient = Callers.start(users::impatientNow);
        assertThat(failure(impatient)).isInstanceOf(FlightTimeoutException.class);
        assertThat(failure(leader)).isInstanceOf(FlightTimeoutException.class);
        users.land("impatient");
    }

    private static long waits(MeterRegistry meters, String group, String outcome) {
        return meters.get("single.flight.waits")
                .tags("group", group, "outcome", outcome)
                .timer()
                .count();
    }

    private double count(String group, String role) {
        return calls(registry, group, role);
    }

    private static double calls(MeterRegistry registry, String role) {
        return calls(registry, "users", role);
    }

    private static double calls(MeterRegistry registry, String group, String role) {
        return registry.get("single.flight.calls")
                .tags("group", group, "role", role)
                .functionCounter()
                .count();
    }

    private List<Meter> ours() {
        return registry.getMeters().stream()
                .filter(meter -> meter.getId().getName().startsWith("single.flight."))
                .toList();
    }

    /** The one of these that this line of Spring Boot has. */
    private static Class<?> present(String... names) {
        for (String name : names) {
            if (ClassUtils.isPresent(name, SingleFlightMetricsTests.class.getClassLoader())) {
                return ClassUtils.resolveClassName(name, SingleFlightMetricsTests.class.getClassLoader());
            }
        }
        throw new AssertionError("None of these is there: " + List.of(names));
    }

    /** What the endpoint says of a group. */
    private record Figures(DocumentContext endpoint, String group) {

        long of(String figure) {
            return endpoint.read("$.groups['" + group + "']." + figure, Long.class);
        }

        void same(String meter, String tag, String value, long expected, MeterRegistry meters, String prometheus) {
            FunctionCounter counter = (tag == null
                            ? meters.get("single.flight." + meter).tags("group", group)
                            : meters.get("single.flight." + meter).tags("group", group, tag, value))
                    .functionCounter();
            assertThat((long) counter.count())
                    .as("%s of %s, %s", meter, group, value)
                    .isEqualTo(expected);
            assertThat(prometheus)
                    .contains("single_flight_" + meter + "_total{group=\"" + group + "\""
                            + (tag == null ? "" : "," + tag + "=\"" + value + "\"") + "} " + (double) expected);
        }
    }

    private static final class Heard implements FlightListener {
        private final List<String> events = new CopyOnWriteArrayList<>();

        @Override
        public void onRun(String group, long nanos, Throwable failure) {
            events.add(group + " ran " + (failure == null ? null : failure.getMessage()));
        }

        @Override
        public void onWait(String group, long nanos, WaitEnd end) {
            events.add(group + " waited " + end);
        }
    }

    private static final class ThrowingListener implements FlightListener {
        @Override
        public void onRun(String group, long nanos, Throwable failure) {
            throw new UnsupportedOperationException("onRun");
        }

        @Override
        public void onWait(String group, long nanos, WaitEnd end) {
            throw new UnsupportedOperationException("onWait");
        }
    }

    @Configuration(proxyBeanMethods = false)
    @EnableAutoConfiguration
    static class Application {

        @Bean
        Gate gate() {
            return new Gate();
        }

        @Bean
        Users users(Gate gate) {
            return new Users(gate);
        }
    }

    static class Users {
        private final Gate gate;

        private final List<Landing> landings = new CopyOnWriteArrayList<>();

        Users(Gate gate) {
            this.gate = gate;
        }

        public void land(String key) {
            landings.stream()
                    .filter(landing -> landing.key().equals(key))
                    .forEach(landing -> landing.flight().complete("landed"));
        }

        @SingleFlight(group = "users", key = "#name", condition = "#name != 'bypass'")
        public String find(String name) {
            return "found " + name;
        }

        @SingleFlight(group = "users", key = "#name")
        public String fail(String name) {
            throw new IllegalStateException("fail " + name);
        }

        @SingleFlight(group = "users", key = "#name")
        public CompletableFuture<String> later(String name) {
            return up(name);
        }

        @SingleFlightForget(group = "users", key = "#name")
        public void changed(String name) {}

        @SingleFlight("herd")
        public String gated() {
            gate.pass();
            return "gated";
        }

        @SingleFlight("rejecting")
        public CompletableFuture<String> rejecting() {
            return up("rejecting");
        }

        @SingleFlight(group = "impatient", waitTimeout = "20ms")
        public CompletableFuture<String> impatient() {
            return up("impatient");
        }

        @SingleFlight(group = "impatient", waitTimeout = "20ms")
        public String impatientNow() {
            return "now";
        }

        private CompletableFuture<String> up(String key) {
            Landing landing = new Landing(key, new CompletableFuture<>());
            landings.add(landing);
            return landing.flight();
        }
    }

    private record Landing(String key, CompletableFuture<String> flight) {}
}
