package dev.singleflight.interceptor;

import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.util.Arrays;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import org.springframework.aop.framework.Advised;
import org.springframework.aop.support.AopUtils;
import org.springframework.util.ClassUtils;

/**
 * Reports classes whose proxies are there for our sake alone and that have final methods: no proxy can pass these on to
 * the bean, so they run on the proxy, whose fields nobody has set.
 */
final class FinalMethods {

    private static final Log LOGGER = LogFactory.getLog(FinalMethods.class);

    private final Set<Class<?>> settled = ConcurrentHashMap.newKeySet();

    /** Says once of each class what is final, where without us the bean itself would be called. */
    void report(Advised proxy) {
        boolean ours = Stream.of(proxy.getAdvisors()).allMatch(SingleFlightAdvisor.class::isInstance);
        if (!ours || proxy.getAdvisorCount() == 0 || !AopUtils.isCglibProxy(proxy)) {
            return;
        }
        Class<?> type = ClassUtils.getUserClass(AopUtils.getTargetClass(proxy));
        if (!settled.add(type)
                || classes(type)
                        .flatMap(one -> Arrays.stream(one.getDeclaredFields()))
                        .allMatch(field -> Modifier.isStatic(field.getModifiers()))) {
            return;
        }
        String methods = classes(type)
                .flatMap(one -> Arrays.stream(one.getDeclaredMethods()))
                .filter(FinalMethods::runsOnProxy)
                .map(method -> method.getName() + "(" + GroupNames.parameterTypes(method) + ")")
                .distinct()
                .sorted()
                .collect(Collectors.joining(", "));
        if (!methods.isEmpty()) {
            LOGGER.warn(type.getName() + " is proxied for @SingleFlight or @SingleFlightForget, and has final methods: "
                    + methods + ". Called by other beans they run on the proxy, whose fields are null, not on the bean."
                    + " Remove 'final', or move what is annotated to a class of its own.");
        }
    }

    private static Stream<Class<?>> classes(Class<?> type) {
        return Stream.iterate(type, one -> one != null && one != Object.class, Class::getSuperclass);
    }

    /** Protected ones are for subclasses, which call them on the bean. */
    private static boolean runsOnProxy(Method method) {
        int modifiers = method.getModifiers();
        return Modifier.isFinal(modifiers)
                && (modifiers & (Modifier.PRIVATE | Modifier.PROTECTED | Modifier.STATIC)) == 0
                && !method.isSynthetic();
    }
}
