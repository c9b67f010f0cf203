package dev.singleflight.interceptor;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.springframework.util.ObjectUtils;

/**
 * Copies what is mutable in a key before the key is claimed: a method that changes its own list argument would otherwise
 * change the key of its flight. Arrays are compared by content, all the way down.
 */
final class KeyParts {

    private KeyParts() {}

    static @Nullable Object frozen(@Nullable Object part) {
        return part == null || KeyTypes.areSettled(part.getClass()) ? part : copied(part);
    }

    private static Object copied(Object part) {
        if (part instanceof Collection<?> collection) {
            return frozen(collection);
        }
        if (part instanceof Map<?, ?> map) {
            Map<Object, Object> copy = new LinkedHashMap<>();
            map.forEach((key, value) -> copy.put(frozen(key), frozen(value)));
            return Collections.unmodifiableMap(copy);
        }
        if (part.getClass().isArray()) {
            return new ArrayPart(part.getClass(), frozen(Arrays.asList(ObjectUtils.toObjectArray(part))));
        }
        KeyTypes.look(part);
        return part;
    }

    /** The arguments of a call as one key. */
    static Object ofArguments(@Nullable Object[] arguments) {
        Object only = arguments.length == 1 ? frozen(arguments[0]) : null;
        return only != null ? only : new Arguments(frozen(Arrays.asList(arguments)));
    }

    private static Collection<@Nullable Object> frozen(Collection<?> parts) {
        Collection<@Nullable Object> copy =
                parts instanceof Set<?> ? new LinkedHashSet<>() : new ArrayList<>(parts.size());
        for (Object part : parts) {
            copy.add(frozen(part));
        }
        return copy;
    }

    /** Several arguments, none, or a null alone: never equal to one argument that is a list. */
    private record Arguments(Object content) {

        @Override
        public String toString() {
            return content.toString();
        }
    }

    /** An array's content, which never equals that of a list or of an array of another type. */
    private record ArrayPart(Class<?> type, Object content) {

        @Override
        public String toString() {
            return content.toString();
        }
    }
}
