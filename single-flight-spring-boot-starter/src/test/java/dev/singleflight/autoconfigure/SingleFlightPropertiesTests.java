package dev.singleflight.autoconfigure;

import static org.assertj.core.api.Assertions.assertThat;

import dev.singleflight.Abandoned;
import dev.singleflight.Duplicates;
import dev.singleflight.GroupConfig;
import dev.singleflight.Overflow;
import dev.singleflight.RunningApplication;
import dev.singleflight.SingleFlightGroups;
import dev.singleflight.interceptor.SingleFlightAdvisor;
import dev.singleflight.metrics.SingleFlightMetrics;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.Duration;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.boot.context.properties.source.InvalidConfigurationPropertyValueException;
import org.springframework.boot.test.context.FilteredClassLoader;
import org.springframework.boot.test.context.assertj.AssertableApplicationContext;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.core.NestedExceptionUtils;
import org.springframework.core.env.MapPropertySource;
import org.springframework.core.env.MutablePropertySources;
import org.springframework.core.env.SystemEnvironmentPropertySource;

/** What the properties make of a group. */
class SingleFlightPropertiesTests {

    private static final String GROUP = "UserService.find";

    private final ApplicationContextRunner contexts = new ApplicationContextRunner()
            .withConfiguration(AutoConfigurations.of(SingleFlightAutoConfiguration.class));

    static Stream<Arguments> settings() {
        return Stream.of(
                Arguments.of("wait-timeout=2s", setting(GroupConfig::waitTimeout), Duration.ofSeconds(2)),
                Arguments.of("wait-timeout=PT0.5S", setting(GroupConfig::waitTimeout), Duration.ofMillis(500)),
                Arguments.of("wait-timeout=0", setting(GroupConfig::waitTimeout), null),
                Arguments.of("wait-timeout=0s", setting(GroupConfig::waitTimeout), null),
                Arguments.of("stuck-after=10s", setting(GroupConfig::stuckAfter), Duration.ofSeconds(10)),
                Arguments.of("stuck-after=0", setting(GroupConfig::stuckAfter), null),
                Arguments.of("reuse-for=5s", setting(GroupConfig::reuseFor), Duration.ofSeconds(5)),
                Arguments.of("reuse-for=0", setting(GroupConfig::reuseFor), Duration.ZERO),
                Arguments.of("stale-for=1h", setting(GroupConfig::staleFor), Duration.ofHours(1)),
                Arguments.of("reuse-max-entries=7", setting(GroupConfig::reuseMaxEntries), 7),
                Arguments.of(
                        "execution=executor",
                        (Function<GroupConfig, Object>) config -> config.executor() != null,
                        true),
                Arguments.of("execution=caller", setting(GroupConfig::executor), null),
                Arguments.of("abandoned=cancel", setting(GroupConfig::abandoned), Abandoned.CANCEL),
                Arguments.of("abandoned=complete", setting(GroupConfig::abandoned), Abandoned.COMPLETE),
                Arguments.of("duplicates=reject", setting(GroupConfig::duplicates), Duplicates.REJECT),
                Arguments.of("duplicates=join", setting(GroupConfig::duplicates), Duplicates.JOIN),
                Arguments.of("max-flights=3", setting(GroupConfig::maxFlights), 3),
                Arguments.of("max-flights=0", setting(GroupConfig::maxFlights), GroupConfig.UNLIMITED),
                Arguments.of("max-followers=4", setting(GroupConfig::maxFollowers), 4),
                Arguments.of("max-followers=0", setting(GroupConfig::maxFollowers), GroupConfig.UNLIMITED),
                Arguments.of("overflow=reject", setting(GroupConfig::overflow), Overflow.REJECT),
                Arguments.of("overflow=bypass", setting(GroupConfig::overflow), Overflow.BYPASS));
    }

    @ParameterizedTest(name = "defaults.{0}")
    @MethodSource("settings")
    void aDefaultReachesTheGroup(String property, Function<GroupConfig, Object> setting, Object expected) {
        contexts.withPropertyValues("single-flight.defaults." + property)
                .run(context -> assertThat(setting.apply(config(context.getBean(SingleFlightGroups.class))))
                        .isEqualTo(expected));
    }

