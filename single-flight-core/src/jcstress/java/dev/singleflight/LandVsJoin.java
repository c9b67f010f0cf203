package dev.singleflight;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import dev.singleflight.Flight.Boarding;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.LL_Result;

/** A leader lands while a follower joins: it is told or sent back, and not before the flight is gone. */
@JCStressTest
@Outcome(id = "JOINED, told", expect = ACCEPTABLE, desc = "it came in time")
@Outcome(id = "ENDED, not told", expect = ACCEPTABLE, desc = "it came too late and starts over")
@Outcome(expect = FORBIDDEN, desc = "it waits for ever, or knew the outcome of a flight that could still be joined")
@State
public class LandVsJoin {

    private final Tower<String> tower = new Tower<>(GroupConfig.of("group"));

    private final Flight<String> flight = new Flight<>("key", (Thread) null);

    private final ParkedWaiter<String> waiter = new ParkedWaiter<>(tower, new Patience(Tower.UNLIMITED));

    public LandVsJoin() {
        tower.flights().claim(flight);
    }

    @Actor
    public void land() {
        tower.landings().landStage(flight, dev.singleflight.Outcome.value("value"));
    }

    @Actor
    public void join(LL_Result result) {
        Boarding boarding = flight.join(waiter, tower);
        boolean knows = flight.end() != null || waiter.end() != null;
        result.r1 = knows && tower.flights().holds(flight) ? "knows of a flight that is there" : boarding;
    }

    @Arbiter
    public void told(LL_Result result) {
        result.r2 = waiter.end() == null ? "not told" : "told";
    }
}
