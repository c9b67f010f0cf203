package dev.singleflight;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import dev.singleflight.Flight.Boarding;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.II_Result;

/** What a leader's call wrote to a plain field is seen by who learns the outcome: of the flight, or from another waiter. */
@JCStressTest
@Outcome(id = "(-1|1), (-1|1)", expect = ACCEPTABLE, desc = "not landed yet, or the new value")
@Outcome(expect = FORBIDDEN, desc = "the old value")
@State
public class Visibility {

    private final Tower<String> tower = new Tower<>(GroupConfig.of("group"));

    private final Flight<String> flight = new Flight<>("key", (Thread) null);

    private final ParkedWaiter<String> waiter = new ParkedWaiter<>(tower, new Patience(Tower.UNLIMITED));

    private int written;

    public Visibility() {
        tower.flights().claim(flight);
        if (flight.join(waiter, tower) != Boarding.JOINED) {
            throw new AssertionError("It did not join");
        }
    }

    @Actor
    public void lead() {
        tower.landings()
                .lead(
                        flight,
                        () -> {
                            written = 1;
                            return "value";
                        },
                        null);
    }

    @Actor
    public void learn(II_Result result) {
        result.r1 = flight.end() == null ? -1 : written;
        result.r2 = waiter.end() == null ? -1 : written;
    }
}
