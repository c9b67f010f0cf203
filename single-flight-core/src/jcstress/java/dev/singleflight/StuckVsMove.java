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

/** The flight that followers of a stuck one go over to is declared stuck while it takes its place: the way ends all the same. */
@JCStressTest
@Outcome(id = "early, up", expect = ACCEPTABLE, desc = "nobody had gone over yet")
@Outcome(id = "declared, up", expect = ACCEPTABLE, desc = "all go on to the third one")
@Outcome(expect = FORBIDDEN, desc = "the way leads in a circle or to a flight without a place, or an ended one stays in it")
@State
public class StuckVsMove {

    private static final long LATE = Long.MAX_VALUE / 2;

    private final Tower<String> tower = UnderTest.tower(GroupConfig.of("group").withTicker(() -> 0));

    private final Flight<String> first = new Flight<>("key", (Thread) null);

    public StuckVsMove() {
        Silence.ofWarnings();
        tower.flights().claim(first);
        board(first);
    }

    @Actor
    public void declareFirst() {
        tower.landings().relieve(first, first.another(), LATE);
    }

    @Actor
    public void goOverAndDeclareSecond(LL_Result result) {
        if (first.end() instanceof Moved<String> moved && board(moved.to())) {
            tower.landings().relieve(moved.to(), moved.to().another(), LATE);
            result.r1 = "declared";
        } else {
            result.r1 = "early";
        }
    }

    @Arbiter
    public void look(LL_Result result) {
        Flight<String> flight = first;
        for (int steps = 0; steps < 4 && flight.end() instanceof Moved<String> moved; steps++) {
            flight = moved.to();
        }
        boolean alone = tower.flights().holds(flight) && tower.flights().size() == 1;
        result.r2 = flight.end() != null ? "in a circle" : alone ? "up" : "without its place";
    }

    private boolean board(Flight<String> flight) {
        return flight.join(new ParkedWaiter<>(tower, new Patience(Tower.UNLIMITED)), tower) == Boarding.JOINED;
    }
}
