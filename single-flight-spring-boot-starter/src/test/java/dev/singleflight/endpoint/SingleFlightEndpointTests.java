package dev.singleflight.endpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.InstanceOfAssertFactories.LIST;
import static org.assertj.core.api.InstanceOfAssertFactories.MAP;

import dev.singleflight.RunningApplication;
import dev.singleflight.SingleFlightGroup;
import dev.singleflight.SingleFlightGroups;
import dev.singleflight.annotation.SingleFlight;
import java.lang.management.ManagementFactory;
import java.security.Principal;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import javax.management.MBeanFeatureInfo;
import javax.management.MBeanServer;
import javax.management.ObjectName;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.actuate.endpoint.SecurityContext;
import org.springframework.boot.actuate.endpoint.Show;
import org.springframework.boot.actuate.endpoint.web.WebEndpointResponse;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** The endpoint as JMX and the web call it. */
class SingleFlightEndpointTests {

    private final SingleFlightGroups groups = new SingleFlightGroups();

    private final SingleFlightGroup<Object, String> users = groups.group("users");

    private final CompletableFuture<String> landing = new CompletableFuture<>();

    private final SingleFlightEndpoint endpoint = new SingleFlightEndpoint(groups, false);

    private CompletableFuture<String> caller;

    @BeforeEach
    void aFlightIsUp() {
        caller = users.executeAsync(7L, () -> landing);
    }

    @Test
    void groupsAreInAlphabeticalOrder() {
        groups.group("addresses");
        groups.group("zones");
        assertThat(endpoint.groups())
                .extractingByKey("groups", MAP)
                .containsOnlyKeys("addresses", "users", "zones")
                .extracting(Map::keySet)
                .satisfies(names -> assertThat(List.copyOf(names)).asString().isEqualTo("[addresses, users, zones]"));
    }

    @Test
    void aGroupIsShownWithItsFlights() {
        assertThat(endpoint.group("users"))
                .containsEntry("calls", 1L)
                .containsEntry("active", 1L)
                .extractingByKey("flights", LIST)
                .hasSize(1);
    }

    @Test
    void keysAreHidden() {
        assertThat(endpoint.group("users")).asString().contains("key=******").doesNotContain("key=7");
    }

    @Test
    void keysAreShownWhereItIsMadeSo() {
        assertThat(new SingleFlightEndpoint(groups, true).group("users"))
                .asString()
                .contains("key=7");
    }

    @Test
    void everythingItSaysIsAPlainValue() {
        assertPlain(endpoint.groups());
        assertPlain(endpoint.group("users"));
        assertPlain(endpoint.enable("users", true));
        assertPlain(endpoint.forget("users", null));
    }

    @Test
    void anUnknownGroupIsNull() {
        assertThat(endpoint.group("nobody")).isNull();
        assertThat(endpoint.forget("nobody", null)).isNull();
        assertThat(endpoint.forget("nobody", "7")).isNull();
        assertThat(endpoint.enable("nobody", false)).isNull();
        assertThat(groups.find("nobody")).isEmpty();
    }

    @Test
    void aKeyIsForgottenAsItIsPrinted() {
        assertThat(endpoint.forget("users", "8")).containsExactly(Map.entry("forgotten", 0));
        assertThat(endpoint.forget("users", "7")).containsExactly(Map.entry("forgotten", 1));
        assertThat(users.inFlight()).isEmpty();
    }

    @Test
    void everyKeyIsForgottenWithoutOne() {
        assertThat(endpoint.forget("users", null)).containsExactly(Map.entry("forgotten", 1));
        assertThat(users.inFlight()).isEmpty();
    }

    @Test
    void whoWaitsForAForgottenFlightStillGetsItsOutcome() {
        endpoint.forget("users", null);
        landing.complete("landed");
        assertThat(caller).isCompletedWithValue("landed");
    }

    @Test
    void aGroupIsSwitchedOffAndOn() {
        assertThat(endpoint.enable("users", false)).containsEntry("enabled", false);
        assertThat(users.enabled()).isFalse();
        assertThat(endpoint.enable("users", true)).containsEntry("enabled", true);
        assertThat(users.enabled()).isTrue();
    }

    @Test
    void onTheWebWhoIsNotAuthorizedDoesNotSeeKeys() {
        assertThat(onTheWeb(Show.WHEN_AUTHORIZED, Set.of(), SecurityContext.NONE))
                .doesNotContain("key=7");
        assertThat(onTheWeb(Show.WHEN_AUTHORIZED, Set.of("admin"), user("user")))
                .doesNotContain("key=7");
        assertThat(onTheWeb(Show.NEVER, Set.of(), user("admin"))).doesNotContain("key=7");
    }

