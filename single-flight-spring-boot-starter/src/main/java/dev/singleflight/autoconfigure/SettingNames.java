package dev.singleflight.autoconfigure;

import dev.singleflight.autoconfigure.SingleFlightProperties.Defaults;
import dev.singleflight.autoconfigure.SingleFlightProperties.Group;
import java.lang.reflect.RecordComponent;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;

/** What the properties are called, taken from the records they are bound to. */
final class SettingNames {

    /** {@code groups.<group>.*} */
    static final List<String> OF_GROUP = of(Group.class, "").toList();

    /** All but those of groups. */
    static final List<String> GENERAL = Stream.of(
                    of(SingleFlightProperties.class, "")
                            .filter(name -> !name.equals("groups") && !name.equals("defaults")),
                    of(Defaults.class, "defaults."),
                    Stream.of("metrics.enabled", "cache.enabled")) // read by conditions
            .flatMap(names -> names)
            .toList();

    private SettingNames() {}

    /** {@code UserService.find} as {@code user-service-find}. */
    static String kebab(String name) {
        return name.replaceAll("([\\p{Ll}\\p{N}])(\\p{Lu})", "$1-$2")
                .replaceAll("[^\\p{L}\\p{N}]+", "-")
                .replaceAll("^-|-$", "")
                .toLowerCase(Locale.ROOT);
    }

    /** A setting of a group, below {@code single-flight}: a name that kebab case cannot spell stands in brackets. */
    static String ofGroup(String group, String setting) {
        String kebab = kebab(group);
        return "groups" + (kebab.matches("[a-z0-9-]+") ? "." + kebab : "[" + group + "]") + "." + setting;
    }

    private static Stream<String> of(Class<? extends Record> properties, String prefix) {
        return Arrays.stream(properties.getRecordComponents())
                .map(RecordComponent::getName)
                .map(name -> prefix + kebab(name));
    }
}
