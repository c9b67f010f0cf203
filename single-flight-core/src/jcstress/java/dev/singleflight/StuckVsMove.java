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

/**
 * The flight that followers of a stuck one go over to is declared stuck while it takes its place, and the third one
 * forgotten: their way ends there, and nothing is left in the place.
 */
@JCStressTest
@Outcome(id = "early, up", expect = ACCEPTABLE, desc = "nobody had gone over yet")
@Outcome(id = "declared, forgotten", expect = ACCEPTABLE, desc = "all go on to the third one")
@Outcome(expect = FORBIDDEN, desc = "the way leads in a circle, or a flight that has ended stays in the place")
@State
public class StuckVsMove {

    private static final long LATE = Long.MAX_VALUE / 2;

    private final Tower<String> tower = new Tower<>(GroupConfig.of("group").withTicker(() -> 0));

    private final Flight<String> first = new Flight<>("key", (Thread) null);

    public StuckVsMove() {
        Silence.ofWarnings();
        tower.flights().claim(first);
        board(first);
    }

    @Actor
    public void declareFirst() {
        tower.relief().relieve(first, first.another(), LATE);
    }

    @Actor
    public void goOverDeclareSecondAndForget(LL_Result result) {
        if (first.end() instanceof Moved<String> moved && board(moved.to())) {
            tower.relief().relieve(moved.to(), moved.to().another(), LATE);
            tower.flights().removeKey("key");
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
        if (flight.end() != null) {
            result.r2 = "in a circle";
        } else if (tower.flights().holds(flight)) {
            result.r2 = "up";
        } else {
            result.r2 = tower.flights().size() == 0 ? "forgotten" : "an ended one is there";
        }
    }

    private boolean board(Flight<String> flight) {
        return flight.join(new ParkedWaiter<>(tower, new Patience(Tower.UNLIMITED)), tower) == Boarding.JOINED;
    }
}