    @ParameterizedTest(name = "groups.user-service-find.{0}")
    @MethodSource("settings")
    void aSettingOfTheGroupReachesIt(String property, Function<GroupConfig, Object> setting, Object expected) {
        contexts.withPropertyValues("single-flight.groups.user-service-find." + property)
                .run(context -> assertThat(setting.apply(config(context.getBean(SingleFlightGroups.class))))
                        .isEqualTo(expected));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("settings")
    void aSettingOfTheGroupGoesBeforeTheDefault(
            String property, Function<GroupConfig, Object> setting, Object expected) {
        contexts.withPropertyValues(
                        "single-flight.defaults.wait-timeout=9s",
                        "single-flight.defaults.stuck-after=9s",
                        "single-flight.defaults.reuse-for=9s",
                        "single-flight.defaults.stale-for=9s",
                        "single-flight.defaults.reuse-max-entries=9",
                        "single-flight.defaults.duplicates=" + (property.endsWith("join") ? "reject" : "join"),
                        "single-flight.defaults.execution=" + (property.endsWith("caller") ? "executor" : "caller"),
                        "single-flight.defaults.abandoned=" + (property.endsWith("complete") ? "cancel" : "complete"),
                        "single-flight.defaults.max-flights=9",
                        "single-flight.defaults.max-followers=9",
                        "single-flight.defaults.overflow=" + (property.endsWith("bypass") ? "reject" : "bypass"),
                        "single-flight.groups.user-service-find." + property)
                .run(context -> assertThat(setting.apply(config(context.getBean(SingleFlightGroups.class))))
                        .isEqualTo(expected));
    }

    static Stream<Arguments> defaults() {
        return Stream.of(
                Arguments.of("enabled", setting(GroupConfig::enabled), true),
                Arguments.of("wait-timeout", setting(GroupConfig::waitTimeout), null),
                Arguments.of("stuck-after", setting(GroupConfig::stuckAfter), Duration.ofMinutes(1)),
                Arguments.of("reuse-for", setting(GroupConfig::reuseFor), Duration.ZERO),
                Arguments.of("stale-for", setting(GroupConfig::staleFor), Duration.ZERO),
                Arguments.of("reuse-max-entries", setting(GroupConfig::reuseMaxEntries), 10_000),
                Arguments.of("execution", setting(GroupConfig::executor), null),
                Arguments.of("abandoned", setting(GroupConfig::abandoned), Abandoned.COMPLETE),
                Arguments.of("duplicates", setting(GroupConfig::duplicates), Duplicates.JOIN),
                Arguments.of("max-flights", setting(GroupConfig::maxFlights), GroupConfig.UNLIMITED),
                Arguments.of("max-followers", setting(GroupConfig::maxFollowers), GroupConfig.UNLIMITED),
                Arguments.of("overflow", setting(GroupConfig::overflow), Overflow.BYPASS));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("defaults")
    void byDefault(String name, Function<GroupConfig, Object> setting, Object expected) {
        contexts.run(context -> assertThat(setting.apply(config(context.getBean(SingleFlightGroups.class))))
                .as(name)
                .isEqualTo(expected));
    }

    @Test
    void aGroupCanBeSwitchedOff() {
        contexts.withPropertyValues("single-flight.groups.user-service-find.enabled=false")
                .run(context -> assertThat(config(context.getBean(SingleFlightGroups.class))
                                .enabled())
                        .isFalse());
    }

    @Test
    void switchedOffAltogetherNoGroupIsOn() {
        contexts.withPropertyValues(
                        "single-flight.enabled=false", "single-flight.groups.user-service-find.enabled=true")
                .run(context -> assertThat(config(context.getBean(SingleFlightGroups.class))
                                .enabled())
                        .isFalse());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "user-service-find",
                "[UserService.find]",
                "USERSERVICE_FIND",
                "userServiceFind",
                "userservicefind",
                "user_service_find",
                "[user-service.find]"
            })
    void everySpellingOfAGroupIsTheGroup(String spelling) {
        contexts.withPropertyValues("single-flight.groups." + spelling + ".max-flights=3")
                .run(context -> assertThat(config(context.getBean(SingleFlightGroups.class))
                                .maxFlights())
                        .isEqualTo(3));
    }

    @Test
    void anEnvironmentVariableIsTheGroup() {
        contexts.withInitializer(context -> context.getEnvironment()
                        .getPropertySources()
                        .addFirst(new SystemEnvironmentPropertySource(
                                "test-systemEnvironment",
                                Map.of("SINGLEFLIGHT_GROUPS_USERSERVICEFIND_MAXFLIGHTS", "3"))))
                .run(context -> assertThat(config(context.getBean(SingleFlightGroups.class))
                                .maxFlights())
                        .isEqualTo(3));
    }

    @ParameterizedTest
    @ValueSource(strings = {"user-service", "user-service-finder", "service-find", "other"})
    void anotherNameIsAnotherGroup(String spelling) {
        contexts.withPropertyValues("single-flight.groups." + spelling + ".max-flights=3")
                .run(context -> assertThat(config(context.getBean(SingleFlightGroups.class))
                                .maxFlights())
                        .isEqualTo(GroupConfig.UNLIMITED));
    }

    @Test
    void severalSpellingsOfOneGroupAreMergedSettingBySetting() {
        contexts.withPropertyValues(
                        "single-flight.groups.user-service-find.max-flights=3",
                        "single-flight.groups.[UserService.find].max-followers=4",
                        "single-flight.groups.userservicefind.enabled=false")
                .run(context -> {
                    GroupConfig config = config(context.getBean(SingleFlightGroups.class));
                    assertThat(config.maxFlights()).isEqualTo(3);
                    assertThat(config.maxFollowers()).isEqualTo(4);
                    assertThat(config.enabled()).isFalse();
                });
    }

    @Test
    void theEnvironmentGoesBeforeOtherSpellings() {
        contexts.withPropertyValues(
                        "single-flight.groups.[UserService.find].max-flights=3",
                        "single-flight.groups.user-service-find.max-flights=4")
                .withInitializer(context -> context.getEnvironment()
                        .getPropertySources()
                        .addFirst(new SystemEnvironmentPropertySource(
                                "test-systemEnvironment",
                                Map.of("SINGLEFLIGHT_GROUPS_USERSERVICEFIND_MAXFLIGHTS", "5"))))
                .run(context -> assertThat(config(context.getBean(SingleFlightGroups.class))
                                .maxFlights())
                        .isEqualTo(5));
    }

    /** These are read by conditions and by the advisor, which no properties class helps. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "single-flight.order=1234, single-flight.isolate-by=principal, single-flight.metrics.enabled=false",
                "singleFlight.order=1234, singleFlight.isolateBy=principal, singleFlight.metrics.enabled=false",
                "SINGLEFLIGHT_ORDER=1234, SINGLEFLIGHT_ISOLATEBY=principal, SINGLEFLIGHT_METRICS_ENABLED=false",
                "SINGLE_FLIGHT_ORDER=1234, SINGLE_FLIGHT_ISOLATE_BY=principal, SINGLE_FLIGHT_METRICS_ENABLED=false"
            })
    void whatIsReadBeforeTheBindingHasEverySpelling(String settings) {
        Map<String, Object> spelled = Stream.of(settings.split(", "))
                .map(setting -> setting.split("="))
                .collect(Collectors.toMap(setting -> setting[0], setting -> setting[1]));
        try (ConfigurableApplicationContext context = new SpringApplicationBuilder(SmallApplication.class)
                .web(WebApplicationType.NONE)
                .initializers(starting -> starting.getEnvironment()
                        .getPropertySources()
                        .addFirst(
                                settings.startsWith("SINGLE")
                                        ? new SystemEnvironmentPropertySource("test-systemEnvironment", spelled)
                                        : new MapPropertySource("file", spelled)))
                .run(RunningApplication.arguments())) {
            assertThat(context.getBean(SingleFlightAdvisor.class).getOrder()).isEqualTo(1234);
            assertThat(context.getBean(GroupSettings.class).isolatesByPrincipal())
                    .isTrue();
            assertThat(context.getBeanNamesForType(MeterRegistry.class)).isNotEmpty();
            assertThat(context.getBeanNamesForType(SingleFlightMetrics.class)).isEmpty();
        }
    }

    /** The environment above all, though a file and the command line spell the group alike. */
    @Test
    void theSourceThatGoesBeforeDecidesEachSettingWhateverItsSpelling() {
        contexts.withInitializer(context -> {
                    MutablePropertySources sources = context.getEnvironment().getPropertySources();
                    sources.addLast(new MapPropertySource(
                            "file",
                            Map.of(
                                    "single-flight.groups.[UserService.find].max-flights", "3",
                                    "single-flight.groups.[UserService.find].max-followers", "3",
                                    "single-flight.groups.[UserService.find].overflow", "reject")));
                    sources.addFirst(new SystemEnvironmentPropertySource(
                            "test-systemEnvironment",
                            Map.of(
                                    "SINGLEFLIGHT_GROUPS_USERSERVICEFIND_MAXFLIGHTS", "4",
                                    "SINGLEFLIGHT_GROUPS_USERSERVICEFIND_MAXFOLLOWERS", "4")));
                    sources.addFirst(new MapPropertySource(
                            "command line", Map.of("single-flight.groups.[UserService.find].max-followers", "5")));
                })
                .run(context -> {
                    GroupConfig config = config(context.getBean(SingleFlightGroups.class));
                    assertThat(config.maxFollowers()).as("command line").isEqualTo(5);
                    assertThat(config.maxFlights()).as("environment").isEqualTo(4);
                    assertThat(config.overflow()).as("file").isEqualTo(Overflow.REJECT);
                });
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "single-flight.enabled=",
                "single-flight.order=",
                "single-flight.isolate-by=",
                "single-flight.in-transaction=",
                "single-flight.defaults.wait-timeout=",
                "single-flight.defaults.duplicates=",
                "single-flight.defaults.max-flights=",
                "single-flight.defaults.max-followers=",
                "single-flight.defaults.overflow=",
                "single-flight.groups.user-service-find.enabled=",
                "single-flight.groups.user-service-find.wait-timeout=",
                "single-flight.groups.user-service-find.duplicates=",
                "single-flight.groups.user-service-find.max-flights=",
                "single-flight.groups.user-service-find.max-followers=",
                "single-flight.groups.user-service-find.overflow=",
                "single-flight.groups.user-service-find.in-transaction="
            })
    void anEmptyValueIsNone(String property) {
        contexts.withPropertyValues(property)
                .run(context -> assertThat(config(context.getBean(SingleFlightGroups.class)))
                        .usingRecursiveComparison()
                        .isEqualTo(GroupConfig.of(GROUP)));
    }

