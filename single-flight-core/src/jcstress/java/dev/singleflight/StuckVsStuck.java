package dev.singleflight;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import java.util.concurrent.atomic.AtomicInteger;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.LLL_Result;

/** Two newcomers declare a leader stuck: one of them does, and leads the new flight; no two runs overlap. */
@JCStressTest
@Outcome(id = "A, A, A 1", expect = ACCEPTABLE, desc = "A leads, B joins")
@Outcome(id = "B, B, B 1", expect = ACCEPTABLE, desc = "B leads, A joins")
@Outcome(id = "A, B, (A|B) 1", expect = ACCEPTABLE, desc = "one began a flight when the other one's had landed")
@Outcome(expect = FORBIDDEN, desc = "the follower got nothing, both declared it, or two new flights were up")
@State
public class StuckVsStuck {

    private final StuckVsLand.Stuck stuck = new StuckVsLand.Stuck();

    private final AtomicInteger up = new AtomicInteger();

    private volatile boolean overlap;

    @Actor
    public void declareA(LLL_Result result) {
        result.r1 = stuck.group.execute("key", () -> run("A"));
    }

    @Actor
    public void declareB(LLL_Result result) {
        result.r2 = stuck.group.execute("key", () -> run("B"));
    }

    @Arbiter
    public void look(LLL_Result result) {
        result.r3 = overlap ? "two flights" : stuck.followersOutcome() + " " + stuck.declared();
    }

    private String run(String outcome) {
        overlap |= up.incrementAndGet() > 1;
        up.decrementAndGet();
        return outcome;
    }
}
