package dev.singleflight.autoconfigure;

import static org.assertj.core.api.Assertions.assertThat;

import dev.singleflight.RunningApplication;
import dev.singleflight.SingleFlightGroups;
import dev.singleflight.annotation.SingleFlight;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.env.SystemEnvironmentPropertySource;

/** A property that has no effect is reported with what to write; one that has an effect is not. */
@ExtendWith(OutputCaptureExtension.class)
class LostSettingsTests {

    private static final String GENERAL =
            "[enabled, order, isolate-by, in-transaction, defaults.wait-timeout, defaults.stuck-after, defaults.duplicates,"
                    + " defaults.max-flights, defaults.max-followers, defaults.overflow, defaults.reuse-for,"
                    + " defaults.stale-for, defaults.reuse-max-entries, defaults.execution, defaults.abandoned, defaults.flux-max-elements,"
                    + " metrics.enabled, cache.enabled]";

    private static final String OF_GROUP =
            "[enabled, wait-timeout, stuck-after, duplicates, max-flights, max-followers, overflow, reuse-for, stale-for,"
                    + " reuse-max-entries, execution, abandoned, flux-max-elements, in-transaction]";

    private final ApplicationContextRunner contexts = new ApplicationContextRunner()
            .withConfiguration(AutoConfigurations.of(SingleFlightAutoConfiguration.class))
            .withBean(Users.class);

