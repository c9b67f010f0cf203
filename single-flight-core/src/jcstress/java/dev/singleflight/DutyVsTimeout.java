package dev.singleflight;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import dev.singleflight.Flight.Boarding;
import java.util.List;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.L_Result;

/** A leader lands while the followers that are to tell the others time out: those are told all the same. */
@JCStressTest
@Outcome(id = "told", expect = ACCEPTABLE)
@Outcome(expect = FORBIDDEN, desc = "the others were left behind")
@State
public class DutyVsTimeout {

    private final Tower<String> tower =
            new Tower<>(GroupConfig.of("group").withTicker(() -> 0).withStuckAfter(null));

    private final Flight<String> flight = new Flight<>("key", (Thread) null);

    private final ParkedWaiter<String> behind = board(Tower.UNLIMITED);

    private final List<ParkedWaiter<String>> impatient = List.of(board(0), board(0));

    public DutyVsTimeout() {
        tower.flights().claim(flight);
    }

    @Actor
    public void land() {
        tower.landings().landStage(flight, dev.singleflight.Outcome.value("value"));
    }

    /** Without patience they do not park, so any thread may do this for them. */
    @Actor
    public void timeOut() {
        impatient.forEach(ParkedWaiter::await);
    }

    @Arbiter
    public void look(L_Result result) {
        boolean settled = impatient.stream().noneMatch(ParkedWaiter::isWaiting);
        result.r1 = !settled ? "the impatient ones wait" : behind.end() == null ? "not told" : "told";
    }

    private ParkedWaiter<String> board(long patience) {
        ParkedWaiter<String> waiter = new ParkedWaiter<>(tower, new Patience(patience));
        if (flight.join(waiter, tower) != Boarding.JOINED) {
            throw new AssertionError("It did not join");
        }
        return waiter;
    }
}
