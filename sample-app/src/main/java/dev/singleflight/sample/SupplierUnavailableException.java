package dev.singleflight.sample;

import java.util.UUID;

/** The supplier gave no answer. Its incident is made once per run, so callers that shared a flight report the same one. */
final class SupplierUnavailableException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    private final UUID incident = UUID.randomUUID();

    SupplierUnavailableException(Throwable cause) {
        super("The supplier does not answer.", cause);
    }

    /** The number under which the one run that failed stands in the log. */
    UUID incident() {
        return incident;
    }
}
