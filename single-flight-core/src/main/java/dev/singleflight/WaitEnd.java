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
    INTERRUPTED,
    /** It had to run its own call: the leader was cancelled or is stuck, or its failure was not to be shared. */
    HANDED_OVER
}