    @ParameterizedTest
    @ValueSource(
            strings = {
                "single-flight.enabled=true",
                "singleFlight.enabled=true",
                "single-flight.isolateBy=none",
                "single-flight.in_transaction=join",
                "single-flight.metrics.enabled=false",
                "single-flight.cache.enabled=true",
                "single-flight.defaults.wait-timeout=2s",
                "single-flight.defaults.waitTimeout=2s",
                "single-flight.defaults.maxFlights=",
                "single-flight.groups.user-service-find.max-flights=3",
                "single-flight.groups.userServiceFind.maxFlights=3",
                "single-flight.groups.user_service_find.max_flights=3",
                "single-flight.groups.[UserService.find].max-flights=3",
                "single-flight.groups.user-service-find.max-flights=",
                "single-flight.groups.user-service-list-int.max-flights=3",
                "single-flight.groups.[größe].max-flights=3",
                "other.single-flight.groups.nobody.max-flights=3"
            })
    void whatHasAnEffectIsNotReported(String property) {
        assertThat(reports(property)).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "SINGLEFLIGHT_ENABLED=true",
                "SINGLE_FLIGHT_ENABLED=true",
                "SINGLEFLIGHT_METRICS_ENABLED=false",
                "SINGLEFLIGHT_DEFAULTS_MAXFLIGHTS=3",
                "SINGLE_FLIGHT_DEFAULTS_MAX_FLIGHTS=3",
                "SINGLEFLIGHT_GROUPS_USERSERVICEFIND_MAXFLIGHTS=3"
            })
    void aVariableThatHasAnEffectIsNotReported(String variable) {
        assertThat(reportsOfVariable(variable)).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({
        "single-flight.groups.UserService.find.max-flights, single-flight.groups.user-service-find.max-flights",
        "single-flight.groups.UserService.find.maxFlights, single-flight.groups.user-service-find.max-flights",
        "single-flight.groups.user.service.find.max-flights, single-flight.groups.user-service-find.max-flights",
        "single-flight.groups.[UserService.find].[max-flights], single-flight.groups.user-service-find.max-flights",
        "single-flight.groups.größe.max-flights, single-flight.groups[größe].max-flights",
        "single-flight.groups.user-service-find.max.flights, single-flight.groups.user-service-find.max-flights",
        "single-flight.groups.NoSuch.group.max-flights, single-flight.groups.no-such-group.max-flights",
        "single-flight.defaults.max.flights, single-flight.defaults.max-flights",
        "single-flight.isolate.by, single-flight.isolate-by"
    })
    void aSettingThatTheBindingDropsIsReportedWithTheSpellingToWrite(String written, String toWrite) {
        assertThat(reports(written + "=0"))
                .containsExactly("The property '" + written + "' has no effect: write " + toWrite + ".");
    }

    @ParameterizedTest
    @CsvSource({
        "SINGLEFLIGHT_GROUPS_USER_SERVICE_FIND_MAXFLIGHTS, SINGLEFLIGHT_GROUPS_USERSERVICEFIND_MAXFLIGHTS",
        "SINGLEFLIGHT_GROUPS_USERSERVICEFIND_MAX_FLIGHTS, SINGLEFLIGHT_GROUPS_USERSERVICEFIND_MAXFLIGHTS",
        "SINGLE_FLIGHT_GROUPS_USERSERVICEFIND_MAXFLIGHTS, SINGLEFLIGHT_GROUPS_USERSERVICEFIND_MAXFLIGHTS",
        "SINGLE_FLIGHT_GROUPS_USER_SERVICE_FIND_MAX_FLIGHTS, SINGLEFLIGHT_GROUPS_USERSERVICEFIND_MAXFLIGHTS",
        "SINGLEFLIGHT_DEFAULTS_MAX_FLIGHTS, SINGLEFLIGHT_DEFAULTS_MAXFLIGHTS"
    })
    void aVariableThatTheBindingDropsIsReportedAsAVariable(String written, String toWrite) {
        assertThat(reportsOfVariable(written + "=3"))
                .containsExactly("The property '" + written + "' has no effect: write " + toWrite + ".");
    }

    @Test
    void whatAnotherSpellingSetsIsReportedAllTheSame() {
        assertThat(reports(
                        "single-flight.groups.user-service-find.max-flights=3",
                        "single-flight.groups.UserService.find.max-flights=4"))
                .singleElement()
                .asString()
                .startsWith("The property 'single-flight.groups.UserService.find.max-flights' has no effect: write");
    }

    /** Spring Boot looks for it under the old spelling, too, once something else says that there is such a group. */
    @Test
    void aVariableThatTheBindingFindsByChanceIsNotReported() {
        withVariable("SINGLE_FLIGHT_GROUPS_USERS_MAX_FLIGHTS=3")
                .withPropertyValues("single-flight.groups.users.enabled=true")
                .run(context -> {
                    SingleFlightGroups groups = context.getBean(SingleFlightGroups.class);
                    assertThat(groups.group("users").config().maxFlights()).isEqualTo(3);
                    assertThat(context.getBean(LostSettings.class).reports(context.getEnvironment()))
                            .isEmpty();
                });
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "single-flight.groups.user-service-find.max-flight",
                "single-flight.groups.[UserService.find].wait-timout",
                "single-flight.groups.user-service-find.metrics.interval"
            })
    void aSettingThatNoGroupHasIsReportedWithThoseThereAre(String written) {
        assertThat(reports(written + "="))
                .containsExactly("The property '" + written + "' has no effect: a group has no such setting. It has "
                        + OF_GROUP + ".");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "single-flight.enable",
                "single-flight.default.max-flights",
                "single-flight.defaults.max-flight",
                "single-flight.group.user-service-find.enabled",
                "single-flight.user-service-find.enabled",
                "single-flight.defaults.enabled"
            })
    void aGeneralSettingThatDoesNotExistIsReportedWithThoseThereAre(String written) {
        assertThat(reports(written + "=2"))
                .containsExactly("The property '" + written + "' has no effect: there is no such setting. There are "
                        + GENERAL + ", and groups.<group>.* with " + OF_GROUP + ".");
    }

    @Test
    void aGroupThatDoesNotExistIsReportedWithThoseThereAre() {
        assertThat(reports("single-flight.groups.user-service-fnd.max-flights=3"))
                .containsExactly(
                        "The property 'single-flight.groups.user-service-fnd.max-flights' has no effect so far:"
                                + " there is no group 'user-service-fnd'. There are [UserService.find, UserService.list(int),"
                                + " größe, users]. It will have one where code creates the group later.");
    }

    @Test
    void aGroupThatCodeCreatesLaterIsConfiguredThen() {
        contexts.withPropertyValues("single-flight.groups.later.max-flights=3").run(context -> {
            LostSettings lost = context.getBean(LostSettings.class);
            SingleFlightGroups groups = context.getBean(SingleFlightGroups.class);
            assertThat(lost.reports(context.getEnvironment()))
                    .singleElement()
                    .asString()
                    .contains("so far");

            assertThat(groups.group("later").config().maxFlights()).isEqualTo(3);
            assertThat(lost.reports(context.getEnvironment())).isEmpty();
        });
    }

    @Test
    void theValueIsNotInTheReport() {
        assertThat(reports("single-flight.pasword=secret"))
                .singleElement()
                .asString()
                .doesNotContain("secret");
    }

    @Test
    void theLogTellsWhenTheApplicationIsReady(CapturedOutput output) {
        try (ConfigurableApplicationContext context = new SpringApplicationBuilder(Application.class)
                .web(WebApplicationType.NONE)
                .run(RunningApplication.arguments(
                        "single-flight.groups.user-service-find.max-flights=3",
                        "single-flight.groups.UserService.find.overflow=reject"))) {
            assertThat(context.isActive()).isTrue();
            assertThat(output)
                    .containsOnlyOnce("has no effect")
                    .contains("WARN")
                    .contains("The property 'single-flight.groups.UserService.find.overflow' has no effect: write"
                            + " single-flight.groups.user-service-find.overflow.");
        }
    }

    private List<String> reports(String... properties) {
        return reports(contexts.withPropertyValues(properties));
    }

    private List<String> reportsOfVariable(String variable) {
        return reports(withVariable(variable));
    }

    private ApplicationContextRunner withVariable(String variable) {
        String[] nameAndValue = variable.split("=", 2);
        return contexts.withInitializer(context -> context.getEnvironment()
                .getPropertySources()
                .addFirst(new SystemEnvironmentPropertySource(
                        "test-systemEnvironment", Map.of(nameAndValue[0], nameAndValue[1]))));
    }

    private static List<String> reports(ApplicationContextRunner contexts) {
        List<List<String>> reports = new ArrayList<>();
        contexts.run(context -> {
            assertThat(context).hasNotFailed();
            reports.add(context.getBean(LostSettings.class).reports(context.getEnvironment()));
        });
        return reports.get(0);
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
        @SingleFlight("UserService.find")
        public String find() {
            return "user";
        }

        @SingleFlight("UserService.list(int)")
        public String list(int page) {
            return "users " + page;
        }

        @SingleFlight("users")
        public String all() {
            return "users";
        }

        @SingleFlight("größe")
        public String size() {
            return "size";
        }
    }
}
