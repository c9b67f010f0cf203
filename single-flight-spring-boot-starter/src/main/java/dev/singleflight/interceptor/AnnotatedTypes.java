package dev.singleflight.interceptor;

import dev.singleflight.annotation.SingleFlight;
import dev.singleflight.annotation.SingleFlightForget;
import java.lang.annotation.Annotation;
import java.lang.reflect.Method;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import org.springframework.core.annotation.AnnotationUtils;
import org.springframework.core.annotation.MergedAnnotations;
import org.springframework.util.ReflectionUtils;

/**
 * Which types have annotated methods, of their own or inherited. It is asked about the class of every bean, and hardly any
 * has some: so it looks at what is there, each type once, before anybody searches for what a method overrides.
 */
final class AnnotatedTypes {

    private static final List<Class<? extends Annotation>> OURS =
            List.of(SingleFlight.class, SingleFlightForget.class, SingleFlightForget.Container.class);

    private final Map<Class<?>, Boolean> types = new ConcurrentHashMap<>();

    private final Map<Class<? extends Annotation>, Boolean> annotations = new ConcurrentHashMap<>();

    /** Whether a method of the type, of its superclasses or of its interfaces carries an annotation of ours. */
    boolean include(@Nullable Class<?> type) {
        if (type == null) {
            return false;
        }
        Boolean known = types.get(type);
        if (known == null) {
            known = declares(type)
                    || include(type.getSuperclass())
                    || Arrays.stream(type.getInterfaces()).anyMatch(this::include);
            types.put(type, known);
        }
        return known;
    }

    /** Whether an annotation of ours stands on this very method. */
    boolean carries(Method method) {
        for (Annotation annotation : method.getDeclaredAnnotations()) {
            if (annotations.computeIfAbsent(annotation.annotationType(), AnnotatedTypes::isOurs)) {
                return true;
            }
        }
        return false;
    }

    private boolean declares(Class<?> type) {
        return AnnotationUtils.isCandidateClass(type, OURS)
                && Arrays.stream(ReflectionUtils.getDeclaredMethods(type)).anyMatch(this::carries);
    }

    /** Whether it is one of ours, or composed of one. */
    private static boolean isOurs(Class<? extends Annotation> annotation) {
        return OURS.contains(annotation) || OURS.stream().anyMatch(MergedAnnotations.from(annotation)::isPresent);
    }
}
