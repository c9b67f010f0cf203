package dev.singleflight.interceptor;

import java.lang.reflect.Method;
import java.util.List;
import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import org.springframework.core.annotation.MergedAnnotations;
import org.springframework.core.annotation.MergedAnnotations.SearchStrategy;
import org.springframework.util.ClassUtils;

/** Annotations whose advice always stands outside ours, or changes what we share. Their libraries may be absent. */
final class Outsiders {

    private static final Log LOGGER = LogFactory.getLog(Outsiders.class);

    private static final List<Outsider> REPORTED = List.of(
            new Outsider(
                    "org.springframework.scheduling.annotation.Async",
                    "each caller takes a thread of the executor, and followers hold theirs while they wait"),
            new Outsider(
                    "org.springframework.resilience.annotation.Retryable",
                    "each attempt of each caller joins or starts a flight of its own, so a failing call may run once for"
                            + " every attempt"),
            new Outsider(
                    "org.springframework.resilience.annotation.ConcurrencyLimit",
                    "followers use up its permits, so callers beyond them come one after another and start flights of their"
                            + " own"));

    /** Both empty a collection or map and refill it. */
    private static final List<String> CHANGING = List.of(
            "org.springframework.security.access.prepost.PostFilter",
            "org.springframework.security.authorization.method.AuthorizeReturnObject");

    private Outsiders() {}

    /** Says once, when a method is resolved, what stands outside its flights. */
    static void report(Declaration declaration) {
        for (Outsider outsider : REPORTED) {
            if (isOn(declaration, outsider.annotation())) {
                LOGGER.warn(declaration + " has @SingleFlight and @" + ClassUtils.getShortName(outsider.annotation())
                        + ", which always stands outside: " + outsider.meaning()
                        + ". To have it inside, move @SingleFlight to a method of another bean that calls this one.");
            }
        }
    }

    /**
     * Whether somebody outside changes the method's result in place, so that each caller needs one of its own.
     *
     * @throws InvalidSingleFlightException where there can be no copy of the declared type
     */
    static boolean changeResult(Declaration declaration) {
        for (String annotation : CHANGING) {
            if (isOn(declaration, annotation)) {
                requireCopy(declaration, annotation);
                return true;
            }
        }
        return false;
    }

    private static void requireCopy(Declaration declaration, String annotation) {
        if (!ShallowCopy.isPossible(declaration.returnType().toClass())) {
            throw declaration.invalid(
                    "returns " + declaration.returnType() + ", which @" + ClassUtils.getShortName(annotation)
                            + " changes in place for every caller of a flight.",
                    "Return a Collection, List, Set, SortedSet, Map or SortedMap: of these each caller gets a copy.");
        }
    }

    private static boolean isOn(Declaration declaration, String annotation) {
        Method method = declaration.method();
        return MergedAnnotations.from(method, SearchStrategy.TYPE_HIERARCHY).isPresent(annotation)
                || MergedAnnotations.from(declaration.type(), SearchStrategy.TYPE_HIERARCHY)
                        .isPresent(annotation);
    }

    /**
     * An annotation whose advice stands outside.
     *
     * @param annotation its class's name
     * @param meaning what follows, as the rest of a sentence
     */
    private record Outsider(String annotation, String meaning) {}
}
