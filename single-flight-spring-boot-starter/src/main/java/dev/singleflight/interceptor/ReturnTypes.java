package dev.singleflight.interceptor;

import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;
import org.springframework.core.ResolvableType;

/** Which return types can be shared, and how. */
final class ReturnTypes {

    /** What can be read once, completes once for its caller, or is its caller's to close. Subtypes included. */
    private static final List<Unshareable> UNSHAREABLE = List.of(
            new Unshareable(
                    "org.reactivestreams.Publisher",
                    true,
                    "Reactive types are not supported: annotate a blocking method that the reactive one calls, or one that"
                            + " returns a CompletableFuture (mono.toFuture())."),
            new Unshareable(
                    "java.util.concurrent.Flow$Publisher",
                    true,
                    "Reactive types are not supported: annotate a method that returns a CompletableFuture."),
            new Unshareable(
                    "kotlinx.coroutines.flow.Flow",
                    true,
                    "Flows are not supported: annotate a method that returns a value or a CompletableFuture."),
            new Unshareable(
                    "java.util.concurrent.Future",
                    true,
                    "Declare the return type as CompletableFuture or CompletionStage, exactly."),
            new Unshareable(
                    "java.util.concurrent.CompletionStage",
                    true,
                    "Declare the return type as CompletableFuture or CompletionStage, exactly."),
            new Unshareable("java.util.concurrent.Callable", true, "Return what it computes."),
            new Unshareable(
                    "org.springframework.web.context.request.async.DeferredResult",
                    true,
                    "Return a CompletableFuture."),
            new Unshareable(
                    "org.springframework.web.context.request.async.WebAsyncTask", true, "Return a CompletableFuture."),
            new Unshareable(
                    "org.springframework.web.servlet.mvc.method.annotation.ResponseBodyEmitter",
                    true,
                    "Annotate the method that makes what is emitted."),
            new Unshareable(
                    "org.springframework.web.servlet.mvc.method.annotation.StreamingResponseBody",
                    true,
                    "Annotate the method that makes what is streamed."),
            new Unshareable(
                    "java.lang.AutoCloseable",
                    false,
                    "One caller would close it, or read it to its end, for all. Return its content: a byte[], a String, a"
                            + " List."),
            new Unshareable("java.util.Iterator", false, "One caller would use it up for all. Return a List."));

    private ReturnTypes() {}

    /**
     * How calls of the method are shared.
     *
     * @throws InvalidSingleFlightException where they cannot be
     */
    static CallShape shapeOf(Declaration declaration) {
        if (isSuspending(declaration)) {
            throw declaration.invalid(
                    "is a suspending function, whose calls cannot be shared.",
                    "Annotate a blocking function, or one that returns a CompletableFuture.");
        }
        ResolvableType type = declaration.returnType();
        boolean future = isFuture(type);
        requireShareable(future ? type.getGeneric(0) : type, declaration);
        return future ? CallShape.FUTURE : CallShape.BLOCKING;
    }

    /** The type of what callers share: what a future completes with, else the return type. */
    static ResolvableType valueType(Declaration declaration) {
        ResolvableType type = declaration.returnType();
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
        Set<String> names = names(type.toClass());
        boolean later =
                !isFuture(type) && UNSHAREABLE.stream().anyMatch(one -> one.later() && names.contains(one.name()));
        if (later || isSuspending(declaration)) {
            throw declaration.invalid(
                    "forgets when it has succeeded, but has not run when it returns " + type + ".",
                    "Declare the return type as a value, CompletableFuture or CompletionStage, or forget in code:"
                            + " singleFlightGroups.group(name).forget(key).");
        }
    }

    private static void requireShareable(ResolvableType type, Declaration declaration) {
        Class<?> raw = type.toClass();
        Set<String> names = names(raw);
        for (Unshareable unshareable : UNSHAREABLE) {
            if (names.contains(unshareable.name())) {
                throw declaration.invalid("returns " + type + ", which callers cannot share.", unshareable.instead());
            }
        }
        if (raw == Optional.class || raw.getName().equals("org.springframework.http.ResponseEntity")) {
            requireShareable(type.getGeneric(0), declaration);
        }
    }

    /** A type's and its supertypes'. To ask for the classes of absent libraries at each method would cost more than all else. */
    private static Set<String> names(Class<?> type) {
        Set<String> names = new HashSet<>();
        addNames(type, names);
        return names;
    }

    private static void addNames(@Nullable Class<?> type, Set<String> names) {
        if (type != null && names.add(type.getName())) {
            addNames(type.getSuperclass(), names);
            for (Class<?> contract : type.getInterfaces()) {
                addNames(contract, names);
            }
        }
    }

    private static boolean isSuspending(Declaration declaration) {
        Class<?>[] parameters = declaration.method().getParameterTypes();
        return parameters.length > 0
                && parameters[parameters.length - 1].getName().equals("kotlin.coroutines.Continuation");
    }

    /**
     * A type that callers cannot share.
     *
     * @param name its class's name: the library may be absent
     * @param later whether a method that returns one has not run by then
     * @param instead what to do
     */
    private record Unshareable(String name, boolean later, String instead) {}
}
