package dev.singleflight;

import dev.singleflight.Flight.Boarding;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import org.jetbrains.kotlinx.lincheck.Actor;
import org.jetbrains.kotlinx.lincheck.execution.ExecutionScenario;
import org.jetbrains.lincheck.datastructures.ManagedStrategyGuaranteeKt;
import org.jetbrains.lincheck.datastructures.ModelCheckingOptions;
import org.jetbrains.lincheck.datastructures.Operation;
import org.jetbrains.lincheck.datastructures.Validate;
import org.jetbrains.lincheck.datastructures.verifier.EpsilonVerifier;
import org.junit.jupiter.api.Test;

/** Rule 7 on every schedule: a waiter is chosen, told or gone, one of the three, and nobody waits for a leader for ever. */
class SuccessionLincheckTests {

    @Test
    void aThreadIsEitherChosenOrToldOrLeaves() {
        check(ThreadWaiter.class, 300, "choose", "tell", "leave");
    }

    @Test
    void aFutureIsEitherChosenOrToldOrCancelled() {
        check(FutureOfFollower.class, 300, "choose", "tell", "cancel");
    }

    @Test
    void followersWithoutPatienceLeaveNoFlightWithoutALeader() {
        check(FailingLeaders.class, 600, "fail", "followWithoutPatience");
        check(FailingLeaders.class, 600, "fail", "followWithoutPatience", "follow");
        check(FailingLeaders.class, 600, "fail", "followWithoutPatience", "followWithoutPatience");
    }

    private static void check(Class<?> model, int schedules, String... threads) {
        new ModelCheckingOptions()
                .iterations(0)
                .invocationsPerIteration(schedules)
                .addGuarantee(ManagedStrategyGuaranteeKt.forClasses("java.util.concurrent.atomic.LongAdder")
                        .allMethods()
                        .ignore())
                .addCustomScenario(new ExecutionScenario(
                        List.of(),
                        Arrays.stream(threads)
                                .map(calls -> Arrays.stream(calls.split(" "))
                                        .map(call -> actor(model, call))
                                        .toList())
                                .toList(),
                        List.of(),
                        actor(model, "keepsTheRules")))
                .verifier(EpsilonVerifier.class)
                .check(model);
    }

    private static Actor actor(Class<?> model, String call) {
        try {
            return new Actor(model.getMethod(call), List.of());
        } catch (NoSuchMethodException missing) {
            throw new IllegalArgumentException(missing);
        }
    }

    private static void require(boolean holds, String otherwise) {
        if (!holds) {
            throw new IllegalStateException(otherwise);
        }
    }

    /** A thread without patience: it does not park, so any thread may wait in its place. */
    public static final class ThreadWaiter {

        private final Tower<String> tower =
                new Tower<>(GroupConfig.of("thread").withTicker(() -> 0).withStuckAfter(null));

        private final Flight<String> flight = new Flight<>("key", (Thread) null);

        private final ParkedWaiter<String> waiter = new ParkedWaiter<>(tower, new Patience(0));

        private final AtomicInteger ends = new AtomicInteger();

        public ThreadWaiter() {
            flight.join(waiter, tower);
        }

        @Operation
        public void choose() {
            if (flight.followers().chooseSuccessor(flight) != null) {
                ends.incrementAndGet();
                require(flight.is(waiter.toLead()), "it was chosen, and does not lead");
            }
        }

        @Operation
        public void tell() {
            Outcome<String> outcome = Outcome.value("outcome");
            if (waiter.tell(outcome)) {
                ends.incrementAndGet();
                require(waiter.end() == outcome, "it was told, and knows nothing");
            }
        }

        @Operation
        public void leave() {
            waiter.await();
            if (waiter.left() != null) {
                ends.incrementAndGet();
            }
        }

        @Validate
        public void keepsTheRules() {
            require(ends.get() == 1, ends + " of being chosen, told and gone happened");
            require(flight.followers().waiting() == 0, "it still waits");
        }
    }

    /** A future of a follower, which its holder may cancel when it leads, too. */
    public static final class FutureOfFollower {

        private final Tower<String> tower = new Tower<>(GroupConfig.of("future").withStuckAfter(null));

        private final Flight<String> flight = new Flight<>("key", (Thread) null);

        private final FutureWaiter<String> future = new FutureWaiter<>(CompletableFuture::new);

        private final AtomicInteger ends = new AtomicInteger();

        private volatile boolean told;

        public FutureOfFollower() {
            tower.flights().claim(flight);
            tower.admissions()
                    .admit(
                            new Flight<>("key", (Thread) null),
                            flight,
                            () -> new Flight<>("key", (Thread) null),
                            future);
        }

        @Operation
        public void choose() {
            if (flight.followers().chooseSuccessor(flight) != null) {
                ends.incrementAndGet();
            }
        }

        @Operation
        public void tell() {
            if (future.tell(Outcome.value("outcome"))) {
                ends.incrementAndGet();
                told = true;
            }
        }

        @Operation
        public void cancel() {
            future.cancel(true);
        }

        @Validate
        public void keepsTheRules() {
            require(ends.get() <= 1, "it was chosen and told");
            require(ends.get() == 1 || future.isCancelled(), "nothing became of it");
            require(told == (future.isDone() && !future.isCancelled()), "it was told, and ended otherwise");
            require(tower.tally().snapshot(0).waiting() == 0, "it is said to wait");
            require(flight.followers().waiting() == 0, "it still waits");
        }
    }

    /** A flight whose leaders all fail, each for itself alone, and followers that have no patience or wait for ever. */
    public static final class FailingLeaders {

        private final Tower<String> tower =
                new Tower<>(GroupConfig.of("failing").withTicker(() -> 0).withStuckAfter(null));

        private final Flight<String> flight = new Flight<>("key", (Thread) null);

        public FailingLeaders() {
            tower.flights().claim(flight);
        }

        @Operation
        public void fail() {
            tower.landings().landCall(flight, Outcome.failure(new IllegalStateException("its own")), true);
        }

        @Operation
        public String follow() {
            return follow(Tower.UNLIMITED);
        }

        @Operation
        public String followWithoutPatience() {
            return follow(0);
        }

        @Validate
        public void keepsTheRules() {
            require(flight.end() instanceof Absent<String>, "it has no leader, and has not ended");
            require(tower.flights().size() == 0, "it has ended, and stands in the group");
        }

        private String follow(long patience) {
            ParkedWaiter<String> waiter = new ParkedWaiter<>(tower, new Patience(patience));
            if (flight.join(waiter, tower) != Boarding.JOINED) {
                return "came too late";
            }
            waiter.await();
            require(waiter.end() == null, "it was told of a failure that is another one's");
            if (waiter.toLead() == null) {
                return "left";
            }
            fail();
            return "led";
        }
    }
}
