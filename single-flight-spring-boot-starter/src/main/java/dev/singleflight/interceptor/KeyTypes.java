package dev.singleflight.interceptor;

import java.lang.reflect.Method;
import java.util.Collection;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import org.springframework.util.ReflectionUtils;

/** Reports once each type in a key without {@code equals} and {@code hashCode} of its own: no two calls would be the same. */
final class KeyTypes {

    private static final Log LOGGER = LogFactory.getLog(KeyTypes.class);

    /** Whether nothing is left to do or to say about a type: one look-up tells it of a part of a key. */
    private static final ClassValue<AtomicBoolean> SETTLED = new ClassValue<>() {
        @Override
        protected AtomicBoolean computeValue(Class<?> type) {
            return new AtomicBoolean(!isCopied(type) && isCompared(type));
        }
    };

    private KeyTypes() {}

    /** Whether values of a type are part of a key as they are. */
    static boolean areSettled(Class<?> type) {
        return type == Long.class
                || type == String.class
                || type == Integer.class
                || SETTLED.get(type).getPlain();
    }

    static void look(Object part) {
        AtomicBoolean settled = SETTLED.get(part.getClass());
        if (!settled.getPlain() && settled.compareAndSet(false, true)) {
            LOGGER.warn("A key of single-flight holds a " + part.getClass().getName()
                    + ", which has no equals and hashCode of its own, or only one of them: no two calls are ever the same. Give it both, or use in"
                    + " the key what tells two of them apart.");
        }
    }

    private static boolean isCopied(Class<?> type) {
        return Collection.class.isAssignableFrom(type) || Map.class.isAssignableFrom(type) || type.isArray();
    }

    private static boolean isCompared(Class<?> type) {
        return Enum.class.isAssignableFrom(type)
                || type == Class.class
                || (overrides(type, "equals", Object.class) && overrides(type, "hashCode"));
    }

    private static boolean overrides(Class<?> type, String name, Class<?>... parameters) {
        Method method = ReflectionUtils.findMethod(type, name, parameters);
        return method != null && method.getDeclaringClass() != Object.class;
    }
}
