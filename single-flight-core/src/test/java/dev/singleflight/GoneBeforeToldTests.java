package dev.singleflight;

import static org.assertj.core.api.Assertions.assertThat;

import dev.singleflight.Callers.Caller;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** Rule 2: whoever learns an outcome and asks again never gets the same run again. */
class GoneBeforeToldTests {

    private static final String KEY = "key";

    private final AtomicInteger runs = new AtomicInteger();

    @Test
    void nobodyWhoLearnsTheOutcomeOfAStageFindsItsFlight() {
        Map<String, Boolean> found = new ConcurrentHashMap<>();
        Queue<SingleFlightGroup<String, String>> self = new ConcurrentLinkedQueue<>();
        SingleFlightGroup<String, String> group =
                SingleFlightGroup.create(GroupConfig.of("gone").withListener(new FlightListener() {
                    @Override
                    public void onRun(String name, long nanos, Throwable failure) {
                        found.put("run", !self.element().inFlight().isEmpty());
                    }

                    @Override
                    public void onWait(String name, long nanos, WaitEnd end) {
                        found.put("wait", !self.element().inFlight().isEmpty());
                    }
                }));
        self.add(group);
        CompletableFuture<String> source = new CompletableFuture<>();
        CompletableFuture<String> leader = group.executeAsync(KEY, () -> source);
        CompletableFuture<String> follower = group.executeAsync(KEY, () -> source);
        CompletableFuture<?> leaderDone = leader.whenComplete(
                (value, failure) -> found.put("leader", !group.inFlight().isEmpty()));
        CompletableFuture<?> followerDone = follower.whenComplete(
                (value, failure) -> found.put("follower", !group.inFlight().isEmpty()));
        try (Callers callers = new Callers()) {
            Caller<Boolean> parked = callers.follow(group, () -> {
                group.execute(KEY, () -> "its own, which must not run");
                return !group.inFlight().isEmpty();
            });

            callers.start(() -> source.complete("value"));

            found.put("parked", parked.value());
        }
        Callers.valueOf(leaderDone);
        Callers.valueOf(followerDone);
        assertThat(found)
                .containsOnlyKeys("run", "wait", "leader", "follower", "parked")
                .doesNotContainValue(true);
        Callers.assertAtRest(group);
    }

    @Test
    void callbacksThatAskAgainGetANewRun() {
        SingleFlightGroup<String, Integer> group = SingleFlightGroup.create("again");
        CompletableFuture<Integer> source = new CompletableFuture<>();
        int first = runs.incrementAndGet();
        List<CompletableFuture<Integer>> again = new ArrayList<>();
        for (int i = 0; i < 10; i++) {
            again.add(group.executeAsync(KEY, () -> source).thenCompose(outcome -> askAgain(group)));
            again.add(group.executeAsync(KEY, () -> source)
                    .handle((value, failure) -> failure)
                    .thenCompose(outcome -> askAgain(group)));
        }
        try (Callers callers = new Callers()) {
            callers.start(() -> source.complete(first));

            assertThat(again)
                    .allSatisfy(future -> assertThat(Callers.valueOf(future)).isGreaterThan(first));
        }
        Callers.assertAtRest(group);
    }

    @Test
    void blockingCallersThatAskAgainGetANewRun() {
        SingleFlightGroup<String, Integer> group = SingleFlightGroup.create("again");
        HeldCall<Integer> call = new HeldCall<>(runs::incrementAndGet);
        try (Callers callers = new Callers()) {
            List<Caller<Integer>> again = new ArrayList<>();
            again.add(callers.start(() -> {
                group.execute(KEY, call);
                return group.<RuntimeException>execute(KEY, runs::incrementAndGet);
            }));
            call.awaitRun();
            again.addAll(callers.follow(group, 20, () -> {
                group.execute(KEY, call);
                return group.<RuntimeException>execute(KEY, runs::incrementAndGet);
            }));

            call.release();

            assertThat(again).allSatisfy(caller -> assertThat(caller.value()).isGreaterThan(1));
        }
        Callers.assertAtRest(group);
    }

    @Test
    void blockingFollowersNeverFindTheFlightWhoseOutcomeTheyHave() {
        SingleFlightGroup<Integer, Integer> group = SingleFlightGroup.create("rounds");
        int rounds = 500;
        try (Callers callers = new Callers()) {
            for (int round = 0; round < rounds; round++) {
                int key = round;
                HeldCall<Integer> call = HeldCall.returning(key);
                callers.start(() -> group.execute(key, call));
                call.awaitRun();
                List<Caller<Boolean>> followers = callers.follow(group, 2, () -> {
                    group.execute(key, call);
                    return group.inFlight().isEmpty();
                });

                call.release();

                assertThat(followers)
                        .allSatisfy(follower -> assertThat(follower.value()).isTrue());
            }
        }
    }

    @Test
    void listenerThatAsksAgainGetsANewRun() {
        Queue<Integer> again = new ConcurrentLinkedQueue<>();
        Queue<SingleFlightGroup<String, Integer>> self = new ConcurrentLinkedQueue<>();
        SingleFlightGroup<String, Integer> group =
                SingleFlightGroup.create(GroupConfig.of("again").withListener(new FlightListener() {
                    @Override
                    public void onRun(String name, long nanos, Throwable failure) {
                        if (again.isEmpty()) {
                            again.add(-1); // it hears of its own run too
                            again.add(self.element().execute(KEY, runs::incrementAndGet));
                        }
                    }
                }));
        self.add(group);

        int first = group.<RuntimeException>execute(KEY, runs::incrementAndGet);

        assertThat(again).containsExactly(-1, first + 1);
        assertThat(group.stats().bypassed())
                .as("the run had ended on this thread")
                .isZero();
        Callers.assertAtRest(group);
    }

    @Test
    void leaderThatAsksAgainAfterAFailureGetsANewRun() {
        SingleFlightGroup<String, Integer> group = SingleFlightGroup.create("again");
        CompletableFuture<Integer> retried = group.executeAsync(
                        KEY, () -> CompletableFuture.<Integer>failedFuture(new IllegalStateException("first")))
                .handle((value, failure) -> failure)
                .thenCompose(failure -> askAgain(group));

        assertThat(Callers.valueOf(retried)).isEqualTo(1);
        Callers.assertAtRest(group);
    }

    @Test
    void whatTheLeaderWroteIsSeenByItsFollowers() {
        SingleFlightGroup<Integer, String> group = SingleFlightGroup.create("visible");
        try (Callers callers = new Callers()) {
            for (int round = 0; round < 100; round++) {
                int key = round;
                int[] written = new int[1];
                HeldCall<String> call = new HeldCall<>(() -> {
                    written[0] = 42;
                    return "value";
                });
                callers.start(() -> group.execute(key, call));
                call.awaitRun();
                Caller<Integer> follower = callers.follow(group, () -> {
                    group.execute(key, call);
                    return written[0];
                });
                CompletableFuture<Integer> future =
                        group.executeAsync(key, CompletableFuture::new).thenApply(value -> written[0]);

                call.release();

                assertThat(follower.value()).isEqualTo(42);
                assertThat(Callers.valueOf(future)).isEqualTo(42);
            }
        }
    }

    private CompletableFuture<Integer> askAgain(SingleFlightGroup<String, Integer> group) {
        return group.executeAsync(KEY, () -> CompletableFuture.completedFuture(runs.incrementAndGet()));
    }
}
