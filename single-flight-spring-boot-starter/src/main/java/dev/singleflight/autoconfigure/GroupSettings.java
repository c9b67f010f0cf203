package dev.singleflight.autoconfigure;

import dev.singleflight.Abandoned;
import dev.singleflight.FlightListener;
import dev.singleflight.GroupConfig;
import dev.singleflight.autoconfigure.SingleFlightProperties.Defaults;
import dev.singleflight.autoconfigure.SingleFlightProperties.Execution;
import dev.singleflight.autoconfigure.SingleFlightProperties.Group;
import dev.singleflight.autoconfigure.SingleFlightProperties.InTransaction;
import dev.singleflight.autoconfigure.SingleFlightProperties.IsolateBy;
import dev.singleflight.interceptor.GroupNames;
import dev.singleflight.interceptor.GroupRules;
import java.lang.reflect.RecordComponent;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.Executor;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.springframework.beans.BeanUtils;
import org.springframework.boot.context.properties.source.InvalidConfigurationPropertyValueException;
import org.springframework.core.env.Environment;
import org.springframework.util.ClassUtils;
import org.springframework.util.ReflectionUtils;

/** What the properties say about each group. Checked when it is made. */
final class GroupSettings implements GroupRules {

    private static final String PREFIX = "single-flight.";

    private static final String CAFFEINE = "com.github.benmanes.caffeine.cache.Caffeine";

    /** Lets values outlive their flights. */
    private static final List<String> KEEPING = List.of("reuseFor", "staleFor");

    private static final List<String> DURATIONS = Arrays.stream(Defaults.class.getRecordComponents())
            .filter(component -> component.getType() == Duration.class)
            .map(RecordComponent::getName)
            .toList();

    private final SingleFlightProperties properties;

    private final Map<String, Group> groups;

    GroupSettings(SingleFlightProperties properties, Environment environment, @Nullable ClassLoader loader) {
        this.properties = properties;
        List<RawSetting> raw = RawSetting.all(environment);
        raw.forEach(GroupSettings::requireUnit);
        boolean caffeine = ClassUtils.isPresent(CAFFEINE, loader);
        check("defaults", properties.defaults(), caffeine);
        properties.groups().forEach((name, group) -> check(path(name), group, caffeine));
        this.groups = properties.groups().keySet().stream()
                .collect(Collectors.toMap(
                        GroupNames::normal, name -> merged(name, properties.groups(), raw), (one, same) -> one));
    }

    /**
     * The configuration of a group: its own settings, then the defaults.
     *
     * @param reactive whether calls of the group return a reactive type: then nobody is left with an interest in a call that
     *     everybody has cancelled
     * @param executor asked where the group runs its calls on one
     */
    GroupConfig config(String name, boolean reactive, @Nullable FlightListener listener, Supplier<Executor> executor) {
        Defaults defaults = properties.defaults();
        return GroupConfig.of(name)
                .withEnabled(properties.enabled() && setting(name, Group::enabled, true))
                .withWaitTimeout(limit(setting(name, Group::waitTimeout, defaults.waitTimeout())))
                .withStuckAfter(limit(setting(name, Group::stuckAfter, defaults.stuckAfter())))
                .withReuseFor(setting(name, Group::reuseFor, defaults.reuseFor()))
                .withStaleFor(setting(name, Group::staleFor, defaults.staleFor()))
                .withReuseMaxEntries(setting(name, Group::reuseMaxEntries, defaults.reuseMaxEntries()))
                .withDuplicates(setting(name, Group::duplicates, defaults.duplicates()))
                .withMaxFlights(bound(setting(name, Group::maxFlights, defaults.maxFlights())))
                .withMaxFollowers(bound(setting(name, Group::maxFollowers, defaults.maxFollowers())))
                .withOverflow(setting(name, Group::overflow, defaults.overflow()))
                .withAbandoned(setting(name, Group::abandoned, abandoned(reactive)))
                .withExecutor(
                        setting(name, Group::execution, defaults.execution()) == Execution.EXECUTOR
                                ? executor.get()
                                : null)
                .withListener(listener);
    }

    /** Whether every key is isolated by who is signed in. */
    boolean isolatesByPrincipal() {
        return properties.isolateBy() == IsolateBy.PRINCIPAL;
    }

