package dev.singleflight.interceptor;

import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpEntity;

/**
 * A type that callers cannot share: it can be read once, completes once for its caller, or is its caller's to close.
 *
 * @param name its class's name: the library may be absent
 * @param later whether a method that returns one has not run by then
 * @param instead what to do
 */
record Unshareable(String name, boolean later, String instead) {

    static final String RESPONSE_ENTITY = "org.springframework.http.ResponseEntity";

    /** A coroutine that runs already, and whose run nobody could cancel. */
    static final String DEFERRED = "kotlinx.coroutines.Deferred";

    private static final String PUBLISHERS =
            "Declare the return type as Mono or Flux, exactly, with Reactor on the class path.";

    /** Subtypes included. What has not run on return comes first: some of it can be closed, too. */
    private static final List<Unshareable> ALL = List.of(
            new Unshareable("org.reactivestreams.Publisher", true, PUBLISHERS),
            new Unshareable("java.util.concurrent.Flow$Publisher", true, PUBLISHERS),
            new Unshareable(
                    "kotlinx.coroutines.flow.Flow",
                    true,
                    "Return a Flux (flow.asFlux()), which is collected for all, or suspend and return a List."),
            new Unshareable(
                    "java.util.concurrent.Future",
                    true,
                    "Declare the return type as CompletableFuture or CompletionStage, exactly."),
            new Unshareable(
                    "java.util.concurrent.CompletionStage",
                    true,
                    "Declare the return type as CompletableFuture or CompletionStage, exactly."),
            new Unshareable(DEFERRED, true, "Suspend, and return the value."),
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
            new Unshareable(
                    "org.springframework.core.io.buffer.DataBuffer",
                    false,
                    "One caller would read and release it for all. Return a byte[] or a String."),
            new Unshareable("java.util.Iterator", false, "One caller would use it up for all. Return a List."));

    /** Of classes that values had. It holds nothing of ours, which would keep our class loader from the JDK's classes. */
    private static final ClassValue<Boolean> FOUND = new ClassValue<>() {
        @Override
        protected Boolean computeValue(Class<?> type) {
            return of(type) != null;
        }
    };

    /** What keeps callers from sharing a type; null where they can. */
    static @Nullable Unshareable of(Class<?> type) {
        Set<String> names = names(type);
        return ALL.stream()
                .filter(one -> names.contains(one.name()))
                .findFirst()
                .orElse(null);
    }

    /** What keeps callers from sharing a value: itself, or what its {@code Optional} or response holds; null where they can. */
    static @Nullable Object in(@Nullable Object value) {
        if (value == null) {
            return null;
        }
        if (value instanceof Optional<?> optional) {
            return in(optional.orElse(null));
        }
        if (value.getClass().getName().equals(RESPONSE_ENTITY)) {
            return in(Response.body(value));
        }
        return FOUND.get(value.getClass()) ? value : null;
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

    /** All that needs the library, which is there where a value is of it. */
    private static final class Response {

        private Response() {}

        private static @Nullable Object body(Object value) {
            return value instanceof HttpEntity<?> entity ? entity.getBody() : null;
        }
    }
}
