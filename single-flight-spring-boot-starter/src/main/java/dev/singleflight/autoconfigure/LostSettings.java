package dev.singleflight.autoconfigure;

import dev.singleflight.SingleFlightGroup;
import dev.singleflight.SingleFlightGroups;
import dev.singleflight.interceptor.GroupNames;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.IntStream;
import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import org.springframework.boot.context.event.ApplicationReadyEvent;
import org.springframework.context.ApplicationListener;
import org.springframework.core.env.Environment;

/**
 * Reports, when the application is ready, each property below {@code single-flight} that has no effect: the binding drops
 * without a word what is misspelt, and a group's name with a dot in it.
 */
final class LostSettings implements ApplicationListener<ApplicationReadyEvent> {

    private static final Log LOGGER = LogFactory.getLog(LostSettings.class);

    private final GroupSettings settings;

    private final SingleFlightGroups groups;

    LostSettings(GroupSettings settings, SingleFlightGroups groups) {
        this.settings = settings;
        this.groups = groups;
    }

    @Override
    public void onApplicationEvent(ApplicationReadyEvent event) {
        reports(event.getApplicationContext().getEnvironment()).forEach(LOGGER::warn);
    }

    List<String> reports(Environment environment) {
        return RawSetting.all(environment).stream()
                .flatMap(setting -> why(setting).stream()
                        .map(reason -> "The property '" + setting.name() + "' has no effect: " + reason))
                .distinct()
                .toList();
    }

    private Optional<String> why(RawSetting setting) {
        return setting.isOfGroup() ? whyOfGroup(setting.path()) : whyGeneral(setting.path());
    }

    private static Optional<String> whyGeneral(List<String> path) {
        return isAmong(SettingNames.GENERAL, String.join("", path))
                ? Optional.empty()
                : Optional.of("there is no such setting. There are " + SettingNames.GENERAL + ", and groups.<group>.*");
    }

    /** Where a group's name ends and its setting begins shows only when both are known. */
    private Optional<String> whyOfGroup(List<String> path) {
        Optional<Integer> split = IntStream.range(1, path.size())
                .boxed()
                .filter(end -> isAmong(SettingNames.OF_GROUP, String.join("", path.subList(end, path.size()))))
                .findFirst();
        if (split.isEmpty()) {
            return Optional.of("a group has no such setting. It has " + SettingNames.OF_GROUP);
        }
        String setting = named(SettingNames.OF_GROUP, String.join("", path.subList(split.get(), path.size())));
        String name = String.join(".", path.subList(0, split.get()));
        return groups.all().stream()
                .map(SingleFlightGroup::name)
                .filter(group -> GroupNames.normal(group).equals(GroupNames.normal(name)))
                .findFirst()
                .map(group -> settings.sets(group, setting)
                        ? Optional.<String>empty()
                        : Optional.of("write single-flight.groups." + SettingNames.kebab(group) + "." + setting))
                .orElseGet(() -> Optional.of("there is no group '" + name + "'. There are " + groupNames()));
    }

    private Set<String> groupNames() {
        Set<String> names = new TreeSet<>();
        groups.all().forEach(group -> names.add(group.name()));
        return names;
    }

    private static boolean isAmong(List<String> names, String name) {
        return names.stream().anyMatch(known -> GroupNames.normal(known).equals(GroupNames.normal(name)));
    }

    private static String named(List<String> names, String name) {
        return names.stream()
                .filter(known -> GroupNames.normal(known).equals(GroupNames.normal(name)))
                .findFirst()
                .orElse(name);
    }
}
