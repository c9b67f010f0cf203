package dev.singleflight;

import dev.singleflight.FlightRejectedException.Reason;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** What calls are to do about the flights that they meet: lead, follow, run alone, or be refused. */
final class Admissions<V extends @Nullable Object> {

    private final Tower<V> tower;

    Admissions(Tower<V> tower) {
        this.tower = tower;
    }

    /**
     * The role of a call that met a flight, or a full table, in its place. As {@link Role#FOLLOWER} its waiter stands in
     * a flight, as {@link Role#LEADER} a flight of its own has got the place after all.
     *
     * @param first its flight
     * @param met the flight in its place, null where the table is full
     * @param another makes another flight for it, where the first one is spent
     */
    Admission<V> admit(Flight<V> first, @Nullable Flight<V> met, Supplier<Flight<V>> another, Waiter<V> waiter) {
        Flight<V> mine = first;
        Flight<V> found = met;
        while (true) {
            Admission<V> meeting = meet(mine, found, another);
            if (meeting.role() != Role.FOLLOWER) {
                return meeting;
            }
            Flight<V> joined = meeting.flight();
            switch (joined.join(waiter, tower)) {
                case JOINED -> {
                    tower.tally().follows();
                    return meeting;
                }
                case FULL -> {
                    return overflow(mine, Reason.MAX_FOLLOWERS);
                }
                case ENDED -> tower.flights().remove(joined);
            }
            mine = mine.end() == null ? mine : another.get();
            found = tower.flights().claim(mine);
        }
    }

    /**
     * The flight of the key, where a call that waits on no thread has but to join it: futures that came before have seen to
     * its alarm, so nobody has to look at the clock. Null where there is none, and for a group whose flights are queued.
     */
    @Nullable
    Flight<V> watchedFlight(Object key) {
        Flight<V> found = tower.flights() instanceof SlotFlights<V> slots ? slots.find(key) : null;
        Followers<V> followers = found == null ? null : found.followers();
        boolean watched = followers != null
                && (followers.isWatched() || tower.stuckAfter() == Tower.UNLIMITED)
                && tower.config().duplicates() == Duplicates.JOIN;
        return found == null || !watched || found.leader() == Thread.currentThread() ? null : found;
    }

    /** What a call is to do about the flight in its place: as {@link Role#FOLLOWER} that is up, and may be joined. */
    Admission<V> meet(Flight<V> first, @Nullable Flight<V> met, Supplier<Flight<V>> another) {
        Flight<V> mine = first;
        Flight<V> found = met;
        while (!mine.is(found)) {
            if (found == null) {
                return overflow(mine, Reason.MAX_FLIGHTS);
            }
            if (found.leader() == Thread.currentThread()) {
                return new Admission<>(Role.BYPASS, mine); // it would wait for itself
            }
            if (relieves(found, mine)) {
                return new Admission<>(Role.LEADER, mine);
            }
            if (found.end() == null) {
                if (tower.config().duplicates() == Duplicates.REJECT) {
                    throw rejected(mine, Reason.DUPLICATE);
                }
                return new Admission<>(Role.FOLLOWER, found);
            }
            tower.flights().remove(found);
            mine = mine.end() == null ? mine : another.get();
            found = tower.flights().claim(mine);
        }
        return new Admission<>(Role.LEADER, mine);
    }

    /** What becomes of a call past a bound. */
    Admission<V> overflow(Flight<V> mine, Reason reason) {
        if (tower.config().overflow() == Overflow.REJECT) {
            throw rejected(mine, reason);
        }
        return new Admission<>(Role.BYPASS, mine);
    }

    private FlightRejectedException rejected(Flight<V> mine, Reason reason) {
        tower.tally().rejected(1);
        return new FlightRejectedException(tower.config().name(), mine.key(), reason);
    }

    private boolean relieves(Flight<V> found, Flight<V> mine) {
        Followers<V> followers = found.followers();
        if (followers == null || tower.stuckAfter() == Tower.UNLIMITED) {
            return false;
        }
        long now = tower.now();
        Moved<V> end = followers.patienceLeft(now) > 0 ? null : tower.relief().relieve(found, mine, now);
        if (end == null) {
            return false;
        }
        tower.relief().spread(end, found);
        return tower.relief().isToBeLed(mine);
    }

    /**
     * What a call that met a flight is to do.
     *
     * @param role its role
     * @param flight the flight it joined, or is to lead
     */
    record Admission<V extends @Nullable Object>(Role role, Flight<V> flight) {}
}
