package dev.singleflight;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import java.util.concurrent.CompletionException;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.LL_Result;

/** A leader that was cancelled and asks again: it never takes the flight of its successor, or a new one, for its own. */
@JCStressTest
@Outcome(id = "(LEADER|FOLLOWER), (first|second)", expect = ACCEPTABLE, desc = "it leads again, or follows")
@Outcome(expect = FORBIDDEN, desc = "it ran outside the flight that was up")
@State
public class OwnerVsReentry {

    private final SingleFlightGroup<String, String> group =
            SingleFlightGroup.create(GroupConfig.of("group").withStuckAfter(null));

    @Actor
    public void leadAndAskAgain(LL_Result result) {
        try {
            group.execute("key", () -> {
                throw new CompletionException(new InterruptedException());
            });
        } catch (CompletionException cancelled) {
            result.r1 = group.fly("key", () -> "first").role();
        }
        if (result.r1 == null) {
            result.r1 = Role.FOLLOWER;
        }
    }

    @Actor
    public void enter(LL_Result result) {
        result.r2 = group.execute("key", () -> "second");
    }
}
