package dev.singleflight;

/** How a follower's wait ended. */
public enum WaitEnd {
    /** It got the flight's value. */
    SUCCESS,
    /** It got the flight's failure. */
    FAILURE,
    /** Its patience ended first. */
    TIMEOUT,
    /** Its thread was interrupted first, or its future was cancelled or completed by its holder. */
    INTERRUPTED
}
