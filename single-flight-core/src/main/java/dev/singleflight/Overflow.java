package dev.singleflight;

/** What becomes of a caller past a bound of its group ({@code maxFlights}, {@code maxFollowers}). */
public enum Overflow {
    /** It runs its call alone, outside any flight, and is counted as a {@linkplain Role#BYPASS bypass}. */
    BYPASS,
    /** It is refused at once with a {@link FlightRejectedException}. */
    REJECT
}
