package dev.singleflight;

/** What becomes of an asynchronous flight when everybody who waited for it has left. */
public enum Abandoned {
    /** It goes on, and lands for nobody. */
    COMPLETE,
    /** It ends, and its future is cancelled. */
    CANCEL
}
