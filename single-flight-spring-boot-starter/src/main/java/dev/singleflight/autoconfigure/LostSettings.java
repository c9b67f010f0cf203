package dev.singleflight.autoconfigure;

import dev.singleflight.SingleFlightGroup;
import dev.singleflight.SingleFlightGroups;
import dev.singleflight.interceptor.GroupNames;
import java.util.List;
import java.util.Optional;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import org.springframework.boot.context.event.ApplicationReadyEvent;
import org.springframework.boot.context.properties.source.ConfigurationPropertyName;
import org.springframework.context.ApplicationListener;
import org.springframework.core.env.Environment;

/**
 * Reports, when the application is ready, each property below {@code single-flight} that has no effect: the binding drops
 * without a word what is misspelt, and a group's name with a dot in it.
 */
final class LostSettings implements ApplicationListener<ApplicationReadyEvent> {

    private static final Log LOGGER = LogFactory.getLog(LostSettings.class);

    private final SingleFlightGroups groups;

    LostSettings(SingleFlightGroups groups) {
        this.groups = groups;
    }

    @Override
    public void onApplicationEvent(ApplicationReadyEvent event) {
        reports(event.getApplicationContext().getEnvironment()).forEach(LOGGER::warn);
    }

    List<String> reports(Environment environment) {
        List<RawSetting> all = RawSetting.all(environment);
        return all.stream()
                .flatMap(setting -> (setting.isOfGroup() ? whyOfGroup(setting, all) : whyGeneral(setting))
                        .map(reason -> "The property '" + setting.written() + "' has no effect" + reason).stream())
                .distinct()
                .toList();
    }

    private static Optional<String> whyGeneral(RawSetting setting) {
        Optional<String> known = named(SettingNames.GENERAL, setting.path());
        if (known.isEmpty()) {
            return Optional.of(": there is no such setting. There are " + SettingNames.GENERAL
                    + ", and groups.<group>.* with " + SettingNames.OF_GROUP + ".");
        }
        String path = known.get();
        return setting.isFoundAs(ConfigurationPropertyName.of("single-flight." + path))
                ? Optional.empty()
                : Optional.of(": write " + setting.spelling(path) + ".");
    }

    private Optional<String> whyOfGroup(RawSetting setting, List<RawSetting> all) {
        List<String> path = setting.pathInGroups();
        // Where a group's name ends and its setting begins shows only when the setting is known.
        for (int end = 1; end < path.size(); end++) {
            Optional<String> known = named(SettingNames.OF_GROUP, path.subList(end, path.size()));
            if (known.isPresent()) {
                String name = String.join(".", path.subList(0, end));
                return isBound(setting, name, known.get(), all)
                        ? whyUnknown(setting, name, known.get())
                        : Optional.of(write(setting, group(name).orElse(name), known.get()));
            }
        }
        return Optional.of(": a group has no such setting. It has " + SettingNames.OF_GROUP + ".");
    }

    /**
     * Whether the binding found it: it looks for every setting of the groups it sees, and for variables of the environment
     * under two names.
     */
    private static boolean isBound(RawSetting setting, String group, String known, List<RawSetting> all) {
        return all.stream()
                .filter(RawSetting::showsGroup)
                .filter(other -> isSame(other.pathInGroups().get(0), group))
                .anyMatch(other -> setting.isFoundAs(other.name().getParent().append(known)));
    }

    private Optional<String> whyUnknown(RawSetting setting, String name, String known) {
        if (group(name).isPresent()) {
            return Optional.empty();
        }
        return groupNames()
                .filter(group -> isSame(ascii(group), name))
                .findFirst()
                .map(group -> write(setting, group, known))
                .or(() -> Optional.of(" so far: there is no group '" + name + "'. There are "
                        + groupNames().collect(Collectors.toCollection(TreeSet::new))
                        + ". It will have one where code creates the group later."));
    }

    private static String write(RawSetting setting, String group, String known) {
        return ": write " + setting.spelling(SettingNames.ofGroup(group, known)) + ".";
    }

    private Optional<String> group(String name) {
        return groupNames().filter(group -> isSame(group, name)).findFirst();
    }

    private Stream<String> groupNames() {
        return groups.all().stream().map(SingleFlightGroup::name);
    }

    private static Optional<String> named(List<String> names, List<String> path) {
        return names.stream()
                .filter(known -> isSame(known, String.join("", path)))
                .findFirst();
    }

    /** What the binding leaves of a name that stands in no brackets. */
    private static String ascii(String name) {
        return name.replaceAll("[^\\x00-\\x7F]", "");
    }

    private static boolean isSame(String name, String other) {
        return GroupNames.normal(name).equals(GroupNames.normal(other));
    }
}
