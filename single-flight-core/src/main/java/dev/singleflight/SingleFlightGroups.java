package dev.singleflight;

import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Groups by name, each created once, when it is first asked for. Meters and endpoints see the groups that are in here.
 *
 * <p>Safe for use by any number of threads.
 */
public final class SingleFlightGroups {

    private static final Logger LOGGER = System.getLogger(SingleFlightGroups.class.getName());

    private final ConcurrentHashMap<String, SingleFlightGroup<?, ?>> groups = new ConcurrentHashMap<>();

    private final List<Audience> audiences = new CopyOnWriteArrayList<>();

    private final Function<String, GroupConfig> configs;

    /** Groups with every default. */
    public SingleFlightGroups() {
        this(GroupConfig::of);
    }

    /**
     * Groups that are configured by their name.
     *
     * @param configs gives the configuration of a group, under the name it is asked for; called when a group is first
     *     asked for, now and then more than once for one name
     */
    public SingleFlightGroups(Function<String, GroupConfig> configs) {
        this.configs = Objects.requireNonNull(configs, "configs");
    }

    /**
     * The group of this name, created where there is none. Who asks states the types of its keys and values; one name
     * must always be asked for with the same.
     *
     * @param name the group's name; not blank
     * @param <K> the type of the keys
     * @param <V> the type of the values
     * @return the group
     * @throws IllegalArgumentException if the name is blank
     */
    @SuppressWarnings("unchecked") // the caller's promise: one name, one type of key and value
    public <K, V extends @Nullable Object> SingleFlightGroup<K, V> group(String name) {
        SingleFlightGroup<?, ?> group = groups.get(name);
        return (SingleFlightGroup<K, V>) (group != null ? group : create(name));
    }

    /**
     * Every group there is, in no order.
     *
     * @return a live view that cannot be changed
     */
    public Collection<SingleFlightGroup<?, ?>> all() {
        return Collections.unmodifiableCollection(groups.values());
    }

    /**
     * The group of this name, where there is one.
     *
     * @param name the group's name
     * @return the group
     */
    public Optional<SingleFlightGroup<?, ?>> find(String name) {
        return Optional.ofNullable(groups.get(name));
    }

    /**
     * Shows the action each group once: those there are before this returns, later ones when they are created, on the
     * thread that creates them.
     *
     * @param action sees each group once; what it throws is logged and never seen by who asked for the group
     */
    public void onGroup(Consumer<? super SingleFlightGroup<?, ?>> action) {
        Audience audience = new Audience(action, ConcurrentHashMap.newKeySet());
        audiences.add(audience);
        groups.values().forEach(audience::show);
    }

    private SingleFlightGroup<?, ?> create(String name) {
        GroupConfig config = configs.apply(name);
        if (!config.name().equals(name)) {
            throw new IllegalArgumentException("The configuration for group '" + name + "' is named '" + config.name()
                    + "'; it must keep the name");
        }
        SingleFlightGroup<?, ?> created = SingleFlightGroup.create(config);
        SingleFlightGroup<?, ?> earlier = groups.putIfAbsent(name, created);
        if (earlier != null) {
            return earlier;
        }
        audiences.forEach(audience -> audience.show(created));
        return created;
    }

    /** An action and the names it was shown: a group that is created while an audience arrives meets it twice. */
    private record Audience(Consumer<? super SingleFlightGroup<?, ?>> action, Set<String> seen) {

        private void show(SingleFlightGroup<?, ?> group) {
            if (seen.add(group.name())) {
                try {
                    action.accept(group);
                } catch (Throwable thrown) {
                    LOGGER.log(Level.WARNING, "What was to see the new group '" + group.name() + "' failed", thrown);
                }
            }
        }
    }
}
