package dev.singleflight;

import static org.assertj.core.api.Assertions.assertThat;

import dev.singleflight.Callers.Caller;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** Rules 10 and 14 where they meet: a call that begins after a forget gets no value from before it. */
class ReuseAgainstForgetTests {

    private static final Duration TIME = Duration.ofHours(1);

    private final FakeTicker ticker = new FakeTicker();

    private final AtomicInteger runs = new AtomicInteger();

    private final SingleFlightGroup<Object, Integer> group = SingleFlightGroup.create(
            GroupConfig.of("reuse").withReuseFor(TIME).withStaleFor(TIME).withTicker(ticker));

    /** The clock is read for the value, whose flight is still there, and which is not yet kept. */
    @Test
    void flightForgottenJustBeforeItsValueIsKeptLeavesNone() {
        group.execute("key", () -> {
            ticker.onNextRead(() -> assertThat(group.forget("key")).isTrue());
            return runs.incrementAndGet();
        });

        assertThat(group.execute("key", runs::incrementAndGet)).isEqualTo(2);
    }

    @Test
    void valueThatIsJustLandingAnswersNobodyBeforeItsFlightIsTakenOut() throws Exception {
        HookedKey key = new HookedKey("key");
        try (Callers callers = new Callers()) {
            Caller<FlightResult<Integer>> leader = callers.start(() -> group.fly(key, () -> {
                key.onceInFlight(group, () -> group.forgetIf(key::equals));
                return runs.incrementAndGet();
            }));
            assertThat(leader.value().value()).isEqualTo(1);
        }
        assertThat(group.execute(key, runs::incrementAndGet)).isEqualTo(2);
    }

    /** The flight is claimed, and its leader has found the value, when the forget is between its two steps. */
    @Test
    void flightThatIsAboutToLandWithAForgottenValueIsForgottenToo() throws Exception {
        HookedKey key = new HookedKey("key");
        CountDownLatch looked = new CountDownLatch(1);
        CountDownLatch claim = new CountDownLatch(1);
        CountDownLatch found = new CountDownLatch(1);
        CountDownLatch land = new CountDownLatch(1);
        AtomicInteger earlyAsked = new AtomicInteger();
        AtomicInteger forgetAsked = new AtomicInteger();
        Thread own = Thread.currentThread();
        try (Callers callers = new Callers()) {
            key.hook = () -> {
                if (Thread.currentThread() != own && earlyAsked.incrementAndGet() == 2) {
                    looked.countDown();
                    await(claim);
                }
            };
            Caller<FlightResult<Integer>> early = callers.start(() -> group.fly(key, runs::incrementAndGet));
            await(looked);
            group.execute(key, runs::incrementAndGet);
            key.hook = () -> {
                if (Thread.currentThread() == own && forgetAsked.incrementAndGet() == 2) {
                    ticker.onNextRead(() -> {
                        found.countDown();
                        await(land);
                    });
                    claim.countDown();
                    await(found);
                }
            };

            assertThat(group.forget(key)).isTrue();
            Caller<Integer> next = callers.start(() -> group.execute(key, runs::incrementAndGet));

            Callers.until(
                    "the next caller waits or is gone",
                    () -> group.stats().waiting() == 1 || !next.thread().isAlive());
            land.countDown();
            assertThat(next.value()).isEqualTo(2);
            assertThat(early.value()).isEqualTo(new FlightResult<>(1, Role.REUSED, true, false, true));
        }
        Callers.assertAtRest(group);
    }

    @Test
    void whoeverForgotGetsNoValueFromBeforeHoweverTheyRace() {
        try (Callers callers = new Callers()) {
            Caller<Integer> crowd = callers.start(() -> {
                int last = 0;
                while (last < 100_000) {
                    last = group.execute("key", runs::incrementAndGet);
                    group.forget("key");
                }
                return last;
            });
            Caller<Integer> writer = callers.start(() -> {
                int got = 0;
                while (got < 100_000) {
                    int before = runs.get();
                    group.forget("key");
                    got = group.execute("key", runs::incrementAndGet);
                    assertThat(got).as("the run").isGreaterThan(before);
                }
                return got;
            });
            assertThat(writer.value()).isPositive();
            assertThat(crowd.value()).isPositive();
        }
        Callers.assertAtRest(group);
    }

    private static void await(CountDownLatch latch) {
        Callers.until("the test goes on", () -> latch.getCount() == 0);
    }
}
