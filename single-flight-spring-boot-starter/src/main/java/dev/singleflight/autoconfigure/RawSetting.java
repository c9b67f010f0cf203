package dev.singleflight.autoconfigure;

import dev.singleflight.interceptor.GroupNames;
import java.util.ArrayList;
import java.util.List;
import org.springframework.boot.context.properties.source.ConfigurationProperty;
import org.springframework.boot.context.properties.source.ConfigurationPropertyName;
import org.springframework.boot.context.properties.source.ConfigurationPropertyName.Form;
import org.springframework.boot.context.properties.source.ConfigurationPropertySource;
import org.springframework.boot.context.properties.source.ConfigurationPropertySources;
import org.springframework.boot.context.properties.source.IterableConfigurationPropertySource;
import org.springframework.core.env.Environment;

/**
 * A property below {@code single-flight} as it stands in the environment, whether the binding understood it or not.
 *
 * @param name its name, in the canonical form
 * @param value its value
 */
record RawSetting(ConfigurationPropertyName name, Object value) {

    private static final ConfigurationPropertyName ROOT = ConfigurationPropertyName.of("single-flight");

    private static final ConfigurationPropertyName GROUPS = ROOT.append("groups");

    /** Every one there is. */
    static List<RawSetting> all(Environment environment) {
        List<RawSetting> all = new ArrayList<>();
        for (ConfigurationPropertySource source : ConfigurationPropertySources.get(environment)) {
            if (source instanceof IterableConfigurationPropertySource properties) {
                properties.stream().filter(ROOT::isAncestorOf).forEach(name -> {
                    ConfigurationProperty property = properties.getConfigurationProperty(name);
                    if (property != null) {
                        all.add(new RawSetting(name, property.getValue()));
                    }
                });
            }
        }
        return all;
    }

    /** Whether it is of one group. */
    boolean isOfGroup() {
        return GROUPS.isAncestorOf(name);
    }

    /** What follows {@code single-flight.groups}, or {@code single-flight}: one string for each part. */
    List<String> path() {
        List<String> path = new ArrayList<>();
        int start = isOfGroup() ? GROUPS.getNumberOfElements() : ROOT.getNumberOfElements();
        for (int element = start; element < name.getNumberOfElements(); element++) {
            path.add(name.getElement(element, Form.ORIGINAL));
        }
        return path;
    }

    /** Whether it sets what is called so, in any spelling. */
    boolean sets(String setting) {
        List<String> path = path();
        return GroupNames.normal(path.get(path.size() - 1)).equals(GroupNames.normal(setting));
    }
}
