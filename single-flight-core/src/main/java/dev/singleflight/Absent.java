package dev.singleflight;

import org.jspecify.annotations.Nullable;

/**
 * The end of a flight that has no outcome for others: who waited for it starts over. Its leader was cancelled, or its
 * failure was not to be shared, and nobody waited who could lead on; or the call of a batch returned nothing for its key.
 */
final class Absent<V extends @Nullable Object> extends End<V> {}
