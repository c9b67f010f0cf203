package dev.singleflight;

import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Hears of the runs and waits of a group. What it throws is logged and never seen by a caller.
 *
 * <p>A listener is called on the thread whose run or wait has ended (for futures: the one that completes them), after
 * the outcome was given to the callers that wait for it, and with no lock held. It must not block: the caller's own
 * return waits for it. Only a group with a listener reads the clock.
 */
public interface FlightListener {

    /**
     * A run has ended: a flight's, or that of a call outside any flight.
     *
     * @param group the group's name
     * @param nanos how long it ran, in nanoseconds of the group's ticker; zero where it could not start
     * @param failure what it ended with, or null where it ended with a value
     */
    default void onRun(String group, long nanos, @Nullable Throwable failure) {}

    /**
     * A follower's wait has ended.
     *
     * @param group the group's name
     * @param nanos how long it waited, in nanoseconds of the group's ticker
     * @param end how it ended
     */
    default void onWait(String group, long nanos, WaitEnd end) {}

    /**
     * The value of an earlier flight answers, since a call failed or a caller's patience ended: once for each such call and
     * caller. Called before the outcome is given.
     *
     * @param group the group's name
     */
    default void onStale(String group) {}

    /**
     * Both listeners as one: this first, then the other, even where this one throws.
     *
     * @param next hears of everything after this
     * @return both
     */
    default FlightListener andThen(FlightListener next) {
        Objects.requireNonNull(next, "next");
        FlightListener first = this;
        return new FlightListener() {
            @Override
            public void onRun(String group, long nanos, @Nullable Throwable failure) {
                try {
                    first.onRun(group, nanos, failure);
                } finally {
                    next.onRun(group, nanos, failure);
                }
            }

            @Override
            public void onWait(String group, long nanos, WaitEnd end) {
                try {
                    first.onWait(group, nanos, end);
                } finally {
                    next.onWait(group, nanos, end);
                }
            }

            @Override
            public void onStale(String group) {
                try {
                    first.onStale(group);
                } finally {
                    next.onStale(group);
                }
            }
        };
    }
}