    @Override
    public boolean joinsInTransaction(String name) {
        return setting(name, Group::inTransaction, properties.inTransaction()) == InTransaction.JOIN;
    }

    @Override
    public int fluxMaxElements(String name) {
        return bound(setting(name, Group::fluxMaxElements, properties.defaults().fluxMaxElements()));
    }

    @Override
    public boolean overridesWaitTimeout(String name) {
        return of(name).map(Group::waitTimeout).isPresent();
    }

    /** Whether the properties name the group, in any spelling. */
    boolean isNamed(String name) {
        return groups.containsKey(GroupNames.normal(name));
    }

    private Abandoned abandoned(boolean reactive) {
        Abandoned chosen = properties.defaults().abandoned();
        if (chosen != null) {
            return chosen;
        }
        return reactive ? Abandoned.CANCEL : Abandoned.COMPLETE;
    }

    private <T> T setting(String name, Function<Group, @Nullable T> setting, T otherwise) {
        return of(name).<T>map(setting).orElse(otherwise);
    }

    private Optional<Group> of(String name) {
        return Optional.ofNullable(groups.get(GroupNames.normal(name)));
    }

    /** All spellings of a group as one: of each setting that which stands first in the environment. */
    private static Group merged(String name, Map<String, Group> spellings, List<RawSetting> raw) {
        @Nullable
        Object[] settings = Arrays.stream(Group.class.getRecordComponents())
                .map(component -> Stream.concat(
                                raw.stream()
                                        .filter(setting -> setting.isOfGroup() && setting.sets(component.getName()))
                                        .map(setting -> setting.pathInGroups().get(0)),
                                spellings.keySet().stream()) // a source that does not list what it has
                        .filter(spelling -> GroupNames.normal(spelling).equals(GroupNames.normal(name)))
                        .map(spellings::get)
                        .filter(Objects::nonNull)
                        .map(group -> ReflectionUtils.invokeMethod(component.getAccessor(), group))
                        .filter(Objects::nonNull)
                        .findFirst()
                        .orElse(null))
                .toArray();
        return (Group) BeanUtils.instantiateClass(Group.class.getDeclaredConstructors()[0], settings);
    }

    /** Spring Boot takes a mere number for milliseconds: 2 is hardly ever what was meant. */
    private static void requireUnit(RawSetting setting) {
        String value = setting.value().strip();
        if (DURATIONS.stream().anyMatch(setting::sets) && value.matches("[+-]?[0-9]*[1-9][0-9]*")) {
            throw new InvalidConfigurationPropertyValueException(
                    setting.written(), value, "It has no unit. Write 500ms, 2s or PT2S; 0 for no limit.");
        }
    }

    private static @Nullable Duration limit(Duration time) {
        return time.isZero() ? null : time;
    }

    private static int bound(int max) {
        return max == 0 ? GroupConfig.UNLIMITED : max;
    }

    /** Whatever of these properties is a time or a number has none below zero. */
    private static void check(String path, Record properties, boolean caffeine) {
        for (RecordComponent component : properties.getClass().getRecordComponents()) {
            Object value = ReflectionUtils.invokeMethod(component.getAccessor(), properties);
            String name = path + "." + SettingNames.kebab(component.getName());
            if (value instanceof Duration time && time.isNegative()) {
                throw invalid(name, time, "It is a duration such as 2s, or 0.");
            }
            if (value instanceof Duration time
                    && !time.isZero()
                    && !caffeine
                    && KEEPING.contains(component.getName())) {
                throw invalid(
                        name,
                        time,
                        "It needs Caffeine, which is not on the class path. Add the dependency"
                                + " com.github.ben-manes.caffeine:caffeine, or set it to 0.");
            }
            if (value instanceof Integer number && number < lowest(component)) {
                throw invalid(
                        name,
                        number,
                        lowest(component) == 0 ? "A limit is 1 or more; 0 for no limit." : "It is 1 or more.");
            }
        }
    }

    private static int lowest(RecordComponent component) {
        return component.getName().equals("reuseMaxEntries") ? 1 : 0;
    }

    /** A name with other characters stands in brackets. */
    private static String path(String name) {
        return name.matches("[a-z0-9-]+") ? "groups." + name : "groups[" + name + "]";
    }

    private static InvalidConfigurationPropertyValueException invalid(String path, Object value, String reason) {
        return new InvalidConfigurationPropertyValueException(PREFIX + path, value, reason);
    }
}
