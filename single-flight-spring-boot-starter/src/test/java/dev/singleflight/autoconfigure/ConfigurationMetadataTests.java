package dev.singleflight.autoconfigure;

import static org.assertj.core.api.Assertions.assertThat;

import com.jayway.jsonpath.JsonPath;
import dev.singleflight.GroupConfig;
import dev.singleflight.SingleFlightGroups;
import java.io.IOException;
import java.io.InputStream;
import java.lang.reflect.RecordComponent;
import java.net.URL;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.util.ClassUtils;

/** What editors know of the properties. */
@TestInstance(Lifecycle.PER_CLASS)
class ConfigurationMetadataTests {

    private final Map<String, Map<String, Object>> properties = new LinkedHashMap<>();

    private final Map<String, List<Map<String, Object>>> hints = new LinkedHashMap<>();

    @BeforeAll
    void readOurMetadata() throws IOException {
        for (URL file : Collections.list(
                getClass().getClassLoader().getResources("META-INF/spring-configuration-metadata.json"))) {
            try (InputStream json = file.openStream()) {
                Map<String, List<Map<String, Object>>> metadata = JsonPath.read(json, "$");
                for (Map<String, Object> property : metadata.getOrDefault("properties", List.of())) {
                    if (isOurs((String) property.get("name"))) {
                        properties.put((String) property.get("name"), property);
                    }
                }
                for (Map<String, Object> hint : metadata.getOrDefault("hints", List.of())) {
                    if (isOurs((String) hint.get("name"))) {
                        hints.put((String) hint.get("name"), values(hint));
                    }
                }
            }
        }
    }

    static Stream<Arguments> components() {
        List<Arguments> components = new ArrayList<>();
        add(components, "single-flight.", SingleFlightProperties.class);
        add(components, "single-flight.defaults.", SingleFlightProperties.Defaults.class);
        add(components, "management.endpoint.singleflight.", SingleFlightEndpointProperties.class);
        return components.stream();
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("components")
    void everyPropertyHasItsTypeDescriptionAndDefault(String name, RecordComponent component) {
        assertThat(properties).containsKey(name);
        Map<String, Object> property = properties.get(name);
        assertThat((String) property.get("description")).isNotBlank();
        assertThat((String) property.get("type"))
                .startsWith(ClassUtils.resolvePrimitiveIfNecessary(component.getType())
                        .getName());
        assertThat(defaultIn(property)).isEqualTo(defaultOf(component));
    }

    @Test
    void theMetersHaveASwitch() {
        assertThat(properties.get("single-flight.metrics.enabled"))
                .containsEntry("type", "java.lang.Boolean")
                .containsEntry("defaultValue", true)
                .containsKey("description");
    }

    @Test
    void theCachesHaveASwitch() {
        assertThat(properties.get("single-flight.cache.enabled"))
                .containsEntry("type", "java.lang.Boolean")
                .containsEntry("defaultValue", false)
                .containsKey("description");
    }

    @Test
    void everyEndpointHasItsOwnAccess() {
        assertThat(properties).containsKey("management.endpoint.singleflight.access");
    }

    @Test
    void thereIsNoPropertyThatNobodyReads() {
        List<String> known = new ArrayList<>(List.of(
                "single-flight.groups",
                "single-flight.cache.enabled",
                "single-flight.metrics.enabled",
                "management.endpoint.singleflight.access",
                "management.endpoint.singleflight.cache.time-to-live",
                "management.endpoint.singleflight.enabled")); // Spring Boot's own, as is the access
        components().map(component -> (String) component.get()[0]).forEach(known::add);
        assertThat(properties.keySet()).isSubsetOf(known);
    }

    @Test
    void theReportOfLostSettingsKnowsThemAll() {
        assertThat(properties.keySet().stream()
                        .filter(name -> name.startsWith("single-flight."))
                        .map(name -> name.substring("single-flight.".length())))
                .containsExactlyInAnyOrderElementsOf(Stream.concat(SettingNames.GENERAL.stream(), Stream.of("groups"))
                        .toList());
    }

    @Test
    void aGroupHasEverySettingOfTheDefaultsUnderTheSameNameAndType() {
        Map<String, Class<?>> ofGroup = Stream.of(SingleFlightProperties.Group.class.getRecordComponents())
                .collect(Collectors.toMap(RecordComponent::getName, RecordComponent::getType));
        assertThat(SingleFlightProperties.Defaults.class.getRecordComponents())
                .isNotEmpty()
                .allSatisfy(component -> assertThat(ofGroup).containsEntry(component.getName(), component.getType()));
    }

    @Test
    void theNamesOfGroupsAndWhatTakesANumberOrADurationHaveHints() {
        Set<String> open = properties.values().stream()
                .filter(property -> property.get("type").equals("java.lang.Integer")
                        || property.get("type").equals("java.time.Duration"))
                .map(property -> (String) property.get("name"))
                .filter(name -> name.startsWith("single-flight."))
                .collect(Collectors.toSet());
        open.add("single-flight.groups.keys");
        assertThat(hints).containsOnlyKeys(open);
        assertThat(hints.values().stream().flatMap(List::stream))
                .isNotEmpty()
                .allSatisfy(
                        value -> assertThat((String) value.get("description")).isNotBlank());
    }

    @Test
    void whatAHintSaysCanBeWritten() {
        hints.forEach((name, values) -> values.forEach(value -> {
            String property = name.endsWith(".keys")
                    ? name.replace(".keys", "." + value.get("value") + ".max-flights=3")
                    : name + "=" + value.get("value");
            new ApplicationContextRunner()
                    .withConfiguration(AutoConfigurations.of(SingleFlightAutoConfiguration.class))
                    .withPropertyValues(property)
                    .run(context -> {
                        assertThat(context).as(property).hasNotFailed();
                        assertThat(context.getBean(SingleFlightGroups.class)
                                        .group("UserService.find")
                                        .config()
                                        .maxFlights())
                                .as(property)
                                .isEqualTo(name.endsWith(".keys") ? 3 : GroupConfig.UNLIMITED);
                    });
        }));
    }

    private static boolean isOurs(String name) {
        return name.startsWith("single-flight.") || name.startsWith("management.endpoint.singleflight.");
    }

    @SuppressWarnings("unchecked") // as the format says
    private static List<Map<String, Object>> values(Map<String, Object> hint) {
        return (List<Map<String, Object>>) hint.get("values");
    }

    private static void add(List<Arguments> to, String prefix, Class<? extends Record> type) {
        for (RecordComponent component : type.getRecordComponents()) {
            if (component.getType().getEnclosingClass() != SingleFlightProperties.class
                    || component.getType().isEnum()) {
                to.add(Arguments.of(prefix + kebab(component.getName()), component));
            }
        }
    }

    private static String defaultIn(Map<String, Object> property) {
        Object value = property.get("defaultValue");
        return value == null || value.equals(List.of()) ? "" : String.valueOf(value);
    }

    /** As the annotation has it: a default without a value is an empty collection. Without it the default is not one value. */
    private static String defaultOf(RecordComponent component) {
        return Stream.of(component
                        .getDeclaringRecord()
                        .getDeclaredConstructors()[0]
                        .getParameters())
                .filter(parameter -> parameter.getName().equals(component.getName()))
                .map(parameter -> parameter.getAnnotation(DefaultValue.class))
                .filter(Objects::nonNull)
                .map(declared -> String.join(",", declared.value()))
                .findFirst()
                .orElse("");
    }

    private static String kebab(String name) {
        return name.replaceAll("([a-z])([A-Z])", "$1-$2").toLowerCase(Locale.ROOT);
    }
}
