package dev.singleflight.interceptor;

import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import org.jspecify.annotations.Nullable;
import org.springframework.aop.scope.ScopedProxyUtils;

/** Scopes whose instances come and go: calls join only on the same one, so callers hardly ever meet. */
final class ShortLived {

    private static final Log LOGGER = LogFactory.getLog(ShortLived.class);

    private static final Map<String, String> MEANINGS = Map.of(
            "prototype", "each injection and each look-up makes one",
            "request", "each request has its own",
            "session", "each session has its own");

    private ShortLived() {}

    /** Says of a bean whose methods share flights, where its scope is such a one. */
    static void report(String bean, @Nullable String scope, Supplier<List<Declaration>> methods) {
        String meaning = scope == null ? null : MEANINGS.get(scope);
        List<Declaration> flights = meaning == null ? List.of() : methods.get();
        if (!flights.isEmpty()) {
            LOGGER.warn("The bean '" + userName(bean) + "' of scope " + scope + " has @SingleFlight on "
                    + flights.stream().map(Declaration::toString).sorted().collect(Collectors.joining(", "))
                    + ": calls join only on the same instance, and " + meaning
                    + ". To have more callers share, move @SingleFlight to a method of a singleton that this bean calls with"
                    + " what is its own as arguments.");
        }
    }

    /** Of what stands behind a scoped proxy the name that its author gave. */
    private static String userName(String bean) {
        return ScopedProxyUtils.isScopedTarget(bean) ? ScopedProxyUtils.getOriginalBeanName(bean) : bean;
    }
}
