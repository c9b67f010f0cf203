package dev.singleflight.endpoint;

import static dev.singleflight.RunningApplication.encoded;
import static dev.singleflight.RunningApplication.json;
import static dev.singleflight.RunningApplication.path;
import static org.assertj.core.api.Assertions.assertThat;

import com.jayway.jsonpath.DocumentContext;
import dev.singleflight.Callers;
import dev.singleflight.Gate;
import dev.singleflight.RunningApplication;
import dev.singleflight.SingleFlightGroup;
import dev.singleflight.SingleFlightGroups;
import dev.singleflight.annotation.SingleFlight;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** The endpoint over a real socket. */
@TestInstance(Lifecycle.PER_CLASS)
@SuppressWarnings("FutureReturnValueIgnored") // flights that stay up
abstract class SingleFlightEndpointWebContractTests {

    private static final String ENDPOINT = path("singleflight");

    private static final String OVERLOAD = "SingleFlightEndpointWebContractTests.Users.overloaded";

    private static final String GROUP = path("singleflight", "UserService.find");

    private final WebApplicationType web;

    private RunningApplication application;

    private RunningApplication open;

    SingleFlightEndpointWebContractTests(WebApplicationType web) {
        this.web = web;
    }

    @BeforeAll
    void start() {
        application = RunningApplication.start(
                web,
                Application.class,
                "management.endpoints.web.exposure.include=singleflight",
                "single-flight.groups.user-service-find.wait-timeout=30s",
                "single-flight.groups.user-service-find.max-flights=50");
        open = RunningApplication.start(
                web,
                Application.class,
                "management.endpoints.web.exposure.include=singleflight",
                "management.endpoint.singleflight.show-keys=always");
    }

    @AfterAll
    void stop() {
        application.close();
        open.close();
    }

    @AfterEach
    void land() {
        users().land();
        group().enabled(true);
    }

    @Test
    void getShowsEveryGroupWithItsFigures() {
        assertThat(json(application.get(ENDPOINT)).<Map<String, Object>>read("$.groups['UserService.find']"))
                .containsOnlyKeys(
                        "calls",
                        "runs",
                        "joined",
                        "reused",
                        "bypassed",
                        "rejected",
                        "failures",
                        "successions",
                        "stuck",
                        "forgotten",
                        "active",
                        "waiting",
                        "enabled");
    }

    @Test
    void getShowsGroupsBeforeTheirFirstCall() {
        assertThat(json(application.get(ENDPOINT)).<Map<String, Object>>read("$.groups"))
                .containsKeys("UserService.find", "never called");
    }

    @Test
    void theFiguresAreThoseOfTheGroup() {
        users().find(7);
        users().find(7);
        DocumentContext body = json(application.get(ENDPOINT));
        assertThat(body.read("$.groups['UserService.find'].calls", Long.class))
                .isEqualTo(group().stats().calls());
        assertThat(body.read("$.groups['UserService.find'].runs", Long.class))
                .isEqualTo(group().stats().runs());
        assertThat(body.read("$.groups['UserService.find'].joined", Long.class))
                .isEqualTo(group().stats().joined());
        assertThat(body.read("$.groups['UserService.find'].active", Long.class)).isOne();
    }

    @Test
    void getOfAGroupAddsItsSettings() {
        assertThat(json(application.get(GROUP)).<Map<String, Object>>read("$.config"))
                .containsEntry("waitTimeout", "PT30S")
                .containsEntry("duplicates", "join")
                .containsEntry("maxFlights", 50)
                .containsEntry("maxFollowers", null)
                .containsEntry("overflow", "bypass")
                .containsEntry("stuckAfter", "PT1M")
                .containsEntry("reuseFor", "PT0S")
                .containsEntry("staleFor", "PT0S")
                .containsEntry("execution", "caller")
                .containsEntry("abandoned", "complete");
    }

    @Test
    void aGroupWithoutFlightsHasAnEmptyList() {
        assertThat(json(application.get(GROUP)).<List<Object>>read("$.flights")).isEmpty();
    }

    @Test
    void aFlightIsShownWithItsKeyHidden() {
        Gate gate = application.bean(Gate.class);
        CompletableFuture<String> leader = Callers.start(() -> users().findNow(7));
        gate.awaitRuns(1);
        CompletableFuture<String> follower = Callers.start(() -> users().findNow(7));
        Callers.awaitWaiting(application.group("now"), 1);

        DocumentContext body = json(application.get(path("singleflight", "now")));
        gate.open();

        assertThat(body.<List<Object>>read("$.flights")).hasSize(1);
        assertThat(body.<Map<String, Object>>read("$.flights[0]"))
                .containsEntry("key", "******")
                .containsEntry("followers", 1)
                .containsEntry("leader", "caller")
                .containsEntry("stuck", false)
                .containsKey("age");
        assertThat(body.read("$.flights[0].age", String.class)).startsWith("PT");
        assertThat(Callers.value(leader)).isEqualTo(Callers.value(follower));
    }

