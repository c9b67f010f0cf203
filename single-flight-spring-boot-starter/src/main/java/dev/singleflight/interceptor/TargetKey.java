package dev.singleflight.interceptor;

import dev.singleflight.SingleFlightGroup;
import java.lang.ref.WeakReference;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.WeakHashMap;
import org.jspecify.annotations.Nullable;

/**
 * A user's key with what it must not be shared across: the target, compared by identity, and the contributors' parts.
 * Printed it is the user's key, for the endpoint's sake.
 */
final class TargetKey {

    private final @Nullable Object target;

    private final List<@Nullable Object> isolation;

    private final Object key;

    private TargetKey(@Nullable Object target, List<@Nullable Object> isolation, Object key) {
        this.target = target;
        this.isolation = isolation;
        this.key = key;
    }

    /** The user's part of a key, whether it was wrapped or not. */
    static Object userKey(Object key) {
        return key instanceof TargetKey wrapped ? wrapped.key : key;
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof TargetKey that
                && target == that.target
                && isolation.equals(that.isolation)
                && key.equals(that.key);
    }

    @Override
    public int hashCode() {
        return 31 * (31 * System.identityHashCode(target) + isolation.hashCode()) + key.hashCode();
    }

    @Override
    public String toString() {
        return key.toString();
    }

    /**
     * The targets of one group. The first one's keys need no wrapping; it is held weakly, and nobody takes its place, for
     * a flight of futures may outlive its bean.
     */
    static final class Targets {

        /** Groups outlive interceptors: application contexts, a parent and its child, may have the same. */
        private static final Map<SingleFlightGroup<?, ?>, Targets> OF_GROUPS =
                Collections.synchronizedMap(new WeakHashMap<>());

        private final WeakReference<Object> first;

        private Targets(Object first) {
            this.first = new WeakReference<>(first);
        }

        /** Those of a group, of which this may be the first. */
        static Targets of(SingleFlightGroup<?, ?> group, Object target) {
            return OF_GROUPS.computeIfAbsent(group, absent -> new Targets(target));
        }

        Object key(Object target, List<@Nullable Object> isolation, Object key) {
            boolean bare = first.refersTo(target);
            return bare && isolation.isEmpty() ? key : new TargetKey(bare ? null : target, isolation, key);
        }
    }
}
