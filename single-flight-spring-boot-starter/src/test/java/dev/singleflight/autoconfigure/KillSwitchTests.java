package dev.singleflight.autoconfigure;

import static dev.singleflight.Callers.awaitWaiting;
import static dev.singleflight.Callers.failure;
import static dev.singleflight.Callers.group;
import static dev.singleflight.Callers.value;
import static org.assertj.core.api.Assertions.assertThat;

import dev.singleflight.Callers;
import dev.singleflight.Gate;
import dev.singleflight.SingleFlightGroup;
import dev.singleflight.SingleFlightGroups;
import dev.singleflight.annotation.SingleFlight;
import dev.singleflight.annotation.SingleFlightForget;
import dev.singleflight.endpoint.SingleFlightEndpoint;
import dev.singleflight.interceptor.FlightKeyContributor;
import dev.singleflight.interceptor.SingleFlightAdvisor;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.assertj.core.api.InstanceOfAssertFactories;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.aop.support.AopUtils;
import org.springframework.beans.factory.BeanFactory;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;

/** Switched off, calls go straight through; who was waiting gets its outcome; switched on, they share again. */
@SuppressWarnings("FutureReturnValueIgnored") // flights that stay up
class KillSwitchTests {

    private static final String OFF = "single-flight.enabled=false";

    private static final String USERS_OFF = "single-flight.groups.users.enabled=false";

    private final ApplicationContextRunner contexts = new ApplicationContextRunner()
            .withConfiguration(AutoConfigurations.of(
                    SingleFlightAutoConfiguration.class, SingleFlightEndpointAutoConfiguration.class))
            .withPropertyValues(
                    "management.endpoints.web.exposure.include=singleflight",
                    "management.endpoint.singleflight.show-keys=always")
            .withBean(Gate.class)
            .withBean(Users.class);

    /** Switches the group "users" off or on at run time. */
    @FunctionalInterface
    interface Switch {
        void turn(BeanFactory beans, boolean enabled);
    }

