package dev.singleflight.interceptor;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Publisher;
import org.springframework.core.ReactiveAdapter;
import org.springframework.core.ReactiveAdapterRegistry;
import org.springframework.core.ReactiveTypeDescriptor;
import org.springframework.core.ResolvableType;
import org.springframework.util.ClassUtils;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * The type that a method returns where its run begins when somebody subscribes: a {@code Flux}, a {@code Mono} or what else
 * Spring adapts to a publisher of one value, or whatever a suspending function returns, which is a {@code Mono} on its way
 * through proxies.
 *
 * @param adapter to and from publishers
 * @param suspending whether it is a Kotlin function's that suspends
 */
record LaterType(ReactiveAdapter adapter, boolean suspending) {

    private static final boolean REACTOR = isPresent("reactor.core.publisher.Mono");

    private static final boolean COROUTINES =
            REACTOR && isPresent("kotlinx.coroutines.reactor.MonoKt") && isPresent("kotlin.reflect.full.KClassifiers");

    /**
     * The type of a method; null where it has run when it returns.
     *
     * @throws InvalidSingleFlightException where a library is missing
     */
    static @Nullable LaterType of(Declaration declaration) {
        if (isSuspending(declaration)) {
            if (!COROUTINES) {
                throw declaration.invalid(
                        "is a suspending function; for these Spring needs libraries that are not on the class path.",
                        "Add the dependencies org.jetbrains.kotlinx:kotlinx-coroutines-reactor and"
                                + " org.jetbrains.kotlin:kotlin-reflect.");
            }
            return new LaterType(Reactor.monos(), true);
        }
        Class<?> raw = declaration.returnType().toClass();
        if (!REACTOR || ReturnTypes.isFuture(raw) || raw.getName().equals(Unshareable.DEFERRED)) {
            return null;
        }
        ReactiveAdapter adapter = ReactiveAdapterRegistry.getSharedInstance().getAdapter(raw);
        if (adapter == null || adapter.getReactiveType() != raw || (adapter.isMultiValue() && !Reactor.isFlux(raw))) {
            return null;
        }
        return new LaterType(adapter, false);
    }

    /** Whether Reactor is there, without which there are no such types. */
    static boolean arePossible() {
        return REACTOR;
    }

    static boolean isSuspending(Declaration declaration) {
        Class<?>[] parameters = declaration.method().getParameterTypes();
        return parameters.length > 0
                && parameters[parameters.length - 1].getName().equals("kotlin.coroutines.Continuation");
    }

    /** Whether its subscribers have a Reactor context: coroutines do. */
    boolean hasContext() {
        return suspending || Reactor.isReactors(adapter.getReactiveType());
    }

    /** Whether there may be several elements, which are shared as a list. */
    boolean isMany() {
        return adapter.isMultiValue();
    }

    /** The type of one element. */
    ResolvableType elementType(Declaration declaration) {
        if (suspending) {
            int last = declaration.method().getParameterCount() - 1;
            return ResolvableType.forMethodParameter(declaration.method(), last, declaration.type())
                    .getGeneric(0);
        }
        return adapter.isNoValue()
                ? ResolvableType.forClass(Void.class)
                : declaration.returnType().getGeneric(0);
    }

    /** The type of what callers share. */
    ResolvableType valueType(Declaration declaration) {
        ResolvableType element = elementType(declaration);
        return isMany() ? ResolvableType.forClassWithGenerics(List.class, element) : element;
    }

    /** What a method returned, as a publisher; null is an empty one. */
    Publisher<Object> publisher(@Nullable Object returned) {
        return adapter.toPublisher(returned);
    }

    /** A publisher, as the method returns it. */
    Object returned(Publisher<?> publisher) {
        return adapter.fromPublisher(publisher);
    }

    private static boolean isPresent(String type) {
        return ClassUtils.isPresent(type, LaterType.class.getClassLoader());
    }

    /** All that needs the library. */
    private static final class Reactor {

        private Reactor() {}

        private static boolean isFlux(Class<?> type) {
            return type == Flux.class;
        }

        private static boolean isReactors(Class<?> type) {
            return type == Mono.class || type == Flux.class;
        }

        private static ReactiveAdapter monos() {
            return new ReactiveAdapter(
                    ReactiveTypeDescriptor.singleOptionalValue(Mono.class, Mono::empty), Mono.class::cast, Mono::from);
        }
    }
}
