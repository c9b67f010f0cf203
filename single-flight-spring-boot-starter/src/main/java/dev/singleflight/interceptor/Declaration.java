package dev.singleflight.interceptor;

import java.lang.annotation.Annotation;
import java.lang.reflect.Method;
import java.util.List;
import java.util.Objects;
import java.util.stream.IntStream;
import org.springframework.aop.support.AopUtils;
import org.springframework.core.BridgeMethodResolver;
import org.springframework.core.DefaultParameterNameDiscoverer;
import org.springframework.core.ParameterNameDiscoverer;
import org.springframework.core.ResolvableType;
import org.springframework.core.annotation.MergedAnnotation;
import org.springframework.core.annotation.MergedAnnotations;
import org.springframework.core.annotation.MergedAnnotations.SearchStrategy;
import org.springframework.core.annotation.RepeatableContainers;
import org.springframework.util.ClassUtils;

/**
 * A method as a bean of some class runs it, and where its annotations stand: on the method itself, on the one it
 * overrides, or on an interface's.
 *
 * @param type the bean's class, no proxy class of Spring's
 * @param method the method that runs
 */
record Declaration(Class<?> type, Method method) {

    private static final ParameterNameDiscoverer NAMES = new DefaultParameterNameDiscoverer();

    static Declaration of(Method method, Class<?> targetClass) {
        Class<?> type = ClassUtils.getUserClass(targetClass);
        Method specific = AopUtils.getMostSpecificMethod(method, type);
        return new Declaration(
                type,
                GroupNames.isNameless(type)
                        ? BridgeMethodResolver.findBridgedMethod(
                                ClassUtils.getInterfaceMethodIfPossible(specific, type))
                        : specific);
    }

    /** The annotations of this kind, each with the method it stands on. */
    <A extends Annotation> List<MergedAnnotation<A>> annotations(Class<A> annotation) {
        List<MergedAnnotation<A>> onMethod = find(method, annotation);
        if (!onMethod.isEmpty()) {
            return onMethod;
        }
        return find(ClassUtils.getInterfaceMethodIfPossible(method, type), annotation);
    }

    /** The names of the parameters as the author of the annotation sees them; empty where the class file has none. */
    List<String> parameterNames(MergedAnnotation<?> annotation) {
        Method annotated = annotation.getSource() instanceof Method source ? source : method;
        var names = NAMES.getParameterNames(BridgeMethodResolver.findBridgedMethod(annotated));
        return names == null
                ? List.of()
                : IntStream.range(0, names.length)
                        .mapToObj(index -> Objects.requireNonNullElse(names[index], "a" + index))
                        .toList();
    }

    ResolvableType returnType() {
        return ResolvableType.forMethodReturnType(method, type);
    }

    InvalidSingleFlightException invalid(String reason, String action) {
        return new InvalidSingleFlightException(type, method, reason, action);
    }

    @Override
    public String toString() {
        return InvalidSingleFlightException.describe(type, method);
    }

    private static <A extends Annotation> List<MergedAnnotation<A>> find(Method method, Class<A> annotation) {
        return MergedAnnotations.from(method, SearchStrategy.TYPE_HIERARCHY, RepeatableContainers.standardRepeatables())
                .stream(annotation)
                .toList();
    }
}