    static Stream<Arguments> switches() {
        return Stream.of(
                Arguments.of("by code", (Switch)
                        (beans, enabled) -> group(beans, "users").enabled(enabled)),
                Arguments.of("by the endpoint", (Switch) (beans, enabled) -> assertThat(
                                beans.getBean(SingleFlightEndpoint.class).enable("users", enabled))
                        .containsEntry("enabled", enabled)));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("switches")
    void whoIsWaitingWhenItGoesOffGetsItsOutcomeAndNewcomersGoStraightThrough(String name, Switch users) {
        contexts.run(context -> {
            Users service = context.getBean(Users.class);
            Gate gate = context.getBean(Gate.class);
            SingleFlightGroup<?, ?> group = group(context, "users");
            CompletableFuture<String> leader = Callers.start(() -> service.find(7));
            gate.awaitRuns(1);
            CompletableFuture<String> follower = Callers.start(() -> service.find(7));
            awaitWaiting(group, 1);

            users.turn(context, false);

            CompletableFuture<String> newcomer = Callers.start(() -> service.find(7));
            gate.awaitRuns(1);
            assertThat(group.stats().waiting()).as("still waiting").isOne();
            assertThat(group.stats().calls()).as("not counted").isEqualTo(2);
            gate.open();
            assertThat(value(follower)).isSameAs(value(leader));
            assertThat(value(newcomer)).isNotSameAs(value(leader)).isEqualTo("user 7");
            assertThat(group.inFlight()).isEmpty();
        });
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("switches")
    void futuresThatArePendingWhenItGoesOffEnd(String name, Switch users) {
        contexts.run(context -> {
            Users service = context.getBean(Users.class);
            CompletableFuture<String> stage = new CompletableFuture<>();
            CompletableFuture<String> leader = service.later(7, stage);
            CompletableFuture<String> follower = service.later(7, new CompletableFuture<>());

            users.turn(context, false);

            CompletableFuture<String> ownStage = new CompletableFuture<>();
            assertThat(service.later(7, ownStage)).as("straight through").isSameAs(ownStage);
            IllegalStateException broken = new IllegalStateException("broken");
            stage.completeExceptionally(broken);
            assertThat(failure(leader)).isSameAs(failure(follower)).isSameAs(broken);
        });
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("switches")
    void onAgainCallersShareAgain(String name, Switch users) {
        contexts.run(context -> {
            Users service = context.getBean(Users.class);
            Gate gate = context.getBean(Gate.class);
            CompletableFuture<String> leader = Callers.start(() -> service.find(7));
            gate.awaitRuns(1);
            users.turn(context, false);
            CompletableFuture<String> meanwhile = Callers.start(() -> service.find(7));
            gate.awaitRuns(1);

            users.turn(context, true);

            CompletableFuture<String> follower = Callers.start(() -> service.find(7));
            awaitWaiting(group(context, "users"), 1);
            gate.open();
            assertThat(value(follower)).as("the flight is still up").isSameAs(value(leader));
            assertThat(value(meanwhile)).isEqualTo("user 7");
            assertThat(gate.runs()).isEqualTo(2);
        });
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("switches")
    void aForgetReachesFlightsThatAreUpWhileItIsOff(String name, Switch users) {
        contexts.run(context -> {
            Users service = context.getBean(Users.class);
            service.later(7, new CompletableFuture<>());
            users.turn(context, false);
            service.changed(7);
            users.turn(context, true);
            assertThat(group(context, "users").inFlight()).isEmpty();
        });
    }

    @ParameterizedTest
    @ValueSource(strings = {OFF, USERS_OFF, "single-flight.groups.USERS.enabled=no"})
    void offByPropertyCallsGoStraightThroughUntilItIsSwitchedOn(String property) {
        contexts.withPropertyValues(property).run(context -> {
            Users service = context.getBean(Users.class);
            Gate gate = context.getBean(Gate.class);
            SingleFlightGroup<?, ?> group = group(context, "users");
            assertThat(AopUtils.isAopProxy(service)).as("every bean stays").isTrue();
            assertThat(context).hasSingleBean(SingleFlightAdvisor.class);

            CompletableFuture<String> one = Callers.start(() -> service.find(7));
            CompletableFuture<String> other = Callers.start(() -> service.find(7));
            gate.awaitRuns(2);
            assertThat(group.stats().calls()).isZero();

            context.getBean(SingleFlightEndpoint.class).enable("users", true);
            CompletableFuture<String> leader = Callers.start(() -> service.find(7));
            gate.awaitRuns(1);
            CompletableFuture<String> follower = Callers.start(() -> service.find(7));
            awaitWaiting(group, 1);
            gate.open();

            assertThat(value(one)).isEqualTo(value(other)).isEqualTo("user 7");
            assertThat(value(follower)).isSameAs(value(leader));
            assertThat(gate.runs()).isEqualTo(3);
        });
    }

    @Test
    void offForAllIsOffForAGroupThatIsOn() {
        contexts.withPropertyValues(OFF, "single-flight.groups.users.enabled=true")
                .run(context -> assertThat(enabled(context)).isEqualTo(Map.of("users", false, "others", false)));
    }

    @Test
    void offForOneGroupTheOthersShare() {
        contexts.withPropertyValues(USERS_OFF)
                .run(context -> assertThat(enabled(context)).isEqualTo(Map.of("users", false, "others", true)));
    }

    @Test
    void aGroupThatComesLaterIsOffToo() {
        contexts.withPropertyValues(OFF)
                .run(context -> assertThat(context.getBean(SingleFlightGroups.class)
                                .group("later")
                                .enabled())
                        .isFalse());
    }

    @Test
    void whileItIsOffNobodyIsAskedForAKey() {
        contexts.withPropertyValues(USERS_OFF)
                .withBean(FlightKeyContributor.class, () -> () -> {
                    throw new IllegalStateException("no tenant");
                })
                .run(context -> {
                    context.getBean(Gate.class).open();
                    assertThat(context.getBean(Users.class).find(7)).isEqualTo("user 7");
                });
    }

    @Test
    void theEndpointShowsFlightsThatAreUpWhileItIsOff() {
        contexts.run(context -> {
            context.getBean(Users.class).later(7, new CompletableFuture<>());
            SingleFlightEndpoint endpoint = context.getBean(SingleFlightEndpoint.class);
            endpoint.enable("users", false);
            assertThat(endpoint.group("users"))
                    .containsEntry("enabled", false)
                    .extractingByKey("flights")
                    .asInstanceOf(InstanceOfAssertFactories.LIST)
                    .hasSize(1);
        });
    }

    private static Map<String, Boolean> enabled(BeanFactory beans) {
        return beans.getBean(SingleFlightGroups.class).all().stream()
                .collect(Collectors.toMap(SingleFlightGroup::name, SingleFlightGroup::enabled));
    }

    static class Users {
        private final Gate gate;

        Users(Gate gate) {
            this.gate = gate;
        }

        /** A new object each time. */
        @SingleFlight(group = "users", key = "#id")
        public String find(int id) {
            gate.pass();
            return String.join(" ", List.of("user", String.valueOf(id)));
        }

        @SingleFlight(group = "users", key = "#id")
        public CompletableFuture<String> later(int id, CompletableFuture<String> stage) {
            assertThat(id).isPositive();
            return stage;
        }

        @SingleFlight(group = "others", key = "#id")
        public String other(int id) {
            return "other " + id;
        }

        @SingleFlightForget(group = "users", key = "#id")
        public void changed(int id) {
            assertThat(id).isPositive();
        }
    }
}
