package dev.singleflight.interceptor;

import java.lang.reflect.Method;
import org.springframework.util.ClassUtils;

/** A declaration that cannot work. It stops the start of the application. */
public final class InvalidSingleFlightException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    /** What is wrong. */
    private final String reason;

    /** What to write instead. */
    private final String action;

    /**
     * About the declaration on a method.
     *
     * @param type the class it was found on
     * @param method the method
     * @param reason what is wrong, as a sentence about the method
     * @param action what to write instead
     */
    public InvalidSingleFlightException(Class<?> type, Method method, String reason, String action) {
        super(describe(type, method) + ": " + reason + " " + action);
        this.reason = describe(type, method) + ": " + reason;
        this.action = action;
    }

    /**
     * What is wrong, with the method.
     *
     * @return one or more sentences
     */
    public String reason() {
        return reason;
    }

    /**
     * What to write instead.
     *
     * @return one or more sentences
     */
    public String action() {
        return action;
    }

    /** The method as its author would write it: {@code OrderService.find(String, int)}. */
    static String describe(Class<?> type, Method method) {
        return GroupNames.typeName(ClassUtils.getUserClass(type), method) + "." + method.getName() + "("
                + GroupNames.parameterTypes(method) + ")";
    }
}
