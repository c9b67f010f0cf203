package dev.singleflight.interceptor;

import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.util.Arrays;
import java.util.Locale;
import java.util.stream.Collectors;
import org.springframework.util.ClassUtils;

/** What groups are called where the annotation does not say, and how names are compared. */
public final class GroupNames {

    private GroupNames() {}

    /**
     * {@code Type.method}; with parameter types where the type has annotated overloads.
     *
     * @param type the user's class, no proxy class
     * @param method the method that carries the annotation
     */
    static String defaultName(Class<?> type, Method method, boolean overloaded) {
        String name = typeName(type, method) + "." + method.getName();
        return overloaded ? name + "(" + parameterTypes(method) + ")" : name;
    }

    /** {@code Outer.Inner} for nested types. */
    static String typeName(Class<?> type, Method method) {
        return typeName(owner(type, method));
    }

    /**
     * The type that gives the name. The declaring interface where the type has no name of its own, and where it is itself
     * an interface: so it is until the factory has made its proxy, and the name must not change then.
     */
    static Class<?> owner(Class<?> type, Method method) {
        return isNameless(type) || type.isInterface() ? method.getDeclaringClass() : ClassUtils.getUserClass(type);
    }

    private static String typeName(Class<?> named) {
        Class<?> outer = named.getEnclosingClass();
        String simple = named.getSimpleName().isEmpty() ? "anonymous" : named.getSimpleName();
        return outer == null ? simple : typeName(outer) + "." + simple;
    }

    /** Whether nobody named the type: a JDK proxy's, a lambda's. Its annotations are those of its interfaces. */
    static boolean isNameless(Class<?> type) {
        return Proxy.isProxyClass(type) || type.isHidden();
    }

    /**
     * What the properties compare of a name: letters and digits, ignoring case. {@code UserService.find} is
     * {@code user-service-find} and {@code USERSERVICE_FIND}.
     *
     * @param name a group's name, in any spelling
     * @return what is equal for all spellings
     */
    public static String normal(String name) {
        return name.codePoints()
                .filter(Character::isLetterOrDigit)
                .collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append)
                .toString()
                .toLowerCase(Locale.ROOT);
    }

    static String parameterTypes(Method method) {
        return Arrays.stream(method.getParameterTypes())
                .map(Class::getSimpleName)
                .collect(Collectors.joining(", "));
    }
}
