package dev.singleflight.interceptor;

import java.util.concurrent.atomic.AtomicBoolean;
import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import org.jspecify.annotations.Nullable;

/** The values of a method whose declared type does not say whether callers can share them. */
final class OpenValues {

    private static final Log LOGGER = LogFactory.getLog(OpenValues.class);

    private final Declaration declaration;

    private final AtomicBoolean reported = new AtomicBoolean();

    OpenValues(Declaration declaration) {
        this.declaration = declaration;
    }

    /**
     * Whether the caller may have the value: others may have it, too, or it comes from the caller's own run. One that
     * cannot be shared is reported, once for the method.
     */
    boolean suits(@Nullable Object value, boolean own) {
        Object unshareable = Unshareable.in(value);
        if (unshareable == null) {
            return true;
        }
        report(unshareable.getClass());
        return own;
    }

    private void report(Class<?> type) {
        Unshareable found = Unshareable.of(type);
        if (found != null && !reported.getPlain() && reported.compareAndSet(false, true)) {
            LOGGER.warn(declaration + " returned a " + type.getName()
                    + ", which callers cannot share: each of them runs the call for itself. " + found.instead());
        }
    }
}
