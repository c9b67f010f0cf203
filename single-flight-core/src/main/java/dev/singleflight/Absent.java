package dev.singleflight;

import org.jspecify.annotations.Nullable;

/** The end of a flight that has no outcome for others: who needs one starts over. */
final class Absent<V extends @Nullable Object> extends End<V> {

    private final boolean known;

    private Absent(boolean known) {
        this.known = known;
    }

    /** Its leader was cancelled, or its failure was not to be shared, and nobody waited who could lead on. */
    static <V extends @Nullable Object> Absent<V> withoutLeader() {
        return new Absent<>(false);
    }

    /** The call of a batch returned nothing for its key. */
    static <V extends @Nullable Object> Absent<V> fromBatch() {
        return new Absent<>(true);
    }

    /** Whether it is known that there is no value. */
    boolean isKnown() {
        return known;
    }
}
