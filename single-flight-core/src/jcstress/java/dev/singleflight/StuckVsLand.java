package dev.singleflight;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.LLL_Result;

/** A leader lands while a newcomer declares it stuck: a follower gets the one outcome or the other. */
@JCStressTest
@Outcome(id = "newcomer's, leader's, 0", expect = ACCEPTABLE, desc = "it landed; the newcomer began a flight of its own")
@Outcome(id = "newcomer's, newcomer's, 1", expect = ACCEPTABLE, desc = "it was declared stuck")
@Outcome(expect = FORBIDDEN, desc = "the follower got nothing, or both won")
@State
public class StuckVsLand {

    private final Stuck stuck = new Stuck();

    @Actor
    public void land() {
        stuck.leader.complete("leader's");
    }

    @Actor
    public void declare(LLL_Result result) {
        result.r1 = stuck.group.execute("key", () -> "newcomer's");
    }

    @Arbiter
    public void look(LLL_Result result) {
        result.r2 = stuck.followersOutcome();
        result.r3 = stuck.declared();
    }

    /** A flight whose leader's time is up, with one follower, whose thread is none of the actors'. */
    static final class Stuck {

        final CompletableFuture<String> leader = new CompletableFuture<>();

        final SingleFlightGroup<String, String> group;

        private final CompletableFuture<String> follower;

        private long now; // written before the actors begin

        Stuck() {
            Silence.ofWarnings();
            group = SingleFlightGroup.create(GroupConfig.of("group").withTicker(() -> now));
            CompletableFuture<String> unused = group.executeAsync("key", () -> leader);
            follower = group.executeAsync("key", () -> CompletableFuture.completedFuture("follower's"));
            now = group.config().stuckAfter().toNanos();
        }

        String followersOutcome() {
            return follower.completeOnTimeout("nothing", 10, TimeUnit.SECONDS)
                    .join();
        }

        String declared() {
            return group.inFlight().stream().anyMatch(flight -> !flight.stuck())
                    ? "a flight stays"
                    : String.valueOf(group.stats().stuck());
        }
    }
}
