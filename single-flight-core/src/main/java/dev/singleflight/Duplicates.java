package dev.singleflight;

/** What becomes of a second caller while the key is in flight. */
public enum Duplicates {
    /** It waits for the flight and shares its outcome. */
    JOIN,
    /** It is refused at once with a {@link FlightRejectedException}: double submits, overlapping jobs. */
    REJECT
}
