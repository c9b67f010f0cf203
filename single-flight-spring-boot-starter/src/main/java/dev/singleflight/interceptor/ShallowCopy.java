package dev.singleflight.interceptor;

import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * A collection or map of each caller's own, for methods whose result others change in place: Spring Security's
 * {@code @PostFilter} empties and refills it. The elements are shared.
 */
final class ShallowCopy {

    private ShallowCopy() {}

    static @Nullable Object of(@Nullable Object result) {
        if (result instanceof SortedSet<?> set) {
            return new TreeSet<>(set);
        }
        if (result instanceof Set<?> set) {
            return new LinkedHashSet<>(set);
        }
        if (result instanceof Collection<?> collection) {
            return new ArrayList<>(collection);
        }
        if (result instanceof SortedMap<?, ?> map) {
            return new TreeMap<>(map);
        }
        if (result instanceof Map<?, ?> map) {
            return new LinkedHashMap<>(map);
        }
        return result instanceof Optional<?> optional ? optional.map(ShallowCopy::of) : result;
    }

    /** Whether the copies of a declared type are of that type, too. */
    static boolean isPossible(Class<?> declared) {
        if (SortedSet.class.isAssignableFrom(declared)) {
            return declared.isAssignableFrom(TreeSet.class);
        }
        if (Set.class.isAssignableFrom(declared)) {
            return declared.isAssignableFrom(LinkedHashSet.class);
        }
        if (Collection.class.isAssignableFrom(declared)) {
            return declared.isAssignableFrom(ArrayList.class);
        }
        if (SortedMap.class.isAssignableFrom(declared)) {
            return declared.isAssignableFrom(TreeMap.class);
        }
        return !Map.class.isAssignableFrom(declared) || declared.isAssignableFrom(LinkedHashMap.class);
    }
}
