package dev.singleflight;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import dev.singleflight.Flight.Boarding;
import java.util.concurrent.CancellationException;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.LL_Result;

/** A cancelled leader hands over while the follower that has waited longest times out and another one waits. */
@JCStressTest
@Outcome(id = "leads, waits", expect = ACCEPTABLE, desc = "the older one was chosen first")
@Outcome(id = "left, leads", expect = ACCEPTABLE, desc = "the older one left first")
@Outcome(expect = FORBIDDEN, desc = "one does both, both lead, or nobody does")
@State
public class ChooseVsTimeout {

    private final Tower<String> tower =
            new Tower<>(GroupConfig.of("group").withTicker(() -> 0).withStuckAfter(null));

    private final Flight<String> flight = new Flight<>("key", (Thread) null);

    private final ParkedWaiter<String> older = new ParkedWaiter<>(tower, new Patience(0));

    private final ParkedWaiter<String> younger = new ParkedWaiter<>(tower, new Patience(Tower.UNLIMITED));

    public ChooseVsTimeout() {
        tower.flights().claim(flight);
        if (flight.join(older, tower) != Boarding.JOINED || flight.join(younger, tower) != Boarding.JOINED) {
            throw new AssertionError("They did not join");
        }
    }

    @Actor
    public void handOver() {
        tower.landings().landStage(flight, dev.singleflight.Outcome.failure(new CancellationException()));
    }

    /** Without patience it does not park, so any thread may do this for it. */
    @Actor
    public void timeOut(LL_Result result) {
        older.await();
        result.r1 = stateOf(older);
    }

    @Arbiter
    public void look(LL_Result result) {
        result.r2 = tower.flights().holds(flight) ? stateOf(younger) : "of a flight that is gone";
    }

    private static String stateOf(ParkedWaiter<String> waiter) {
        if (waiter.end() != null) {
            return "told";
        }
        if (waiter.left() != null) {
            return "left";
        }
        return waiter.toLead() != null ? "leads" : "waits";
    }
}
