package dev.singleflight.interceptor;

import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.util.Arrays;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;
import org.springframework.beans.factory.config.ConfigurableBeanFactory;
import org.springframework.util.ClassUtils;
import org.springframework.util.ReflectionUtils;

/**
 * The operations of all annotated methods, each resolved and checked once, when it is first asked for: at the start of
 * the application. Safe for use by any number of threads.
 */
public final class SingleFlightOperations {

    private final AnnotatedTypes annotated = new AnnotatedTypes();

    /** Classes without fault: of a prototype each instance asks. */
    private final Set<Class<?>> checked = ConcurrentHashMap.newKeySet();

    private final Map<Class<?>, Map<Method, MethodOperations>> operations = new ConcurrentHashMap<>();

    private final GroupClaims claims = new GroupClaims();

    private final OperationReader reader;

    private final boolean classProxies;

    /**
     * The operations of a bean factory's beans.
     *
     * @param beans where key generators and expressions find beans and placeholders are resolved
     * @param classProxies whether proxies extend the class of their bean, even where it has interfaces
     */
    public SingleFlightOperations(ConfigurableBeanFactory beans, boolean classProxies) {
        this.classProxies = classProxies;
        this.reader = new OperationReader(claims, beans);
    }

    /**
     * Resolves and checks every annotated method of a bean's class, those that no proxy can intercept too.
     *
     * @param beanType the class, or a proxy class of it
     * @throws InvalidSingleFlightException where one cannot work
     */
    public void check(Class<?> beanType) {
        Class<?> type = ClassUtils.getUserClass(beanType);
        if (!mayBeAnnotated(type) || checked.contains(type)) {
            return;
        }
        check(type, type);
        for (Class<?> contract : ClassUtils.getAllInterfacesForClass(type)) {
            check(contract, type);
        }
        claims.checkForgets(type);
        checked.add(type);
    }

    /**
     * Whether a method of the group returns a reactive type, or suspends.
     *
     * @param group the group's name
     * @return false, too, where no such method has been looked at yet
     */
    public boolean isReactive(String group) {
        return claims.isReactive(group);
    }

    /** Which groups there are, and which are forgotten. */
    GroupClaims claims() {
        return claims;
    }

    boolean mayBeAnnotated(Class<?> type) {
        return annotated.include(type);
    }

    /** The methods of a class that share flights. */
    Stream<Declaration> flights(Class<?> type) {
        return mayBeAnnotated(type)
                ? Arrays.stream(ReflectionUtils.getUniqueDeclaredMethods(type))
                        .filter(method -> find(method, type).flight() != null)
                        .map(method -> Declaration.of(method, type))
                        .distinct()
                : Stream.empty();
    }

    MethodOperations find(Method method, Class<?> targetClass) {
        Map<Method, MethodOperations> ofClass = operations.get(targetClass);
        MethodOperations found = ofClass == null ? null : ofClass.get(method);
        return found != null ? found : resolve(method, targetClass);
    }

    private MethodOperations resolve(Method method, Class<?> targetClass) {
        MethodOperations read = reader.read(Declaration.of(method, targetClass));
        operations
                .computeIfAbsent(targetClass, type -> new ConcurrentHashMap<>())
                .put(method, read);
        return read;
    }

    /** Checks what the annotations of one class or interface come to on the bean's class. */
    private void check(Class<?> declaring, Class<?> type) {
        ReflectionUtils.doWithMethods(
                declaring,
                method -> {
                    if (!find(method, type).isEmpty()) {
                        requireInterceptable(Declaration.of(method, type));
                    }
                },
                ReflectionUtils.USER_DECLARED_METHODS.and(annotated::carries));
    }

    private void requireInterceptable(Declaration declaration) {
        Class<?> type = declaration.type();
        int modifiers = declaration.method().getModifiers();
        boolean byInterface = GroupNames.isNameless(type) || (!classProxies && new InterfaceProxies().suit(type));
        if (Modifier.isStatic(modifiers) || Modifier.isPrivate(modifiers)) {
            throw notInterceptable(declaration, Modifier.isStatic(modifiers) ? "static" : "private");
        }
        if (byInterface) {
            requireOnInterface(declaration);
        } else if (Modifier.isFinal(type.getModifiers())) {
            throw declaration.invalid(
                    "is in a final class, which no proxy can extend.",
                    "Make the class open (not final, no record), or move the method to one that is.");
        } else if (Modifier.isFinal(modifiers)) {
            throw notInterceptable(declaration, "final");
        }
    }

    private static void requireOnInterface(Declaration declaration) {
        boolean declared = Arrays.stream(ClassUtils.getAllInterfacesForClass(declaration.type()))
                .flatMap(contract -> Arrays.stream(contract.getMethods()))
                .anyMatch(method -> Declaration.of(method, declaration.type()).equals(declaration));
        if (!declared) {
            throw declaration.invalid(
                    "is on no interface of its class, and with spring.aop.proxy-target-class=false proxies have the"
                            + " methods of interfaces alone.",
                    "Declare it on an interface, or remove spring.aop.proxy-target-class.");
        }
    }

    private static InvalidSingleFlightException notInterceptable(Declaration declaration, String modifier) {
        return declaration.invalid(
                "is " + modifier + ", so no proxy can intercept it.",
                "Remove '" + modifier + "'" + (modifier.equals("final") ? " (in Kotlin: make it open)" : "")
                        + ", or move the annotation to a public method that other beans call.");
    }
}