    @Test
    void onTheWebWhoIsAuthorizedSeesKeys() {
        assertThat(onTheWeb(Show.WHEN_AUTHORIZED, Set.of(), user("user"))).contains("key=7");
        assertThat(onTheWeb(Show.WHEN_AUTHORIZED, Set.of("admin"), user("admin")))
                .contains("key=7");
        assertThat(onTheWeb(Show.ALWAYS, Set.of(), SecurityContext.NONE)).contains("key=7");
    }

    @Test
    void byJmxItIsAnMBean() throws Exception {
        try (ConfigurableApplicationContext context = new SpringApplicationBuilder(Application.class)
                .web(WebApplicationType.NONE)
                .run(RunningApplication.arguments(
                        "spring.jmx.enabled=true",
                        "spring.jmx.unique-names=true",
                        "management.endpoints.jmx.exposure.include=singleflight"))) {
            MBeanServer server = ManagementFactory.getPlatformMBeanServer();
            ObjectName name = mBean(server);
            String[] one = {String.class.getName()};

            assertThat(server.invoke(name, "groups", new Object[0], new String[0]))
                    .asString()
                    .contains("JMX group");
            assertThat(server.invoke(name, "group", new Object[] {"JMX group"}, one))
                    .asString()
                    .contains("flights");
            assertThat(server.invoke(name, "group", new Object[] {"nobody"}, one))
                    .isNull();
            assertThat(server.invoke(name, "enable", new Object[] {"JMX group", false}, new String[] {
                        String.class.getName(), Boolean.class.getName()
                    }))
                    .asString()
                    .contains("enabled=false");
            assertThat(server.invoke(name, "forget", new Object[] {"JMX group", null}, new String[] {
                        String.class.getName(), String.class.getName()
                    }))
                    .asString()
                    .contains("forgotten=0");
            assertThat(context.getBean(SingleFlightGroups.class)
                            .find("JMX group")
                            .orElseThrow()
                            .enabled())
                    .isFalse();
        }
    }

    @Test
    void byJmxWithReadOnlyAccessNothingCanBeChanged() throws Exception {
        try (ConfigurableApplicationContext context = new SpringApplicationBuilder(Application.class)
                .web(WebApplicationType.NONE)
                .run(RunningApplication.arguments(
                        "spring.jmx.enabled=true",
                        "spring.jmx.unique-names=true",
                        "management.endpoint.singleflight.access=read-only",
                        "management.endpoints.jmx.exposure.include=singleflight"))) {
            assertThat(context.isActive()).isTrue();
            MBeanServer server = ManagementFactory.getPlatformMBeanServer();
            assertThat(server.getMBeanInfo(mBean(server)).getOperations())
                    .extracting(MBeanFeatureInfo::getName)
                    .containsOnly("groups", "group");
        }
    }

    private static ObjectName mBean(MBeanServer server) throws Exception {
        return server.queryNames(new ObjectName("org.springframework.boot:type=Endpoint,name=Singleflight,*"), null)
                .iterator()
                .next();
    }

    private String onTheWeb(Show show, Set<String> roles, SecurityContext security) {
        WebEndpointResponse<Map<String, Object>> response =
                new SingleFlightEndpointWebExtension(endpoint, show, roles).group(security, "users");
        assertThat(response.getStatus()).isEqualTo(WebEndpointResponse.STATUS_OK);
        return String.valueOf(response.getBody());
    }

    private static SecurityContext user(String role) {
        return new SecurityContext() {
            @Override
            public Principal getPrincipal() {
                return () -> "somebody";
            }

            @Override
            public boolean isUserInRole(String asked) {
                return role.equals(asked);
            }
        };
    }

    /** What every JSON library writes alike, and JMX can carry. */
    private static void assertPlain(Object value) {
        if (value instanceof Map<?, ?> map) {
            assertThat(map.keySet()).allSatisfy(key -> assertThat(key).isInstanceOf(String.class));
            map.values().forEach(SingleFlightEndpointTests::assertPlain);
        } else if (value instanceof List<?> list) {
            list.forEach(SingleFlightEndpointTests::assertPlain);
        } else if (value != null) {
            assertThat(value).isInstanceOfAny(String.class, Number.class, Boolean.class);
        }
    }

    @Configuration(proxyBeanMethods = false)
    @EnableAutoConfiguration
    static class Application {

        @Bean
        Users users() {
            return new Users();
        }
    }

    static class Users {
        @SingleFlight("JMX group")
        public String find(int id) {
            return "user " + id;
        }
    }
}
