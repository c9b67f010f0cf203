package dev.singleflight.endpoint;

import static dev.singleflight.RunningApplication.json;
import static dev.singleflight.RunningApplication.path;
import static org.assertj.core.api.Assertions.assertThat;
import static org.springframework.security.config.Customizer.withDefaults;

import dev.singleflight.RunningApplication;
import dev.singleflight.SingleFlightGroup;
import dev.singleflight.SingleFlightGroups;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.env.Environment;
import org.springframework.security.config.annotation.web.builders.HttpSecurity;
import org.springframework.security.config.annotation.web.configuration.EnableWebSecurity;
import org.springframework.security.config.annotation.web.reactive.EnableWebFluxSecurity;
import org.springframework.security.config.web.server.ServerHttpSecurity;
import org.springframework.security.core.userdetails.MapReactiveUserDetailsService;
import org.springframework.security.core.userdetails.ReactiveUserDetailsService;
import org.springframework.security.core.userdetails.User;
import org.springframework.security.core.userdetails.UserDetails;
import org.springframework.security.core.userdetails.UserDetailsService;
import org.springframework.security.provisioning.InMemoryUserDetailsManager;
import org.springframework.security.web.SecurityFilterChain;
import org.springframework.security.web.server.SecurityWebFilterChain;

/** The endpoint behind Spring Security, whose filters let everybody in: what they see depends on who they are. */
class SecuredEndpointTests {

    private static final String USERS = path("singleflight", "users");

    @ParameterizedTest
    @EnumSource(names = {"SERVLET", "REACTIVE"})
    void keysAreShownToWhoeverIsSignedIn(WebApplicationType web) {
        try (RunningApplication application =
                start(web, "management.endpoint.singleflight.show-keys=when-authorized")) {
            assertThat(key(application)).isEqualTo("******");
            assertThat(key(application.as("user", "pass"))).isEqualTo("secret key");
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"SERVLET", "REACTIVE"})
    void keysAreShownToTheRolesAlone(WebApplicationType web) {
        try (RunningApplication application = start(
                web,
                "management.endpoint.singleflight.show-keys=when-authorized",
                "management.endpoint.singleflight.roles=operator,admin")) {
            assertThat(key(application)).isEqualTo("******");
            assertThat(key(application.as("user", "pass"))).isEqualTo("******");
            assertThat(key(application.as("admin", "pass"))).isEqualTo("secret key");
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"SERVLET", "REACTIVE"})
    void byDefaultKeysAreShownToNobodyAndChangesNeedAToken(WebApplicationType web) {
        try (RunningApplication application = start(web)) {
            RunningApplication admin = application.as("admin", "pass");
            assertThat(key(admin)).isEqualTo("******");

            assertThat(admin.post(USERS, "{\"enabled\": false}").statusCode()).isEqualTo(403);
            assertThat(admin.delete(USERS).statusCode()).isEqualTo(403);
            assertThat(users(application).enabled()).isTrue();
            assertThat(users(application).inFlight()).hasSize(1);
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"SERVLET", "REACTIVE"})
    void withAnExceptionForTheActuatorEveryGroupCanBeChanged(WebApplicationType web) {
        try (RunningApplication application =
                start(web, "csrf.except=/actuator/**", "management.endpoint.singleflight.show-keys=always")) {
            assertThat(key(application)).isEqualTo("secret key");
            Stream.concat(Stream.of("users"), OddNames.all()).forEach(name -> {
                SingleFlightGroup<String, String> group =
                        application.bean(SingleFlightGroups.class).group(name);
                String path = path("singleflight", name);
                assertThat(application.get(path).statusCode()).as(name).isEqualTo(200);
                assertThat(application.delete(path).statusCode()).as(name).isEqualTo(200);
                assertThat(application.post(path, "{\"enabled\": false}").statusCode())
                        .as(name)
                        .isEqualTo(200);
                assertThat(group.enabled()).as(name).isFalse();
            });
        }
    }

    @SuppressWarnings("FutureReturnValueIgnored") // a flight that stays up
    private static RunningApplication start(WebApplicationType web, String... properties) {
        RunningApplication application = RunningApplication.start(
                web,
                web == WebApplicationType.SERVLET ? OnMvc.class : OnWebFlux.class,
                Stream.concat(
                                Stream.of("management.endpoints.web.exposure.include=singleflight"),
                                Stream.of(properties))
                        .toArray(String[]::new));
        users(application).executeAsync("secret key", CompletableFuture::new);
        return application;
    }

    private static SingleFlightGroup<String, String> users(RunningApplication application) {
        return application.bean(SingleFlightGroups.class).group("users");
    }

    private static String key(RunningApplication application) {
        return json(application.get(USERS)).read("$.flights[0].key", String.class);
    }

    private static UserDetails[] people() {
        return new UserDetails[] {
            User.withUsername("user").password("{noop}pass").roles("user").build(),
            User.withUsername("admin").password("{noop}pass").roles("admin").build()
        };
    }

    @Configuration(proxyBeanMethods = false)
    @EnableAutoConfiguration
    @EnableWebSecurity
    static class OnMvc {

        @Bean
        SecurityFilterChain chain(HttpSecurity http, Environment environment) throws Exception {
            return http.authorizeHttpRequests(requests -> requests.anyRequest().permitAll())
                    .httpBasic(withDefaults())
                    .csrf(csrf -> csrf.ignoringRequestMatchers(environment.getProperty("csrf.except", "/none")))
                    .build();
        }

        @Bean
        UserDetailsService users() {
            return new InMemoryUserDetailsManager(people());
        }
    }

    @Configuration(proxyBeanMethods = false)
    @EnableAutoConfiguration
    @EnableWebFluxSecurity
    static class OnWebFlux {

        @Bean
        SecurityWebFilterChain chain(ServerHttpSecurity http, Environment environment) {
            http.authorizeExchange(requests -> requests.anyExchange().permitAll())
                    .httpBasic(withDefaults());
            return environment.containsProperty("csrf.except")
                    ? http.csrf(ServerHttpSecurity.CsrfSpec::disable).build()
                    : http.build();
        }

        @Bean
        ReactiveUserDetailsService users() {
            return new MapReactiveUserDetailsService(people());
        }
    }
}
