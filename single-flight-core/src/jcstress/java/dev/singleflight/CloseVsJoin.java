package dev.singleflight;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import java.util.concurrent.CancellationException;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.LL_Result;

/** A cancelled leader hands over with nobody waiting while a follower joins. */
@JCStressTest
@Outcome(id = "JOINED, leads", expect = ACCEPTABLE, desc = "it came in time, and succeeds")
@Outcome(id = "ENDED, closed without an outcome", expect = ACCEPTABLE, desc = "the flight had closed: it starts over")
@Outcome(expect = FORBIDDEN, desc = "it waits for a closed flight, or got the failure of a cancelled leader")
@State
public class CloseVsJoin {

    private final Tower<String> tower = new Tower<>(GroupConfig.of("group"));

    private final Flight<String> flight = new Flight<>("key", (Thread) null);

    private final ParkedWaiter<String> waiter = new ParkedWaiter<>(tower, new Patience(Tower.UNLIMITED));

    public CloseVsJoin() {
        tower.flights().claim(flight);
    }

    @Actor
    public void handOver() {
        tower.landings().landStage(flight, dev.singleflight.Outcome.failure(new CancellationException()));
    }

    @Actor
    public void join(LL_Result result) {
        result.r1 = flight.join(waiter, tower);
    }

    @Arbiter
    public void look(LL_Result result) {
        if (waiter.toLead() != null) {
            result.r2 = flight.is(waiter.toLead()) && tower.flights().holds(flight) ? "leads" : "leads a lost flight";
        } else if (waiter.end() != null || flight.end() instanceof dev.singleflight.Outcome<String>) {
            result.r2 = "was given an end";
        } else {
            boolean closed = flight.end() != null && !tower.flights().holds(flight);
            result.r2 = closed ? "closed without an outcome" : "waits";
        }
    }
}
