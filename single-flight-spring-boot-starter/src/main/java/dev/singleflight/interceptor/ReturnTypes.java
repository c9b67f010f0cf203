package dev.singleflight.interceptor;

import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;
import org.springframework.core.ResolvableType;

/** Which return types can be shared, and how. */
final class ReturnTypes {

    private ReturnTypes() {}

    /**
     * How calls of the method are shared.
     *
     * @param later its type, where that is one whose run begins later
     * @throws InvalidSingleFlightException where they cannot be
     */
    static SingleShape shapeOf(Declaration declaration, @Nullable LaterType later) {
        if (later != null) {
            ResolvableType element = later.elementType(declaration);
            requireShareable(element, declaration);
            return new ReactiveShape(later, !later.isMany() && isOpen(element) ? new OpenValues(declaration) : null);
        }
        ResolvableType value = valueType(declaration, null, false);
        requireShareable(value, declaration);
        PlainShape shape = isFuture(declaration.returnType().toClass()) ? PlainShape.FUTURE : PlainShape.BLOCKING;
        return isOpen(value) ? new OpenShape(shape, new OpenValues(declaration)) : shape;
    }

    /**
     * The type of what callers share: what a batch maps to, what a future completes with, what a reactive type emits, else the
     * return type.
     */
    static ResolvableType valueType(Declaration declaration, @Nullable LaterType later, boolean batch) {
        ResolvableType type = declaration.returnType();
        if (batch) {
            return type.as(Map.class).getGeneric(1);
        }
        if (later != null) {
            return later.valueType(declaration);
        }
        return isFuture(type.toClass()) ? type.getGeneric(0) : type;
    }

    static boolean isFuture(Class<?> type) {
        return type == CompletableFuture.class || type == CompletionStage.class;
    }

    /**
     * Checks that it can be seen when the method has succeeded.
     *
     * @param later its type, where that is one whose run begins later
     * @throws InvalidSingleFlightException where it has not run on return, or what it returns has not
     */
    static void requireEnd(Declaration declaration, @Nullable LaterType later) {
        if (later != null && !later.suspending()) {
            return;
        }
        ResolvableType type = later == null ? declaration.returnType() : later.elementType(declaration);
        Unshareable unshareable = later == null && isFuture(type.toClass()) ? null : Unshareable.of(type.toClass());
        if (unshareable != null && unshareable.later()) {
            throw declaration.invalid(
                    "forgets when it has succeeded, but has not run when it returns " + type + ".",
                    "Declare the return type as a value, CompletableFuture, CompletionStage, Mono or Flux, or forget in code:"
                            + " singleFlightGroups.group(name).forget(key).");
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
}
