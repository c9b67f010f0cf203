package dev.singleflight.endpoint;

import dev.singleflight.SingleFlightGroup;
import dev.singleflight.SingleFlightGroups;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.actuate.endpoint.annotation.DeleteOperation;
import org.springframework.boot.actuate.endpoint.annotation.Endpoint;
import org.springframework.boot.actuate.endpoint.annotation.ReadOperation;
import org.springframework.boot.actuate.endpoint.annotation.Selector;
import org.springframework.boot.actuate.endpoint.annotation.WriteOperation;

/**
 * The endpoint {@code singleflight}: shows the groups and their flights, forgets flights, switches groups off and on.
 * Keys may be personal data: they are hidden unless the application says otherwise. What is unknown is null.
 */
@Endpoint(id = "singleflight")
public final class SingleFlightEndpoint {

    private final SingleFlightGroups groups;

    private final boolean showKeys;

    /**
     * An endpoint for these groups.
     *
     * @param groups what it shows
     * @param showKeys whether keys are shown where nobody is asked who he is: by JMX
     */
    public SingleFlightEndpoint(SingleFlightGroups groups, boolean showKeys) {
        this.groups = groups;
        this.showKeys = showKeys;
    }

    /**
     * Every group with its figures.
     *
     * @return {@code groups}: figures by name, in alphabetical order
     */
    @ReadOperation
    public Map<String, Object> groups() {
        Map<String, Object> all = new TreeMap<>();
        groups.all().forEach(group -> all.put(group.name(), GroupBody.figures(group)));
        return Map.of("groups", all);
    }

    /**
     * One group: its figures, its settings and the flights that are up.
     *
     * @param group its name
     * @return null where there is none of this name
     */
    @ReadOperation
    public @Nullable Map<String, Object> group(@Selector String group) {
        return group(group, showKeys);
    }

    /**
     * Forgets a key of a group, or all its keys.
     *
     * @param group its name
     * @param key as {@code String.valueOf} prints it; null for all keys
     * @return {@code forgotten}: how many flights; null where there is no such group
     */
    @DeleteOperation
    @SuppressWarnings("deprecation") // Spring's own annotation is the one that Spring Boot 3 takes for "optional"
    public @Nullable Map<String, Object> forget(@Selector String group, @org.springframework.lang.Nullable String key) {
        return groups.find(group)
                .map(found -> Map.<String, Object>of("forgotten", forget(found, key)))
                .orElse(null);
    }

    /**
     * Switches a group on or off.
     *
     * @param group its name
     * @param enabled whether its calls share flights from now on
     * @return the group's figures; null where there is none of this name
     */
    @WriteOperation
    public @Nullable Map<String, Object> enable(@Selector String group, boolean enabled) {
        SingleFlightGroup<?, ?> found = groups.find(group).orElse(null);
        if (found == null) {
            return null;
        }
        found.enabled(enabled);
        return GroupBody.figures(found);
    }

    /** One group, with its keys or without. */
    @Nullable
    Map<String, Object> group(String group, boolean keys) {
        return groups.find(group).map(found -> GroupBody.details(found, keys)).orElse(null);
    }

    private static int forget(SingleFlightGroup<?, ?> group, @Nullable String key) {
        return key == null ? group.forgetAll() : group.forgetIf(inFlight -> key.equals(String.valueOf(inFlight)));
    }
}
