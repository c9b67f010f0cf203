package dev.singleflight.autoconfigure;

import static org.assertj.core.api.Assertions.assertThat;

import com.jayway.jsonpath.JsonPath;
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
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.util.ClassUtils;

/** What editors know of the properties. */
@TestInstance(Lifecycle.PER_CLASS)
class ConfigurationMetadataTests {

    private final Map<String, Map<String, Object>> properties = new LinkedHashMap<>();

    @BeforeAll
    void readOurMetadata() throws IOException {
        for (URL file : Collections.list(
                getClass().getClassLoader().getResources("META-INF/spring-configuration-metadata.json"))) {
            try (InputStream json = file.openStream()) {
                List<Map<String, Object>> all = JsonPath.read(json, "$.properties");
                for (Map<String, Object> property : all) {
                    String name = (String) property.get("name");
                    if (name.startsWith("single-flight.") || name.startsWith("management.endpoint.singleflight.")) {
                        properties.put(name, property);
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
    void everyEndpointHasItsOwnAccess() {
        assertThat(properties).containsKey("management.endpoint.singleflight.access");
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

    /** As the annotation has it: a default without a value is an empty collection. */
    private static String defaultOf(RecordComponent component) {
        return Stream.of(component
                        .getDeclaringRecord()
                        .getDeclaredConstructors()[0]
                        .getParameters())
                .filter(parameter -> parameter.getName().equals(component.getName()))
                .map(parameter -> String.join(
                        ",", parameter.getAnnotation(DefaultValue.class).value()))
                .findFirst()
                .orElseThrow();
    }

    private static String kebab(String name) {
        return name.replaceAll("([a-z])([A-Z])", "$1-$2").toLowerCase(Locale.ROOT);
    }
}