    @ParameterizedTest
    @CsvSource({
        "single-flight.defaults.wait-timeout, -1s, 'It is a duration such as 2s, or 0.'",
        "single-flight.defaults.stuck-after, -1s, 'It is a duration such as 2s, or 0.'",
        "single-flight.groups.user-service-find.reuse-for, -1s, 'It is a duration such as 2s, or 0.'",
        "single-flight.defaults.reuse-max-entries, 0, It is 1 or more.",
        "single-flight.defaults.max-flights, -1, A limit is 1 or more; 0 for no limit.",
        "single-flight.defaults.max-followers, -1, A limit is 1 or more; 0 for no limit.",
        "single-flight.groups.user-service-find.wait-timeout, -1s, 'It is a duration such as 2s, or 0.'",
        "single-flight.groups.user-service-find.max-flights, -1, A limit is 1 or more; 0 for no limit.",
        "single-flight.groups.user-service-find.max-followers, -1, A limit is 1 or more; 0 for no limit.",
        "single-flight.groups[UserService.find].wait-timeout, -1s, 'It is a duration such as 2s, or 0.'",
        "single-flight.groups[UserService.find].max-flights, -1, A limit is 1 or more; 0 for no limit."
    })
    void aNegativeValueStopsTheStartWithTheFullName(String property, String value, String reason) {
        contexts.withPropertyValues(property + "=" + value).run(context -> {
            assertThat(context).hasFailed();
            assertThat(NestedExceptionUtils.getMostSpecificCause(context.getStartupFailure()))
                    .isInstanceOfSatisfying(InvalidConfigurationPropertyValueException.class, refused -> {
                        assertThat(refused.getName()).isEqualTo(property);
                        assertThat(refused.getReason()).isEqualTo(reason);
                    });
        });
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "single-flight.defaults.wait-timeout",
                "single-flight.defaults.waitTimeout",
                "single-flight.defaults.stuck-after",
                "single-flight.groups.user-service-find.reuse-for",
                "single-flight.groups.user-service-find.wait-timeout",
                "single-flight.groups.[UserService.find].wait-timeout"
            })
    void aWaitTimeoutWithoutUnitStopsTheStart(String property) {
        contexts.withPropertyValues(property + "=5").run(context -> assertThatItHasNoUnit(context, property));
    }

    @ParameterizedTest
    @ValueSource(strings = {"single-flight.defaults.reuse-for", "single-flight.groups.user-service-find.stale-for"})
    void withoutCaffeineAValueThatIsToBeKeptStopsTheStartAndSaysWhatToAdd(String property) {
        contexts.withClassLoader(new FilteredClassLoader("com.github.benmanes.caffeine"))
                .withPropertyValues(property + "=5s")
                .run(context -> assertThat(NestedExceptionUtils.getMostSpecificCause(context.getStartupFailure()))
                        .isInstanceOfSatisfying(InvalidConfigurationPropertyValueException.class, refused -> {
                            assertThat(refused.getName()).isEqualTo(property);
                            assertThat(refused.getReason()).contains("com.github.ben-manes.caffeine:caffeine");
                        }));
    }

    @Test
    void aPlaceholderForAWaitTimeoutWithoutUnitStopsTheStart() {
        contexts.withPropertyValues("patience=5", "single-flight.defaults.wait-timeout=${patience}")
                .run(context -> assertThatItHasNoUnit(context, "single-flight.defaults.wait-timeout"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "SINGLEFLIGHT_DEFAULTS_WAITTIMEOUT",
                "SINGLE_FLIGHT_DEFAULTS_WAIT_TIMEOUT",
                "SINGLEFLIGHT_GROUPS_USERSERVICEFIND_WAITTIMEOUT"
            })
    void aVariableForAWaitTimeoutWithoutUnitStopsTheStart(String variable) {
        contexts.withInitializer(context -> context.getEnvironment()
                        .getPropertySources()
                        .addFirst(new SystemEnvironmentPropertySource("test-systemEnvironment", Map.of(variable, "5"))))
                .run(context -> assertThatItHasNoUnit(context, variable));
    }

    @Test
    void aWaitTimeoutWithoutUnitThatAnotherOverridesDoesNotStopTheStart() {
        contexts.withPropertyValues("single-flight.defaults.wait-timeout=2s")
                .withInitializer(context -> context.getEnvironment()
                        .getPropertySources()
                        .addLast(new MapPropertySource("file", Map.of("single-flight.defaults.wait-timeout", "5"))))
                .run(context -> assertThat(config(context.getBean(SingleFlightGroups.class))
                                .waitTimeout())
                        .hasSeconds(2));
    }

    private static void assertThatItHasNoUnit(AssertableApplicationContext context, String property) {
        assertThat(NestedExceptionUtils.getMostSpecificCause(context.getStartupFailure()))
                .isInstanceOfSatisfying(InvalidConfigurationPropertyValueException.class, refused -> {
                    assertThat(refused.getName()).isEqualTo(property);
                    assertThat(refused.getReason())
                            .isEqualTo("It has no unit. Write 500ms, 2s or PT2S; 0 for no limit.");
                });
    }

    private static Function<GroupConfig, Object> setting(Function<GroupConfig, Object> setting) {
        return setting;
    }

    private static GroupConfig config(SingleFlightGroups groups) {
        return groups.group(GROUP).config();
    }
}
