package dev.singleflight;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * Finds circles of waits: a thread that waits for a flight whose leader waits for a flight ... whose leader is that thread.
 *
 * <p>There is no book of who waits for whom: the edge from a thread to its flight is the thread's park blocker, the edge
 * from a flight to its thread is {@link Flight#leader()}, which is there before any of the call's code runs.
 *
 * <p><b>No circle is missed.</b> Each thread publishes its edge, then passes a full fence, then looks, and only then parks.
 * Of the threads of a circle, the one whose fence comes last sees the edges of all others.
 *
 * <p><b>No false alarm.</b> Waiters and flights are never used again, so two equal readings of a whole way mean that all
 * of it was there at one instant between them. Two threads that close a circle at the same instant may both see it.
 */
final class Circle {

    private static final int LONGEST = 4_096;

    private Circle() {}

    /** Whether a wait of this thread, which is its park blocker by now, closes a circle. */
    static boolean closes(Flight<?> flight, Thread waiting) {
        Thread leader = flight.leader();
        if (leader == null || !(LockSupport.getBlocker(leader) instanceof ParkedWaiter<?>)) {
            return false; // by far the most common: the leader is at work
        }
        List<Object> way = way(flight, waiting);
        return !way.isEmpty() && way.equals(way(flight, waiting)) && way.equals(way(flight, waiting));
    }

    /** The threads and waiters from the flight to the thread; empty where the way does not lead there. */
    private static List<Object> way(Flight<?> from, Thread to) {
        List<Object> way = new ArrayList<>();
        Flight<?> flight = from;
        while (flight != null && way.size() < LONGEST) {
            Thread leader = flight.leader();
            if (leader == null) {
                return List.of();
            }
            way.add(leader);
            if (leader == to) {
                return way;
            }
            ParkedWaiter<?> waiter = waiterOf(leader);
            if (waiter == null) {
                return List.of();
            }
            way.add(waiter);
            flight = waiter.flight();
        }
        return List.of();
    }

    private static @Nullable ParkedWaiter<?> waiterOf(Thread thread) {
        if (LockSupport.getBlocker(thread) instanceof ParkedWaiter<?> waiter && waiter.isWaiting()) {
            Flight<?> flight = waiter.flight();
            return flight != null && flight.end() == null ? waiter : null;
        }
        return null;
    }
}
