package dev.singleflight;

import org.jspecify.annotations.Nullable;

/**
 * A caller got no outcome of a call, for a reason of the group's own. What a call itself throws is never wrapped in one.
 *
 * <p>The message names the group, never the key: keys may be personal data. {@link #key()} holds it for those who need it.
 */
public abstract class SingleFlightException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    /** The group's name. */
    private final String group;

    @SuppressWarnings("serial") // lost in serialization on purpose: a key need not be serializable, and may be a secret
    private final transient @Nullable Object key;

    /**
     * Made by the exceptions of this library.
     *
     * @param message what happened and what to do, without the key
     * @param group the group's name
     * @param key the key that was asked for
     * @param cause what led to it, or null
     */
    protected SingleFlightException(String message, String group, @Nullable Object key, @Nullable Throwable cause) {
        super(message, cause);
        this.group = group;
        this.key = key;
    }

    /**
     * The group's name.
     *
     * @return the name
     */
    public final String group() {
        return group;
    }

    /**
     * The key that was asked for.
     *
     * @return the key; null only after deserialization
     */
    public final @Nullable Object key() {
        return key;
    }
}
