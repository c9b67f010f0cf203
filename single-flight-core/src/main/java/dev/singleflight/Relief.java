package dev.singleflight;

import java.lang.ref.WeakReference;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What happens where a leader takes too long: its followers go over to another flight of the key. Whoever notices first
 * sees to it: a newcomer, a follower, or the alarm of a flight that has futures.
 */
final class Relief<V extends @Nullable Object> {

    private final Tower<V> tower;

    private final StuckFlights<V> stuck;

    Relief(Tower<V> tower) {
        this.tower = tower;
        this.stuck = new StuckFlights<>(tower.config().name());
    }

    /** The stuck flights whose leaders have not ended. */
    List<FlightInfo> stuck(long now) {
        return stuck.infos(now);
    }

    /** The flight has no leader any more: it is not to be listed as stuck, where it is. */
    void leaderEnded(Flight<V> flight) {
        stuck.remove(flight);
    }

    /**
     * Declares a flight stuck, where the patience of its followers has ended: they go over to another one.
     *
     * @param next the other one. The caller must lead it, unless it ended at once: the key was in flight again, and all go
     *     over there
     * @return what is to be {@linkplain #spread spread} then; null where it is not stuck, or somebody else declared it
     */
    @Nullable
    Moved<V> relieve(Flight<V> flight, Flight<V> next, long now) {
        Followers<V> followers = flight.followers();
        if (followers == null) {
            return null;
        }
        Long since = followers.since();
        if (since == null || followers.patienceLeft(now) > 0) {
            return null;
        }
        // Listed first, so that the leader, who may end at any moment, finds itself there.
        StuckFlights.Entry<V> entry = stuck.add(flight, since);
        Moved<V> end = new Moved<>(next);
        if (!followers.declareStuck(now) || !flight.end(end)) {
            stuck.remove(entry);
            return null;
        }
        tower.tally().stuck();
        stuck.warn(flight);
        tower.flights().remove(flight);
        takePlace(next);
        return end;
    }

    /**
     * Puts a flight that others know already in its key's place; where one is up there, all go on to that. Never to one
     * that has ended, for that may have led here; and where this one has ended meanwhile it does not stay there.
     */
    private void takePlace(Flight<V> next) {
        try {
            claimPlace(next);
        } catch (Throwable thrown) {
            // By a key that was compared. The flight has no place then, as where the group is full; all go over to it.
        }
    }

    private void claimPlace(Flight<V> next) {
        Flight<V> there = tower.flights().claim(next);
        while (there != null && !next.is(there) && there.end() != null) {
            tower.flights().remove(there);
            there = tower.flights().claim(next);
        }
        if (next.is(there) && next.end() != null) {
            tower.flights().remove(next); // who declared it stuck may have been too early to do so
        } else if (there != null && !next.is(there)) {
            goOnTo(there, next);
        }
    }

    private void goOnTo(Flight<V> there, Flight<V> from) {
        Moved<V> further = new Moved<>(there);
        if (from.end(further)) {
            Run<V> spare = from.run();
            if (spare != null) {
                spare.begin(); // a newcomer's, who joins the other one: nobody starts it any more
            }
            passOn(further, from);
        }
    }

    /**
     * Whether who declared a flight stuck is to lead the next one. Where that has ended, it never will have a leader: all
     * go over to another one, from which this one was found there, or declared stuck itself before its leader got here.
     */
    boolean isToBeLed(Flight<V> next) {
        boolean toBeLed = next.end() == null;
        if (!toBeLed) {
            stuck.remove(next);
        }
        return toBeLed;
    }

    /** Tells those who wait for a stuck flight where to go over to. */
    void spread(Moved<V> end, Flight<V> from) {
        Run<V> run = from.run();
        if (run != null && run.withdraw(end)) {
            stuck.remove(from); // it has no leader any more
        }
        passOn(end, from);
    }

    /** The alarm of a flight with futures: nobody else may be there to notice. */
    void relieveByAlarm(Flight<V> flight) {
        Flight<V> next = flight.another();
        Moved<V> end = relieve(flight, next, tower.now());
        if (end == null) {
            watchOverAgain(flight); // it was handed over just now, or has ended
            return;
        }
        if (isToBeLed(next)) {
            Waiter<V> successor = Waiter.chooseOldest(end.waiters(), next);
            if (successor != null) {
                tower.landings().start(successor, next);
            } else {
                tower.landings().handOver(next);
            }
        }
        spread(end, flight);
    }

    /** Looks after a flight with futures: they wait on no thread that could notice that it is stuck. */
    void watchOver(Flight<V> flight) {
        Followers<V> followers = flight.followers();
        if (tower.stuckAfter() != Tower.UNLIMITED && followers != null && !followers.isWatched()) {
            WeakReference<Flight<V>> watched = new WeakReference<>(flight);
            followers.watch(Alarm.set(() -> patienceLeft(watched), () -> relieve(watched)));
        }
    }

    /** {@link #watchOver}, where the alarm has rung in vain. */
    void watchOverAgain(Flight<V> flight) {
        Followers<V> followers = flight.followers();
        if (followers != null && flight.end() == null) {
            followers.unwatch();
            watchOver(flight);
        }
    }

    private void passOn(Moved<V> end, Flight<V> from) {
        end.passOn();
        tower.futures().moveOn(from, end);
    }

    /** The JDK's timer holds the alarm: through it nothing may hold a group that is gone, or the classes of its calls. */
    private static long patienceLeft(WeakReference<? extends Flight<?>> watched) {
        Flight<?> flight = watched.get();
        Followers<?> followers = flight == null ? null : flight.followers();
        return followers == null ? 0 : followers.patienceLeft(followers.tower().now());
    }

    private static <V extends @Nullable Object> void relieve(WeakReference<Flight<V>> watched) {
        Flight<V> flight = watched.get();
        Followers<V> followers = flight == null ? null : flight.followers();
        if (flight != null && followers != null) {
            Tower.POOL.execute(() -> followers.tower().relief().relieveByAlarm(flight));
        }
    }
}