    @Test
    void noKeyIsInAnyAnswer() {
        users().findByName("secret of a user");
        assertThat(application.get(ENDPOINT).body()).doesNotContain("secret");
        assertThat(application.get(path("singleflight", "names")).body()).doesNotContain("secret");
        assertThat(application.delete(path("singleflight", "names")).body()).doesNotContain("secret");
    }

    @Test
    void keysAreShownWhereThePropertySaysSo() {
        Users users = open.context().getBean("users", Users.class);
        users.findByName("Ann");
        assertThat(json(open.get(path("singleflight", "names"))).read("$.flights[0].key", String.class))
                .isEqualTo("Ann");
        users.land();
    }

    @Test
    void deleteForgetsEveryKey() {
        users().find(7);
        users().find(8);
        assertThat(json(application.delete(GROUP)).<Map<String, Object>>read("$"))
                .containsExactly(Map.entry("forgotten", 2));
        assertThat(group().inFlight()).isEmpty();
    }

    @Test
    void deleteWithAKeyForgetsThat() {
        users().find(7);
        users().find(8);
        assertThat(json(application.delete(GROUP + "?key=7")).<Map<String, Object>>read("$"))
                .containsExactly(Map.entry("forgotten", 1));
        assertThat(group().inFlight())
                .singleElement()
                .satisfies(flight -> assertThat(flight.key()).isEqualTo(8L));
    }

    @Test
    void deleteOfAKeyThatIsNotInFlightForgetsNothing() {
        users().find(7);
        assertThat(json(application.delete(GROUP + "?key=9")).read("$.forgotten", Integer.class))
                .isZero();
        assertThat(group().inFlight()).hasSize(1);
    }

    @Test
    void theKeyToDeleteIsComparedAsItIsPrinted() {
        users().findByName("a/b c&d=ä");
        assertThat(json(application.delete(path("singleflight", "names") + "?key=" + encoded("a/b c&d=ä")))
                        .read("$.forgotten", Integer.class))
                .isOne();
    }

    @Test
    void deleteReachesTheKeyOnEveryBean() {
        users().findByName("Ann");
        application.context().getBean("others", Users.class).findByName("Ann");
        assertThat(json(application.delete(path("singleflight", "names") + "?key=Ann"))
                        .read("$.forgotten", Integer.class))
                .isEqualTo(2);
        application.context().getBean("others", Users.class).land();
    }

    @Test
    void postSwitchesAGroupOffAndOn() {
        DocumentContext off = json(application.post(GROUP, "{\"enabled\": false}"));
        assertThat(off.read("$.enabled", Boolean.class)).isFalse();
        assertThat(group().enabled()).isFalse();
        assertThat(json(application.get(ENDPOINT)).read("$.groups['UserService.find'].enabled", Boolean.class))
                .isFalse();

        DocumentContext on = json(application.post(GROUP, "{\"enabled\": true}"));
        assertThat(on.read("$.enabled", Boolean.class)).isTrue();
        assertThat(group().enabled()).isTrue();
    }

    @Test
    void whileAGroupIsOffCallsGoStraightThrough() {
        application.post(GROUP, "{\"enabled\": false}");
        int before = users().runs();
        users().find(7);
        users().find(7);
        assertThat(users().runs() - before).isEqualTo(2);
    }

    @ParameterizedTest
    @ValueSource(strings = {"{}", "", "{\"enabled\": \"perhaps\"}"})
    void aPostThatDoesNotSayIsABadRequest(String body) {
        assertThat(application.post(GROUP, body).statusCode()).isEqualTo(400);
        assertThat(group().enabled()).isTrue();
    }

    @Test
    void anUnknownGroupIsNotFound() {
        String unknown = path("singleflight", "UserService.nobody");
        assertThat(application.get(unknown).statusCode()).isEqualTo(404);
        assertThat(application.delete(unknown).statusCode()).isEqualTo(404);
        assertThat(application.delete(unknown + "?key=7").statusCode()).isEqualTo(404);
        assertThat(application.post(unknown, "{\"enabled\": false}").statusCode())
                .isEqualTo(404);
    }

    @Test
    void askingForAnUnknownGroupDoesNotCreateIt() {
        application.get(path("singleflight", "UserService.nobody"));
        assertThat(json(application.get(ENDPOINT)).<Map<String, Object>>read("$.groups"))
                .doesNotContainKey("UserService.nobody");
    }

    @ParameterizedTest
    @MethodSource("dev.singleflight.endpoint.OddNames#all")
    void everyNameOfAGroupCanStandInThePath(String name) {
        SingleFlightGroup<String, String> group =
                application.bean(SingleFlightGroups.class).group(name);
        group.executeAsync("7", CompletableFuture::new);
        String path = path("singleflight", name);

        assertThat(json(application.get(path)).read("$.active", Integer.class)).isOne();
        assertThat(json(application.post(path, "{\"enabled\": false}")).read("$.enabled", Boolean.class))
                .isFalse();
        assertThat(json(application.delete(path + "?key=7")).read("$.forgotten", Integer.class))
                .isOne();
        assertThat(group.enabled()).isFalse();
        assertThat(group.inFlight()).isEmpty();
    }

