package dev.singleflight.interceptor;

import dev.singleflight.FlightBatchCall;
import dev.singleflight.SingleFlightGroup;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.UnaryOperator;
import org.aopalliance.intercept.MethodInvocation;
import org.jspecify.annotations.Nullable;
import org.springframework.aop.ProxyMethodInvocation;

/**
 * One call for many keys, the elements of its argument, each with a flight that single calls share. Every caller gets a map
 * of its own, from the very elements that it asked for.
 */
final class BatchShape implements CallShape {

    private final Declaration declaration;

    private final UnaryOperator<Collection<Object>> copies;

    /** Null where the declared type says that values can be shared. */
    private final @Nullable OpenValues values;

    /**
     * The shape of a method.
     *
     * @param copies makes a collection that the method's parameter takes
     * @param values null where the declared type says that values can be shared
     */
    BatchShape(Declaration declaration, UnaryOperator<Collection<Object>> copies, @Nullable OpenValues values) {
        this.declaration = declaration;
        this.copies = copies;
        this.values = values;
    }

    /**
     * Runs one call for the keys that nobody else is running, and joins the flights of the others.
     *
     * @param isolated makes the group's key of a user's key
     * @param waitTimeout null for the group's own
     */
    @Nullable
    Object call(
            SingleFlightGroup<Object, @Nullable Object> group,
            UnaryOperator<Object> isolated,
            @Nullable Duration waitTimeout,
            MethodInvocation invocation)
            throws Exception {
        OwnRuns runs = new OwnRuns(invocation, isolated);
        Set<Object> keys = runs.elements.keySet();
        Map<Object, @Nullable Object> found =
                waitTimeout == null ? group.executeAll(keys, runs) : group.executeAll(keys, waitTimeout, runs);
        return runs.byElement(values == null ? found : suiting(found, runs, values, group));
    }

    @Override
    public @Nullable Object bypass(SingleFlightGroup<Object, @Nullable Object> group, MethodInvocation invocation)
            throws Exception {
        OwnRuns runs = new OwnRuns(invocation, UnaryOperator.identity());
        return runs.byElement(group.bypassAll(runs.elements.keySet(), runs));
    }

    /** What others ran and cannot share the caller runs for itself. */
    private static Map<Object, @Nullable Object> suiting(
            Map<Object, @Nullable Object> found,
            OwnRuns runs,
            OpenValues values,
            SingleFlightGroup<Object, @Nullable Object> group)
            throws Exception {
        List<Object> others = new ArrayList<>();
        found.forEach((key, value) -> {
            if (!values.suits(value, runs.begun.contains(key))) {
                others.add(key);
            }
        });
        if (!others.isEmpty()) {
            others.forEach(found::remove);
            found.putAll(group.bypassAll(others, runs));
        }
        return found;
    }

    /** The runs of one caller, and what it asked for. */
    private final class OwnRuns implements FlightBatchCall<Object, @Nullable Object, Exception> {

        private final MethodInvocation invocation;

        /** By the group's key, in the order of the argument. Not changed once it is made. */
        private final Map<Object, Object> elements = new LinkedHashMap<>();

        /** The keys of runs that began, on whatever thread. */
        private final Set<Object> begun = ConcurrentHashMap.newKeySet();

        private OwnRuns(MethodInvocation invocation, UnaryOperator<Object> isolated) {
            this.invocation = invocation;
            if (!(invocation.getArguments()[0] instanceof Iterable<?> argument)) {
                throw new IllegalArgumentException(declaration
                        + " was called with null instead of keys. Give it a collection; an empty one asks for nothing");
            }
            for (Object element : argument) {
                Object key = KeyParts.frozen(element);
                if (key == null) {
                    throw new IllegalArgumentException(
                            declaration + " was called with a null among its keys, which tells no two calls apart");
                }
                elements.putIfAbsent(isolated.apply(key), element);
            }
        }

        @Override
        @SuppressWarnings("NullAway") // a null map is the group's to refuse
        public Map<Object, @Nullable Object> call(Set<Object> keys) {
            if (values != null) {
                begun.addAll(keys);
            }
            List<Object> asked = new ArrayList<>();
            keys.forEach(key -> asked.add(elements.get(key)));
            Map<?, ?> returned = returned(copies.apply(asked));
            if (returned == null) {
                return null;
            }
            Map<Object, @Nullable Object> byKey = new LinkedHashMap<>();
            for (Object key : keys) {
                Object element = elements.get(key);
                if (returned.containsKey(element)) {
                    byKey.put(key, returned.get(element));
                }
            }
            return byKey;
        }

        /** A run of its own invocation each: one that has proceeded cannot do so again. */
        private @Nullable Map<?, ?> returned(Collection<Object> asked) {
            MethodInvocation run = ((ProxyMethodInvocation) invocation).invocableClone(asked);
            return (Map<?, ?>) PlainShape.<RuntimeException>proceedExposed(run);
        }

        private Map<Object, @Nullable Object> byElement(Map<Object, @Nullable Object> byKey) {
            Map<Object, @Nullable Object> own = new LinkedHashMap<>();
            elements.forEach((key, element) -> {
                if (byKey.containsKey(key)) {
                    own.put(element, byKey.get(key));
                }
            });
            return own;
        }
    }
}
