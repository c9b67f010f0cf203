package dev.singleflight;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import java.util.concurrent.CompletableFuture;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.LL_Result;

/** The last who waits for an asynchronous flight cancels while another one joins: that keeps it alive, or starts over. */
@JCStressTest
@Outcome(id = "joined, source's", expect = ACCEPTABLE, desc = "it came in time, and the run goes on for it")
@Outcome(id = "led, own", expect = ACCEPTABLE, desc = "the flight had ended")
@Outcome(expect = FORBIDDEN, desc = "it was cancelled by another one's decision")
@State
public class AbandonVsJoin {

    private final SingleFlightGroup<String, String> group =
            SingleFlightGroup.create(GroupConfig.of("group").withStuckAfter(null).withAbandoned(Abandoned.CANCEL));

    private final CompletableFuture<String> source = new CompletableFuture<>();

    private final CompletableFuture<String> last = group.executeAsync("key", () -> source);

    private CompletableFuture<String> joiner;

    @Actor
    public void cancel() {
        last.cancel(true);
    }

    @Actor
    public void join() {
        joiner = group.executeAsync("key", () -> CompletableFuture.completedFuture("own"));
    }

    @Arbiter
    public void look(LL_Result result) {
        boolean joined = group.stats().joined() == 1;
        boolean cancelled = source.isCancelled();
        source.complete("source's");
        boolean told = joiner.isDone() && !joiner.isCompletedExceptionally(); // on this thread: it has no callbacks
        result.r1 = joined ? "joined" : "led";
        result.r2 = joined == cancelled ? "source cancelled: " + cancelled : told ? joiner.join() : "nothing";
    }
}
