package dev.singleflight;

/** How a caller came by its outcome. Each call has one role, decided once. */
public enum Role {
    /** It ran the call, or had it run on the group's executor. */
    LEADER,
    /** It waited for a flight that another caller leads. */
    FOLLOWER,
    /** It was answered by the value of a flight that had landed before. */
    REUSED,
    /** It ran the call alone, outside any flight. */
    BYPASS
}
