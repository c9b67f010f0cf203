package dev.singleflight;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.LLL_Result;

/**
 * Three threads, each of which leads one flight and calls for the next one's key: they never wait for each other for ever.
 * The third is no actor: with three of them the test would not run on a machine with two processors.
 */
@JCStressTest
@Outcome(
        id = "(LEADER|FOLLOWER|BYPASS|next), (LEADER|FOLLOWER|BYPASS|next), (LEADER|FOLLOWER|BYPASS|next)",
        expect = ACCEPTABLE,
        desc = "each got an outcome")
@Outcome(expect = FORBIDDEN, desc = "all wait for each other")
@State
public class Circle3 {

    private static final ExecutorService THREADS = Executors.newCachedThreadPool(task -> {
        Thread thread = new Thread(task);
        thread.setDaemon(true);
        return thread;
    });

    private final CircleCalls calls = new CircleCalls(3);

    private Future<String> third;

    @Actor
    public void a(LLL_Result result) {
        third = THREADS.submit(() -> calls.nest(2));
        result.r1 = calls.nest(0);
    }

    @Actor
    public void b(LLL_Result result) {
        result.r2 = calls.nest(1);
    }

    @Arbiter
    public void c(LLL_Result result) {
        try {
            result.r3 = third.get();
        } catch (Exception failure) {
            result.r3 = failure;
        }
    }
}
