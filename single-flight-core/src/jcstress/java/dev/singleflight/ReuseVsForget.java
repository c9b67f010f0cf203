package dev.singleflight;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.L_Result;

/** A flight lands with a value that is kept while the key is forgotten: who asks after that gets another one. */
@JCStressTest
@Outcome(id = "LEADER fresh", expect = ACCEPTABLE)
@Outcome(expect = FORBIDDEN, desc = "it was answered by what had been forgotten")
@State
public class ReuseVsForget {

    private final SingleFlightGroup<String, String> group =
            SingleFlightGroup.create(GroupConfig.of("group").withStuckAfter(null).withReuseFor(Duration.ofHours(1)));

    private final CompletableFuture<String> old = new CompletableFuture<>();

    public ReuseVsForget() {
        CompletableFuture<String> unused = group.executeAsync("key", () -> old);
    }

    @Actor
    public void land() {
        old.complete("forgotten");
    }

    @Actor
    public void forgetAndAsk(L_Result result) {
        group.forget("key");
        FlightResult<String> answer = group.fly("key", () -> "fresh");
        result.r1 = answer.role() + " " + answer.value();
    }
}
