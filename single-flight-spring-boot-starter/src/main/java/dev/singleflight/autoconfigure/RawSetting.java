package dev.singleflight.autoconfigure;

import dev.singleflight.interceptor.GroupNames;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.IntStream;
import org.springframework.boot.context.properties.source.ConfigurationProperty;
import org.springframework.boot.context.properties.source.ConfigurationPropertyName;
import org.springframework.boot.context.properties.source.ConfigurationPropertyName.Form;
import org.springframework.boot.context.properties.source.ConfigurationPropertySource;
import org.springframework.boot.context.properties.source.ConfigurationPropertySources;
import org.springframework.boot.context.properties.source.IterableConfigurationPropertySource;
import org.springframework.boot.origin.PropertySourceOrigin;
import org.springframework.core.env.Environment;
import org.springframework.core.env.SystemEnvironmentPropertySource;

/**
 * A property below {@code single-flight} as it stands in the environment, whether the binding understood it or not.
 *
 * @param name its name, in the canonical form
 * @param written its name as it is written
 * @param value its value, with placeholders resolved
 * @param source where it stands
 */
record RawSetting(ConfigurationPropertyName name, String written, String value, ConfigurationPropertySource source) {

    private static final ConfigurationPropertyName ROOT = ConfigurationPropertyName.of("single-flight");

    /** What {@code SINGLE_FLIGHT_…} looks like among the variables of the environment, where no name has a dash. */
    private static final ConfigurationPropertyName ROOT_OF_VARIABLES = ConfigurationPropertyName.of("single.flight");

    private static final String GROUPS = "groups";

    /** Every one there is, what counts most first. What another of the same name hides is left out. */
    static List<RawSetting> all(Environment environment) {
        Map<ConfigurationPropertyName, RawSetting> all = new LinkedHashMap<>();
        for (ConfigurationPropertySource source : ConfigurationPropertySources.get(environment)) {
            if (source instanceof IterableConfigurationPropertySource properties) {
                properties.stream()
                        .filter(name -> ROOT.isAncestorOf(name)
                                || (isOfVariables(source) && ROOT_OF_VARIABLES.isAncestorOf(name)))
                        .forEach(name -> add(all, name, source, environment));
            }
        }
        return List.copyOf(all.values());
    }

    /** Whether it is of one group. */
    boolean isOfGroup() {
        List<String> path = path();
        return path.size() > 1 && path.get(0).equalsIgnoreCase(GROUPS);
    }

    /** What follows {@code single-flight}: one string for each part. */
    List<String> path() {
        ConfigurationPropertyName root = ROOT.isAncestorOf(name) ? ROOT : ROOT_OF_VARIABLES;
        return IntStream.range(root.getNumberOfElements(), name.getNumberOfElements())
                .mapToObj(element -> name.getElement(element, Form.ORIGINAL))
                .toList();
    }

    /** What follows {@code single-flight.groups}. */
    List<String> pathInGroups() {
        return path().subList(1, path().size());
    }

    /** Whether the binding sees a group of that name in it: where the name is one part, and the setting another. */
    boolean showsGroup() {
        return isOfGroup() && pathInGroups().size() == 2 && ROOT.isAncestorOf(name);
    }

    /** Whether what is called so is what it sets, in any spelling. */
    boolean sets(String setting) {
        return GroupNames.normal(String.join("", path())).endsWith(GroupNames.normal(setting));
    }

    /** Whether the binding finds this property where it looks for that name. */
    boolean isFoundAs(ConfigurationPropertyName sought) {
        ConfigurationProperty found = source.getConfigurationProperty(sought);
        return found != null && written(found).equals(written);
    }

    /** How the property of this path is to be written where this one stands. */
    String spelling(String path) {
        return isOfVariables(source)
                ? "SINGLEFLIGHT_" + path.replace("-", "").replace('.', '_').toUpperCase(Locale.ROOT)
                : ROOT + "." + path;
    }

    private static void add(
            Map<ConfigurationPropertyName, RawSetting> all,
            ConfigurationPropertyName name,
            ConfigurationPropertySource source,
            Environment environment) {
        ConfigurationProperty property = source.getConfigurationProperty(name);
        if (property != null) {
            String value = environment.resolvePlaceholders(String.valueOf(property.getValue()));
            all.putIfAbsent(name, new RawSetting(name, written(property), value, source));
        }
    }

    private static boolean isOfVariables(ConfigurationPropertySource source) {
        return source.getUnderlyingSource() instanceof SystemEnvironmentPropertySource;
    }

    private static String written(ConfigurationProperty property) {
        return property.getOrigin() instanceof PropertySourceOrigin origin
                ? origin.getPropertyName()
                : property.getName().toString();
    }
}
