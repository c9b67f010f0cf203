package dev.singleflight;

import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.lang.ref.WeakReference;
import java.util.List;
import java.util.Objects;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * The flights of a group that were declared stuck, until their leaders end. Held weakly: of a leader that never ends, a
 * task that its executor dropped or a stage that nobody completes, nothing may stay.
 */
final class StuckFlights<V extends @Nullable Object> {

    private static final Logger LOGGER = System.getLogger(StuckFlights.class.getName());

    private final String group;

    private final Queue<Entry<V>> flights = new ConcurrentLinkedQueue<>();

    private final AtomicBoolean warned = new AtomicBoolean();

    StuckFlights(String group) {
        this.group = group;
    }

    /** Lists it. */
    Entry<V> add(Flight<V> flight, long since) {
        flights.removeIf(entry -> entry.flight.refersTo(null));
        Entry<V> added = new Entry<>(new WeakReference<>(flight), since);
        flights.add(added);
        return added;
    }

    /** Says so: an operator should know, once. */
    void warn(Flight<V> flight) {
        Level level = warned.compareAndSet(false, true) ? Level.WARNING : Level.DEBUG;
        LOGGER.log(
                level,
                () -> "A flight of group '" + group + "' is stuck" + leaderOf(flight)
                        + "; its followers went over to a new one. Give the call a time limit of its own, or raise stuckAfter");
    }

    /** It was not stuck, or somebody else has listed it. */
    void remove(Entry<V> entry) {
        flights.remove(entry);
    }

    /** Its leader has ended. */
    void remove(Flight<V> flight) {
        if (!flights.isEmpty()) {
            flights.removeIf(entry -> entry.flight.refersTo(flight));
        }
    }

    List<FlightInfo> infos(long now) {
        return flights.stream()
                .map(entry -> entry.info(now))
                .filter(Objects::nonNull)
                .toList();
    }

    private static String leaderOf(Flight<?> flight) {
        Thread leader = flight.leader();
        return leader == null ? "" : " in thread '" + leader.getName() + "'";
    }

    record Entry<V extends @Nullable Object>(WeakReference<Flight<V>> flight, long since) {

        private @Nullable FlightInfo info(long now) {
            Flight<V> there = flight.get();
            return there == null ? null : FlightInfo.of(there, now - since, 0, true);
        }
    }
}
