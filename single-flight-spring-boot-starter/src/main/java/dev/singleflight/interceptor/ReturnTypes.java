package dev.singleflight.interceptor;

import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.springframework.core.ResolvableType;

/** Which return types can be shared, and how. */
final class ReturnTypes {

    private ReturnTypes() {}

    /**
     * How calls of the method are shared.
     *
     * @throws InvalidSingleFlightException where they cannot be
     */
    static SingleShape shapeOf(Declaration declaration) {
        requireNoSuspension(declaration);
        ResolvableType value = valueType(declaration, false);
        requireShareable(value, declaration);
        PlainShape shape = isFuture(declaration.returnType()) ? PlainShape.FUTURE : PlainShape.BLOCKING;
        return isOpen(value) ? new OpenShape(shape, new OpenValues(declaration)) : shape;
    }

    /** The type of what callers share: what a batch maps to, what a future completes with, else the return type. */
    static ResolvableType valueType(Declaration declaration, boolean batch) {
        ResolvableType type = declaration.returnType();
        if (batch) {
            return type.as(Map.class).getGeneric(1);
        }
        return isFuture(type) ? type.getGeneric(0) : type;
    }

    static boolean isFuture(ResolvableType type) {
        Class<?> raw = type.toClass();
        return raw == CompletableFuture.class || raw == CompletionStage.class;
    }

    /**
     * Checks that whoever sees the method return can tell whether it has succeeded.
     *
     * @throws InvalidSingleFlightException where it has not run by then
     */
    static void requireRunOnReturn(Declaration declaration) {
        ResolvableType type = declaration.returnType();
        Unshareable unshareable = isFuture(type) ? null : Unshareable.of(type.toClass());
        boolean later = unshareable != null && unshareable.later();
        if (later || isSuspending(declaration)) {
            throw declaration.invalid(
                    "forgets when it has succeeded, but has not run when it returns " + type + ".",
                    "Declare the return type as a value, CompletableFuture or CompletionStage, or forget in code:"
                            + " singleFlightGroups.group(name).forget(key).");
        }
    }

    static void requireNoSuspension(Declaration declaration) {
        if (isSuspending(declaration)) {
            throw declaration.invalid(
                    "is a suspending function, whose calls cannot be shared.",
                    "Annotate a blocking function, or one that returns a CompletableFuture.");
        }
    }

    static void requireShareable(ResolvableType type, Declaration declaration) {
        Unshareable unshareable = Unshareable.of(type.toClass());
        if (unshareable != null) {
            throw declaration.invalid("returns " + type + ", which callers cannot share.", unshareable.instead());
        }
        if (isWrapper(type)) {
            requireShareable(type.getGeneric(0), declaration);
        }
    }

    /** Whether the declaration leaves it to each value what it is: {@code Object}, or a variable or wildcard without bound. */
    static boolean isOpen(ResolvableType type) {
        return type.toClass() == Object.class || (isWrapper(type) && isOpen(type.getGeneric(0)));
    }

    private static boolean isWrapper(ResolvableType type) {
        Class<?> raw = type.toClass();
        return raw == Optional.class || raw.getName().equals(Unshareable.RESPONSE_ENTITY);
    }

    private static boolean isSuspending(Declaration declaration) {
        Class<?>[] parameters = declaration.method().getParameterTypes();
        return parameters.length > 0
                && parameters[parameters.length - 1].getName().equals("kotlin.coroutines.Continuation");
    }
}
