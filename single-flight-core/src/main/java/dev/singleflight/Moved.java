package dev.singleflight;

import org.jspecify.annotations.Nullable;

/** The end of a flight whose leader was declared stuck: those who waited for it go over to another flight of the key. */
final class Moved<V extends @Nullable Object> extends End<V> {

    private final Flight<V> to;

    Moved(Flight<V> to) {
        this.to = to;
    }

    Flight<V> to() {
        return to;
    }
}