    @ParameterizedTest
    @MethodSource("dev.singleflight.endpoint.OddNames#all")
    @ValueSource(strings = {"a/b", "a;b", "100%", "a\\b", ".", "..", ""})
    void everyKeyCanBeForgotten(String key) {
        users().findByName(key);
        assertThat(json(application.delete(path("singleflight", "names") + "?key=" + encoded(key)))
                        .read("$.forgotten", Integer.class))
                .isOne();
    }

    @Test
    void overloadsHaveGroupsOfTheirOwnInThePath() {
        assertThat(json(application.get(ENDPOINT)).<Map<String, Object>>read("$.groups"))
                .containsKeys(OVERLOAD + "(int)", OVERLOAD + "(String, int[])");
        assertThat(json(application.get(path("singleflight", OVERLOAD + "(String, int[])")))
                        .read("$.enabled", Boolean.class))
                .isTrue();
    }

    @Test
    void whoWaitsWhenAGroupIsSwitchedOffGetsTheOutcomeAndNewcomersGoStraightThrough() {
        int before = users().runs();
        CompletableFuture<String> leader = users().find(7);
        CompletableFuture<String> follower = users().find(7);

        assertThat(json(application.post(GROUP, "{\"enabled\": false}")).read("$.waiting", Integer.class))
                .isEqualTo(2);

        CompletableFuture<String> newcomer = users().find(7);
        assertThat(users().runs() - before).isEqualTo(2);
        assertThat(json(application.get(GROUP)).<List<Object>>read("$.flights")).hasSize(1);
        users().land();
        assertThat(Callers.value(leader)).isEqualTo("landed");
        assertThat(Callers.value(follower)).isEqualTo("landed");
        assertThat(Callers.value(newcomer)).isEqualTo("landed");
    }

    @ParameterizedTest
    @ValueSource(strings = {"management.endpoint.singleflight.access", "management.endpoints.access.default"})
    void withReadOnlyAccessNothingCanBeChanged(String access) {
        try (RunningApplication readOnly = RunningApplication.start(
                web,
                Application.class,
                "management.endpoints.web.exposure.include=singleflight",
                access + "=read-only")) {
            readOnly.context().getBean("users", Users.class).find(7);
            assertThat(readOnly.delete(GROUP).statusCode()).isEqualTo(405);
            assertThat(readOnly.delete(GROUP + "?key=7").statusCode()).isEqualTo(405);
            assertThat(readOnly.post(GROUP, "{\"enabled\": false}").statusCode())
                    .isEqualTo(405);
            assertThat(json(readOnly.get(GROUP)).<Map<String, Object>>read("$"))
                    .containsEntry("enabled", true)
                    .containsEntry("active", 1);
        }
    }

    @Test
    void withoutExposureThereIsNoEndpoint() {
        try (RunningApplication hidden = RunningApplication.start(web, Application.class)) {
            assertThat(hidden.get(ENDPOINT).statusCode()).isEqualTo(404);
            assertThat(hidden.context().getBeanProvider(SingleFlightEndpoint.class))
                    .isEmpty();
        }
    }

    private Users users() {
        return application.context().getBean("users", Users.class);
    }

    private SingleFlightGroup<?, ?> group() {
        return application.group("UserService.find");
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

        @Bean
        Users others(Gate gate) {
            return new Users(gate);
        }
    }

    static class Users {
        private final Gate gate;

        private final List<CompletableFuture<String>> flights = new ArrayList<>();

        private int runs;

        Users(Gate gate) {
            this.gate = gate;
        }

        public int runs() {
            return runs;
        }

        public void land() {
            flights.forEach(flight -> flight.complete("landed"));
            flights.clear();
        }

        @SingleFlight(group = "UserService.find", key = "#id")
        public CompletableFuture<String> find(long id) {
            return up();
        }

        @SingleFlight(group = "names", key = "#name")
        public CompletableFuture<String> findByName(String name) {
            return up();
        }

        @SingleFlight(group = "now", key = "#id")
        public String findNow(long id) {
            gate.pass();
            return "now " + id;
        }

        @SingleFlight("never called")
        public String never() {
            return "never";
        }

        @SingleFlight
        public String overloaded(int id) {
            return "one " + id;
        }

        @SingleFlight
        public String overloaded(String name, int[] ids) {
            return name + ids.length;
        }

        private CompletableFuture<String> up() {
            runs++;
            CompletableFuture<String> flight = new CompletableFuture<>();
            flights.add(flight);
            return flight;
        }
    }
}
