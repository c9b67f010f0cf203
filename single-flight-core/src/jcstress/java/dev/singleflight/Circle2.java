package dev.singleflight;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.LL_Result;

/** Two threads, each of which leads one flight and calls for the next one's key: they never wait for each other for ever. */
@JCStressTest
@Outcome(id = "(LEADER|FOLLOWER|BYPASS|next), (LEADER|FOLLOWER|BYPASS|next)", expect = ACCEPTABLE, desc = "each got an outcome")
@Outcome(expect = FORBIDDEN, desc = "all wait for each other")
@State
public class Circle2 {

    private final CircleCalls calls = new CircleCalls(2);

    @Actor
    public void a(LL_Result result) {
        result.r1 = calls.nest(0);
    }

    @Actor
    public void b(LL_Result result) {
        result.r2 = calls.nest(1);
    }
}
