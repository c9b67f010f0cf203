package dev.singleflight;

import dev.singleflight.Flight.Boarding;
import java.lang.reflect.Method;
import java.util.Arrays;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.jetbrains.kotlinx.lincheck.Actor;
import org.jetbrains.kotlinx.lincheck.execution.ExecutionScenario;
import org.jetbrains.lincheck.datastructures.ManagedStrategyGuaranteeKt;
import org.jetbrains.lincheck.datastructures.ModelCheckingOptions;
import org.jetbrains.lincheck.datastructures.Operation;
import org.jetbrains.lincheck.datastructures.Validate;
import org.jetbrains.lincheck.datastructures.verifier.EpsilonVerifier;
import org.junit.jupiter.api.Test;

/** A waiter that leaves while its flight lands: exactly one of both happens, and all that is told agrees on which. */
class WaiterLincheckTests {

    @Test
    void aThreadEitherLeavesOrIsTold() {
        check(ParkedWaiters.class, "land", "leave", "leave");
    }

    @Test
    void aFutureEitherIsCancelledOrIsTold() {
        check(Future.class, "land", "cancel");
    }

    @Test
    void aFutureEitherIsCompletedOrIsTold() {
        check(Future.class, "land", "complete");
    }

    @Test
    void aFutureEitherExpiresOrIsTold() {
        check(Future.class, "land", "expire");
    }

    @Test
    void aFutureEitherExpiresOrIsCancelled() {
        check(Future.class, "expire", "cancel");
    }

    private static void check(Class<?> waiters, String... calls) {
        new ModelCheckingOptions()
                .iterations(0)
                .invocationsPerIteration(300)
                .addGuarantee(ManagedStrategyGuaranteeKt.forClasses(
                                "java.util.concurrent.ConcurrentLinkedQueue", "java.util.concurrent.atomic.LongAdder")
                        .allMethods()
                        .treatAsAtomic())
                .addCustomScenario(new ExecutionScenario(
                        List.of(),
                        Arrays.stream(calls)
                                .map(call -> List.of(actor(waiters, call)))
                                .toList(),
                        List.of(),
                        actor(waiters, "leavesNothingBehind")))
                .verifier(EpsilonVerifier.class)
                .check(waiters);
    }

    private static Actor actor(Class<?> waiters, String call) {
        try {
            Method method = waiters.getMethod(call);
            return new Actor(method, List.of());
        } catch (NoSuchMethodException missing) {
            throw new IllegalArgumentException(missing);
        }
    }

    private static void require(boolean holds, String otherwise) {
        if (!holds) {
            throw new IllegalStateException(otherwise);
        }
    }

    /** Threads without patience at a flight that lands. */
    public static final class ParkedWaiters {

        private final Tower<String> tower =
                new Tower<>(GroupConfig.of("threads").withTicker(() -> 0));

        private final Flight<String> flight = new Flight<>("key", null);

        private final AtomicBoolean landed = new AtomicBoolean();

        private final AtomicInteger stayed = new AtomicInteger();

        public ParkedWaiters() {
            tower.flights().claim(flight);
        }

        @Operation
        public void land() {
            tower.landings().landStage(flight, Outcome.value("outcome"));
            landed.set(true);
        }

        @Operation
        public String leave() {
            ParkedWaiter<String> waiter = new ParkedWaiter<>(tower, new Patience(0));
            if (flight.join(waiter, tower) != Boarding.JOINED) {
                return "came too late";
            }
            boolean landedBefore = landed.get();
            waiter.await();
            boolean told = waiter.end() != null;
            require(told == (waiter.left() == null), "it left with an outcome, or stayed without");
            require(told || !landedBefore, "it left a flight that had landed: the outcome wins");
            if (told) {
                stayed.incrementAndGet();
            }
            return told ? "told" : "left";
        }

        @Validate
        public void leavesNothingBehind() {
            End<String> end = flight.end();
            require(end != null && tower.flights().size() == 0, "it has not landed");
            int told = 0;
            for (Waiter<String> waiter = end.waiters(); waiter != null; waiter = waiter.next()) {
                require(!waiter.isWaiting(), "somebody still waits");
                told += waiter instanceof ParkedWaiter<String> parked && parked.end() != null ? 1 : 0;
            }
            require(told == stayed.get(), "who stayed was not addressed");
        }
    }

    /** A future at a flight that lands. */
    public static final class Future {

        private final Queue<WaitEnd> heard = new ConcurrentLinkedQueue<>();

        private final Tower<String> tower = new Tower<>(
                GroupConfig.of("futures").withExecutor(Runnable::run).withListener(new FlightListener() {
                    @Override
                    public void onWait(String group, long nanos, WaitEnd end) {
                        heard.add(end);
                    }
                }));

        private final Flight<String> flight = new Flight<>("key", null);

        private final WatchedFutureWaiter<String> future =
                new WatchedFutureWaiter<>(tower.watch(), CompletableFuture::new);

        public Future() {
            tower.flights().claim(flight);
            Role role = tower.admissions()
                    .admit(new Flight<>("key", null), flight, () -> new Flight<>("key", null), future)
                    .role();
            require(role == Role.FOLLOWER, "it did not join");
        }

        @Operation
        public void land() {
            tower.landings().landStage(flight, Outcome.value("outcome"));
        }

        @Operation
        public boolean cancel() {
            return future.cancel(true);
        }

        @Operation
        public boolean complete() {
            return future.complete("its holder's");
        }

        @Operation
        public void expire() {
            future.expire(() -> tower.outOfTime("key", 0));
        }

        @Validate
        public void leavesNothingBehind() {
            require(tower.tally().snapshot(0).waiting() == 0, "somebody is said to wait");
            require(
                    List.of(end()).equals(List.copyOf(heard)),
                    "it ended as " + end() + ", the listener heard " + heard);
        }

        private WaitEnd end() {
            try {
                return future.join().equals("outcome") ? WaitEnd.SUCCESS : WaitEnd.INTERRUPTED;
            } catch (CancellationException cancelled) {
                return WaitEnd.INTERRUPTED;
            } catch (CompletionException timeout) {
                return WaitEnd.TIMEOUT;
            }
        }
    }
}
