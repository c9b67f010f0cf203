package dev.singleflight.interceptor;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.function.UnaryOperator;
import org.springframework.core.ResolvableType;

/** Which methods can be batches: {@code Map<K, V> find(Collection<K> keys)}. */
final class BatchTypes {

    private static final String FORM =
            "A batch is declared as Map<K, V> find(Collection<K> keys); the parameter may be an Iterable, a List or a Set, too.";

    private BatchTypes() {}

    /**
     * How the batches of a method are shared.
     *
     * @throws InvalidSingleFlightException where they cannot be
     */
    static BatchShape shapeOf(Declaration declaration) {
        if (LaterType.isSuspending(declaration)) {
            throw declaration.invalid("is a batch, and a suspending function.", FORM);
        }
        UnaryOperator<Collection<Object>> copies = copies(declaration);
        ResolvableType value = valueType(declaration);
        requireOneTypeOfKey(declaration);
        ReturnTypes.requireShareable(value, declaration);
        return new BatchShape(declaration, copies, ReturnTypes.isOpen(value) ? new OpenValues(declaration) : null);
    }

    private static UnaryOperator<Collection<Object>> copies(Declaration declaration) {
        Class<?>[] parameters = declaration.method().getParameterTypes();
        if (parameters.length != 1) {
            throw declaration.invalid(
                    "is a batch of " + parameters.length
                            + " parameters. Its keys are the elements of one; the others would tell no two calls apart.",
                    FORM + " What else tells calls apart goes into the elements, or into every key: a"
                            + " FlightKeyContributor.");
        }
        Class<?> type = parameters[0];
        if (Iterable.class.isAssignableFrom(type)) {
            if (type.isAssignableFrom(LinkedHashSet.class)) {
                return LinkedHashSet::new;
            }
            if (type.isAssignableFrom(ArrayList.class)) {
                return ArrayList::new;
            }
        }
        throw declaration.invalid(
                "is a batch, but its parameter is no collection that a part of its elements can be given in.", FORM);
    }

    /** The type of what callers share. */
    private static ResolvableType valueType(Declaration declaration) {
        ResolvableType type = declaration.returnType();
        Class<?> raw = type.toClass();
        if (raw != Map.class && raw != HashMap.class && raw != LinkedHashMap.class) {
            throw declaration.invalid("is a batch, but returns " + type + ".", FORM);
        }
        return ReturnTypes.valueType(declaration, null, true);
    }

    private static void requireOneTypeOfKey(Declaration declaration) {
        Class<?> asked = ResolvableType.forMethodParameter(declaration.method(), 0, declaration.type())
                .as(Iterable.class)
                .getGeneric(0)
                .toClass();
        Class<?> returned = declaration.returnType().as(Map.class).getGeneric(0).toClass();
        if (!asked.isAssignableFrom(returned) && !returned.isAssignableFrom(asked)) {
            throw declaration.invalid(
                    "is a batch that is asked for each " + asked.getName() + " and returns a map by "
                            + returned.getName() + ", in which nobody would find one.",
                    FORM);
        }
    }
}
