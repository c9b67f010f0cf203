package dev.singleflight.sample;

/** What was asked for does not exist. */
final class NotFoundException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    /**
     * The exception.
     *
     * @param what the kind of thing, such as {@code product}
     */
    NotFoundException(String what) {
        super("There is no such " + what + ".");
    }
}
