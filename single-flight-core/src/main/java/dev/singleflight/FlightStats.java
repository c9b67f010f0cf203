package dev.singleflight;

/**
 * A snapshot of a group's figures since its creation.
 *
 * <p>Each key asked for is one call with one role, so {@code calls} = led + {@code joined} + {@code reused} +
 * {@code bypassed} + {@code rejected}, and {@code runs} = led + {@code successions} + {@code bypassed}. The sums hold
 * when nothing is in flight. Calls of a group that is switched off are not counted.
 *
 * @param calls keys asked for
 * @param runs how often a caller's code was started
 * @param joined calls that waited for another caller's flight
 * @param reused calls answered by the value of a flight that had landed before
 * @param bypassed calls that ran alone, outside any flight
 * @param rejected calls refused with a {@link FlightRejectedException}
 * @param failures runs that ended with a Throwable
 * @param successions runs by a follower that took over from a cancelled leader
 * @param stuck flights whose leader was declared stuck
 * @param forgotten flights taken out by a forget
 * @param active joinable flights, now
 * @param waiting callers whose thread is parked by the group or whose future is pending, now
 */
public record FlightStats(
        long calls,
        long runs,
        long joined,
        long reused,
        long bypassed,
        long rejected,
        long failures,
        long successions,
        long stuck,
        long forgotten,
        long active,
        long waiting) {}
