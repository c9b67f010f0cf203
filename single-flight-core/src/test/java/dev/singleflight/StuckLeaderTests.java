package dev.singleflight;

import static org.assertj.core.api.Assertions.assertThat;

import dev.singleflight.Callers.Caller;
import java.time.Duration;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executor;
import org.junit.jupiter.api.Test;

/** Rule 8: a stuck leader poisons nobody. */
class StuckLeaderTests {

    private static final String KEY = "key";

    /** For threads, which a test wakes. */
    private static final Duration HOUR = Duration.ofHours(1);

    /** For futures: their alarm waits for real, and then asks the ticker. */
    private static final Duration MOMENT = Duration.ofMillis(2);

    private final FakeTicker ticker = new FakeTicker();

    private final SingleFlightGroup<String, String> group = patientFor(HOUR);

    private final SingleFlightGroup<String, String> futures = patientFor(MOMENT);

    private final HeldCall<String> stuck = HeldCall.returning("too late");

    private final CompletableFuture<String> source = new CompletableFuture<>();

    @Test
    void followerLeadsANewFlightAndTheStuckLeaderAloneGetsItsOwnResult() {
        try (Callers callers = new Callers()) {
            Caller<FlightResult<String>> leader = startStuck(callers);
            Caller<FlightResult<String>> follower = callers.follow(group, () -> group.fly(KEY, () -> "its own"));
            ticker.advance(HOUR.minusNanos(1));
            follower.wake();
            assertThat(group.stats().stuck()).isZero();

            ticker.advance(Duration.ofNanos(1));
            follower.wake();

            assertThat(follower.value()).isEqualTo(new FlightResult<>("its own", Role.LEADER, false, false, true));
            assertThat(group.inFlight())
                    .containsExactly(
                            new FlightInfo(KEY, HOUR, 0, leader.thread().getName(), true));
            assertThat(group.stats().active()).isZero();
            stuck.release();
            assertThat(leader.value().value()).isEqualTo("too late");
        }
        assertStuck(1, group);
        assertThat(group.stats().successions()).isEqualTo(1);
        assertThat(group.stats().runs()).isEqualTo(2);
    }

    @Test
    void newcomerLeadsTheNewFlightAndAllFollowersGoOverToIt() {
        HeldCall<String> newcomers = HeldCall.returning("newcomer's");
        try (Callers callers = new Callers()) {
            startStuck(callers);
            List<Caller<FlightResult<String>>> followers =
                    callers.follow(group, 50, () -> group.fly(KEY, () -> "not run"));
            ticker.advance(HOUR);

            Caller<FlightResult<String>> newcomer = callers.start(() -> group.fly(KEY, newcomers));
            newcomers.awaitRun();
            Callers.until("all have gone over", () -> followersOfTheNewFlight(group) == 50);
            newcomers.release();

            assertThat(newcomer.value()).isEqualTo(new FlightResult<>("newcomer's", Role.LEADER, true, false, true));
            assertThat(followers)
                    .extracting(Caller::value)
                    .containsOnly(new FlightResult<>("newcomer's", Role.FOLLOWER, true, false, true));
            stuck.release();
        }
        assertStuck(1, group);
        assertThat(group.stats().runs()).isEqualTo(2);
        assertThat(group.stats().successions()).isZero();
    }

    @Test
    void oneMoreRunHoweverManyWake() {
        HeldCall<String> next = HeldCall.returning("next");
        try (Callers callers = new Callers()) {
            startStuck(callers);
            List<Caller<FlightResult<String>>> followers = callers.follow(group, 100, () -> group.fly(KEY, next));
            ticker.advance(HOUR);

            followers.forEach(Caller::wake);
            next.awaitRun();
            Callers.until("all others have gone over", () -> followersOfTheNewFlight(group) == 99);
            next.release();

            assertThat(followers)
                    .extracting(follower -> follower.value().value())
                    .containsOnly("next");
            assertThat(followers)
                    .filteredOn(follower -> follower.value().role() == Role.LEADER)
                    .hasSize(1);
            stuck.release();
        }
        assertThat(next.runs()).isEqualTo(1);
        assertStuck(1, group);
    }

    @Test
    void followersGetTheNewOutcomeEvenIfItLandedBeforeTheyWoke() {
        for (int i = 0; i < 200; i++) {
            HeldCall<String> held = HeldCall.returning("too late");
            try (Callers callers = new Callers()) {
                callers.start(() -> group.execute(KEY, held));
                held.awaitRun();
                List<Caller<String>> followers = callers.follow(group, 4, () -> group.execute(KEY, () -> "not run"));
                ticker.advance(HOUR);

                assertThat(group.<RuntimeException>execute(KEY, () -> "newcomer's"))
                        .isEqualTo("newcomer's");

                assertThat(followers).extracting(Caller::value).containsOnly("newcomer's");
                held.release();
            }
        }
        assertStuck(200, group);
    }

    @Test
    void futuresGetTheNewOutcomeEvenIfItLandedBeforeTheyWereMoved() {
        try (Callers callers = new Callers()) {
            callers.start(() -> group.execute(KEY, stuck));
            stuck.awaitRun();
            CompletableFuture<String> future = group.executeAsync(KEY, CompletableFuture::new);
            ticker.advance(HOUR);

            assertThat(group.<RuntimeException>execute(KEY, () -> "newcomer's")).isEqualTo("newcomer's");

            assertThat(Callers.valueOf(future)).isEqualTo("newcomer's");
            stuck.release();
        }
        assertStuck(1, group);
    }

    @Test
    void eachFollowerKeepsItsOwnDeadline() {
        HeldCall<String> newcomers = HeldCall.returning("newcomer's");
        try (Callers callers = new Callers()) {
            startStuck(callers);
            Caller<String> hasty =
                    callers.follow(group, () -> group.execute(KEY, HOUR.plusMinutes(30), () -> "not run"));
            Caller<String> patient = callers.follow(group, () -> group.execute(KEY, HOUR.plusDays(1), () -> "not run"));
            ticker.advance(HOUR);
            callers.start(() -> group.execute(KEY, newcomers));
            newcomers.awaitRun();
            Callers.until("both have gone over", () -> followersOfTheNewFlight(group) == 2);

            ticker.advance(Duration.ofMinutes(30));
            hasty.wake();
            patient.wake();

            assertThat(hasty.failure()).isInstanceOf(FlightTimeoutException.class);
            newcomers.release();
            assertThat(patient.value()).isEqualTo("newcomer's");
            stuck.release();
        }
        assertStuck(1, group);
    }

    @Test
    void successorHasAPatienceOfItsOwn() {
        HeldCall<String> cancelled = HeldCall.throwing(new InterruptedException());
        HeldCall<String> successors = HeldCall.returning("successor's");
        try (Callers callers = new Callers()) {
            callers.start(() -> group.execute(KEY, cancelled));
            cancelled.awaitRun();
            callers.follow(group, () -> group.execute(KEY, successors));
            Caller<String> follower = callers.follow(group, () -> group.execute(KEY, () -> "not run"));
            ticker.advance(HOUR.minusMinutes(1));
            cancelled.release();
            successors.awaitRun();

            ticker.advance(HOUR.minusMinutes(1));
            follower.wake();
            Caller<String> newcomer = callers.follow(group, () -> group.execute(KEY, () -> "not run"));
            successors.release();

            assertThat(follower.value()).isEqualTo("successor's");
            assertThat(newcomer.value()).isEqualTo("successor's");
        }
        assertStuck(0, group);
    }

    @Test
    void cancellationOfAStuckLeaderHandsNothingOver() {
        HeldCall<String> call = HeldCall.throwing(new InterruptedException());
        try (Callers callers = new Callers()) {
            Caller<String> leader = callers.start(() -> group.execute(KEY, call));
            call.awaitRun();
            Caller<String> follower = callers.follow(group, () -> group.execute(KEY, () -> "its own"));
            ticker.advance(HOUR);
            follower.wake();
            assertThat(follower.value()).isEqualTo("its own");

            call.release();

            assertThat(leader.failure()).isInstanceOf(InterruptedException.class);
        }
        assertStuck(1, group);
        assertThat(group.stats().successions()).isEqualTo(1);
    }

    @Test
    void followersOfAForgottenAndStuckFlightGoOverToTheOneThatIsThere() {
        HeldCall<String> fresh = HeldCall.returning("fresh");
        try (Callers callers = new Callers()) {
            startStuck(callers);
            List<Caller<String>> followers = callers.follow(group, 5, () -> group.execute(KEY, () -> "not run"));
            CompletableFuture<String> future = group.executeAsync(KEY, CompletableFuture::new);
            assertThat(group.forget(KEY)).isTrue();
            callers.start(() -> group.execute(KEY, fresh));
            fresh.awaitRun();
            ticker.advance(HOUR);

            followers.forEach(Caller::wake);
            Callers.until("all have gone over", () -> followersOfTheNewFlight(group) == 6);
            fresh.release();

            assertThat(followers).extracting(Caller::value).containsOnly("fresh");
            assertThat(Callers.valueOf(future)).isEqualTo("fresh");
            stuck.release();
        }
        assertStuck(1, group);
        assertThat(group.stats().runs()).isEqualTo(2);
    }

    @Test
    void futureAloneNoticesByItsAlarm() {
        CompletableFuture<String> leader = futures.executeAsync(KEY, () -> source);
        CompletableFuture<String> follower =
                futures.executeAsync(KEY, () -> CompletableFuture.completedFuture("its own"));
        long reads = ticker.reads();
        ticker.awaitReads(reads + 3);
        assertThat(follower).isNotDone();

        ticker.advance(MOMENT);

        assertThat(Callers.valueOf(follower)).isEqualTo("its own");
        assertThat(futures.inFlight()).containsExactly(new FlightInfo(KEY, MOMENT, 0, "", true));
        assertThat(leader).isNotDone();
        source.complete("too late");
        assertThat(leader).isCompletedWithValue("too late");
        assertStuck(1, futures);
    }

    @Test
    void alarmLooksAfterEachFlightThatFuturesGoOverTo() {
        CompletableFuture<String> leader = futures.executeAsync(KEY, () -> source);
        CompletableFuture<String> first = futures.executeAsync(KEY, () -> source);
        CompletableFuture<String> second =
                futures.executeAsync(KEY, () -> CompletableFuture.completedFuture("second's"));
        CompletableFuture<String> third = futures.executeAsync(KEY, () -> CompletableFuture.completedFuture("third's"));

        ticker.advance(MOMENT);
        Callers.until("the others have gone over", () -> followersOfTheNewFlight(futures) == 2);
        ticker.advance(MOMENT);

        assertThat(Callers.valueOf(second)).isEqualTo("second's");
        assertThat(Callers.valueOf(third)).isEqualTo("second's");
        source.complete("too late");
        assertThat(leader).isCompletedWithValue("too late");
        assertThat(Callers.valueOf(first)).isEqualTo("too late");
        assertStuck(2, futures);
    }

    @Test
    void alarmLooksAfterEachSuccessor() {
        CompletableFuture<String> leader = futures.executeAsync(KEY, () -> source);
        CompletableFuture<String> never = new CompletableFuture<>();
        CompletableFuture<Void> began = new CompletableFuture<>();
        CompletableFuture<String> first = futures.executeAsync(KEY, () -> {
            began.complete(null);
            return never;
        });
        CompletableFuture<String> second =
                futures.executeAsync(KEY, () -> CompletableFuture.completedFuture("second's"));
        source.cancel(true);
        assertThat(leader).isCancelled();
        Callers.valueOf(began);

        ticker.advance(MOMENT);

        assertThat(Callers.valueOf(second)).isEqualTo("second's");
        never.complete("too late");
        assertThat(Callers.valueOf(first)).isEqualTo("too late");
        assertStuck(1, futures);
    }

    /** The alarm rings, and before it has declared anything the leader hands over. */
    @Test
    void alarmThatRangForALeaderThatWasJustGoneLooksAfterItsSuccessor() {
        CompletableFuture<String> leader = futures.executeAsync(KEY, () -> source);
        CompletableFuture<String> never = new CompletableFuture<>();
        CompletableFuture<Void> began = new CompletableFuture<>();
        CompletableFuture<String> first = futures.executeAsync(KEY, () -> {
            began.complete(null);
            return never;
        });
        CompletableFuture<String> second =
                futures.executeAsync(KEY, () -> CompletableFuture.completedFuture("second's"));
        CompletableFuture<Void> handedOver = new CompletableFuture<>();
        ticker.onNextRead(() -> {
            ticker.advance(MOMENT); // the alarm asks: time is up
            ticker.onNextRead(
                    () -> { // who is to declare asks, too
                        source.cancel(true);
                        handedOver.complete(null);
                    });
        });
        Callers.valueOf(handedOver);

        Callers.valueOf(began);
        ticker.advance(MOMENT);

        assertThat(Callers.valueOf(second)).isEqualTo("second's");
        never.complete("too late");
        assertThat(Callers.valueOf(first)).isEqualTo("too late");
        assertThat(leader).isCancelled();
        assertStuck(1, futures);
    }

    @Test
    void futuresThatWaitForAThreadGoOverToTheCallOfOneOfThem() {
        try (Callers callers = new Callers()) {
            callers.start(() -> futures.execute(KEY, stuck));
            stuck.awaitRun();
            CompletableFuture<String> first =
                    futures.executeAsync(KEY, () -> CompletableFuture.completedFuture("first's"));
            CompletableFuture<String> second =
                    futures.executeAsync(KEY, () -> CompletableFuture.completedFuture("second's"));

            ticker.advance(MOMENT);

            assertThat(Callers.valueOf(first)).isEqualTo("first's");
            assertThat(Callers.valueOf(second)).isEqualTo("first's");
            stuck.release();
        }
        assertStuck(1, futures);
        assertThat(futures.stats().runs()).isEqualTo(2);
    }

    @Test
    void alarmGoesWithItsFlight() {
        CompletableFuture<String> leader = futures.executeAsync(KEY, () -> source);
        CompletableFuture<String> follower = futures.executeAsync(KEY, CompletableFuture::new);
        source.complete("value");
        assertThat(Callers.valueOf(follower)).isEqualTo("value");
        assertThat(leader).isCompletedWithValue("value");
        long reads = ticker.reads();

        FakeTicker pace = new FakeTicker();
        long end = pace.getAsLong() + MOMENT.toNanos();
        Alarm another = Alarm.set(() -> end - pace.getAsLong(), () -> {});
        pace.awaitReads(10);
        another.silence();

        assertThat(ticker.reads()).isLessThanOrEqualTo(reads + 1);
    }

    @Test
    void goingOverPassesNoLimitTwice() {
        SingleFlightGroup<String, String> small = SingleFlightGroup.create(GroupConfig.of("stuck")
                .withTicker(ticker)
                .withStuckAfter(HOUR)
                .withMaxFlights(1)
                .withMaxFollowers(2)
                .withOverflow(Overflow.REJECT));
        HeldCall<String> newcomers = HeldCall.returning("newcomer's");
        try (Callers callers = new Callers()) {
            callers.start(() -> small.execute(KEY, stuck));
            stuck.awaitRun();
            Caller<String> thread = callers.follow(small, () -> small.execute(KEY, () -> "not run"));
            CompletableFuture<String> future = small.executeAsync(KEY, CompletableFuture::new);
            ticker.advance(HOUR);
            callers.start(() -> small.execute(KEY, newcomers));
            newcomers.awaitRun();
            Callers.until("both have gone over", () -> followersOfTheNewFlight(small) == 2);

            assertThat(callers.start(() -> small.execute(KEY, () -> "not run")).failure())
                    .isInstanceOfSatisfying(
                            FlightRejectedException.class,
                            rejected -> assertThat(rejected.reason())
                                    .isEqualTo(FlightRejectedException.Reason.MAX_FOLLOWERS));
            newcomers.release();

            assertThat(thread.value()).isEqualTo("newcomer's");
            assertThat(Callers.valueOf(future)).isEqualTo("newcomer's");
            stuck.release();
        }
        assertStuck(1, small);
    }

    @Test
    void followersGoOverEvenWhereTheFlightsPlaceIsTakenByAnotherKey() {
        SingleFlightGroup<String, String> small = SingleFlightGroup.create(GroupConfig.of("stuck")
                .withTicker(ticker)
                .withStuckAfter(HOUR)
                .withMaxFlights(1)
                .withOverflow(Overflow.REJECT));
        HeldCall<String> another = HeldCall.returning("another");
        try (Callers callers = new Callers()) {
            callers.start(() -> small.execute(KEY, stuck));
            stuck.awaitRun();
            List<Caller<String>> followers = callers.follow(small, 3, () -> small.execute(KEY, () -> "their own"));
            small.forget(KEY);
            callers.start(() -> small.execute("another", another));
            another.awaitRun();
            ticker.advance(HOUR);

            followers.forEach(Caller::wake);

            assertThat(followers).extracting(Caller::value).containsOnly("their own");
            another.release();
            stuck.release();
        }
        assertStuck(1, small);
    }

    @Test
    void warnedOfOnceWithTheLeadersThread() {
        try (Callers callers = new Callers();
                Warnings warnings = new Warnings("stuck")) {
            for (String key : List.of("one", "another")) {
                HeldCall<String> held = HeldCall.returning("too late");
                callers.start(() -> {
                    Thread.currentThread().setName("leader of " + key);
                    return group.execute(key, held);
                });
                held.awaitRun();
                Caller<String> follower = callers.follow(group, () -> group.execute(key, () -> "its own"));
                ticker.advance(HOUR);
                follower.wake();
                assertThat(follower.value()).isEqualTo("its own");
                held.release();
            }

            assertThat(warnings.messages()).singleElement().asString().contains("'leader of one'");
        }
        assertStuck(2, group);
    }

    @Test
    void leaderWithoutEndIsNotHeldByTheGroup() {
        followAFlightWhoseStageIsLost();

        Callers.until("the stuck flight is gone", () -> {
            System.gc();
            return futures.inFlight().isEmpty();
        });
        Callers.until("only the lost leader waits", () -> futures.stats().waiting() == 1);
    }

    @Test
    void stuckAfterNullWaitsForEver() {
        SingleFlightGroup<String, String> endless = patientFor(null);
        try (Callers callers = new Callers()) {
            callers.start(() -> endless.execute(KEY, stuck));
            stuck.awaitRun();
            Caller<String> follower = callers.follow(endless, () -> endless.execute(KEY, () -> "not run"));
            CompletableFuture<String> future = endless.executeAsync(KEY, CompletableFuture::new);
            ticker.advance(Duration.ofDays(10_000));
            follower.wake();
            Caller<String> newcomer = callers.follow(endless, () -> endless.execute(KEY, () -> "not run"));
            stuck.release();

            assertThat(follower.value()).isEqualTo("too late");
            assertThat(newcomer.value()).isEqualTo("too late");
            assertThat(Callers.valueOf(future)).isEqualTo("too late");
        }
        assertStuck(0, endless);
    }

    @Test
    void callThatItsExecutorDroppedRunsOnItsCallersThread() {
        SingleFlightGroup<String, Thread> dropping = droppingGroup(HOUR);
        try (Callers callers = new Callers()) {
            Caller<FlightResult<Thread>> leader =
                    callers.follow(dropping, () -> dropping.fly(KEY, Thread::currentThread));
            ticker.awaitReads(2);

            ticker.advance(HOUR);
            leader.wake();

            assertThat(leader.value()).isEqualTo(new FlightResult<>(leader.thread(), Role.LEADER, false, false, true));
        }
        assertThat(dropping.stats().runs()).isEqualTo(1);
        Callers.assertAtRest(dropping);
    }

    @Test
    void callerWhoseExecutorDroppedItsCallGoesOverWithItsFollowers() {
        SingleFlightGroup<String, Thread> dropping = droppingGroup(HOUR);
        try (Callers callers = new Callers()) {
            Caller<FlightResult<Thread>> leader =
                    callers.follow(dropping, () -> dropping.fly(KEY, Thread::currentThread));
            ticker.awaitReads(2);
            Caller<FlightResult<Thread>> follower =
                    callers.follow(dropping, () -> dropping.fly(KEY, Thread::currentThread));
            ticker.advance(HOUR);

            follower.wake();

            assertThat(follower.value().value()).isSameAs(follower.thread());
            assertThat(leader.value().value()).isSameAs(follower.thread());
            assertThat(leader.value().role()).isEqualTo(Role.FOLLOWER);
        }
        assertStuck(1, dropping);
        assertThat(dropping.stats().calls()).isEqualTo(2);
        assertThat(dropping.stats().runs()).isEqualTo(1);
    }

    @Test
    void supplierThatItsExecutorDroppedIsStartedElsewhere() {
        SingleFlightGroup<String, String> dropping = droppingGroup(MOMENT);
        CompletableFuture<String> leader =
                dropping.executeAsync(KEY, () -> CompletableFuture.completedFuture("its own"));

        ticker.advance(MOMENT);

        assertThat(Callers.valueOf(leader)).isEqualTo("its own");
        assertThat(dropping.stats().runs()).isEqualTo(1);
        Callers.assertAtRest(dropping);
    }

    @Test
    void futureWhoseExecutorDroppedItsSupplierGoesOverWithItsFollowers() {
        SingleFlightGroup<String, String> dropping = droppingGroup(HOUR);
        CompletableFuture<String> leader = dropping.executeAsync(KEY, CompletableFuture::new);
        CompletableFuture<String> cancelled = dropping.executeAsync("another", CompletableFuture::new);
        try (Callers callers = new Callers()) {
            HeldCall<String> next = HeldCall.returning("follower's");
            Caller<String> follower = callers.follow(dropping, () -> dropping.execute(KEY, next));
            Caller<String> other = callers.follow(dropping, () -> dropping.execute("another", next));
            ticker.advance(HOUR);
            follower.wake();
            other.wake();
            Callers.until("both lead", () -> next.runs() == 2);
            Callers.until("both have gone over", () -> followersOfTheNewFlight(dropping) == 2);
            Callers.until("only their futures wait", () -> dropping.stats().waiting() == 2);
            assertThat(cancelled.cancel(true)).isTrue();
            assertThat(dropping.stats().waiting()).isEqualTo(1);
            next.release();

            assertThat(follower.value()).isEqualTo("follower's");
            assertThat(other.value()).isEqualTo("follower's");
            assertThat(Callers.valueOf(leader)).isEqualTo("follower's");
            Callers.until("nobody waits", () -> dropping.stats().waiting() == 0); // counted off after its end
            Caller<String> last = callers.follow(dropping, () -> dropping.execute(KEY, () -> "dropped"));
            assertThat(dropping.stats().waiting())
                    .as("the gauge has not drifted")
                    .isEqualTo(1);
            last.interrupt();
            assertThat(last.failure()).isInstanceOf(FlightInterruptedException.class);
            dropping.forgetAll();
        }
        assertStuck(2, dropping);
    }

    @Test
    void successorWhoseExecutorDroppedItsSupplierIsCountedAsAFollowerAgain() {
        Queue<Runnable> tasks = new ConcurrentLinkedQueue<>();
        SingleFlightGroup<String, String> dropping = groupOn(tasks::add, HOUR);
        CompletableFuture<String> leader = dropping.executeAsync(KEY, () -> source);
        tasks.remove().run();
        CompletableFuture<String> successor = dropping.executeAsync(KEY, CompletableFuture::new);
        try (Callers callers = new Callers()) {
            Caller<String> follower = callers.follow(dropping, () -> dropping.execute(KEY, () -> "follower's"));
            source.cancel(true);
            assertThat(leader).isCancelled();
            ticker.advance(HOUR);
            follower.wake();

            assertThat(follower.value()).isEqualTo("follower's");
            assertThat(Callers.valueOf(successor)).isEqualTo("follower's");
            tasks.forEach(Runnable::run); // too late
        }
        assertStuck(1, dropping);
        assertThat(dropping.stats().joined()).isEqualTo(2);
        assertThat(dropping.stats().successions()).isEqualTo(1);
        assertThat(dropping.stats().runs()).isEqualTo(2);
    }

    @Test
    void executorThatIsFullOfStuckCallsHoldsNobodyUp() {
        CompletableFuture<String> never = new CompletableFuture<>();
        try (Callers callers = new Callers()) {
            CompletableFuture<Void> busy = new CompletableFuture<>();
            SingleFlightGroup<String, String> full = groupOn(
                    task -> {
                        if (busy.complete(null)) {
                            callers.executor().execute(task);
                        } // else it waits for a thread that does not come
                    },
                    MOMENT);
            callers.follow(full, () -> full.execute(KEY, stuck));
            stuck.awaitRun();
            CompletableFuture<String> first = full.executeAsync(KEY, () -> never);
            CompletableFuture<String> second = full.executeAsync(KEY, () -> never);
            Callers.until("their patience ends again and again", () -> {
                ticker.advance(MOMENT);
                return full.stats().stuck() > 0;
            });
            never.complete("their own");

            Callers.until("both have an outcome", () -> {
                ticker.advance(MOMENT);
                return first.isDone() && second.isDone();
            });
            assertThat(first).isCompletedWithValue("their own");
            assertThat(second).isCompletedWithValue("their own");
            stuck.release();
        }
    }

    private void followAFlightWhoseStageIsLost() {
        CompletableFuture<String> unused = futures.executeAsync(KEY, CompletableFuture::new);
        CompletableFuture<String> follower =
                futures.executeAsync(KEY, () -> CompletableFuture.completedFuture("its own"));
        ticker.advance(MOMENT);
        assertThat(Callers.valueOf(follower)).isEqualTo("its own");
        assertThat(unused).isNotDone();
    }

    private SingleFlightGroup<String, String> patientFor(Duration stuckAfter) {
        return SingleFlightGroup.create(
                GroupConfig.of("stuck").withTicker(ticker).withStuckAfter(stuckAfter));
    }

    private <V> SingleFlightGroup<String, V> droppingGroup(Duration stuckAfter) {
        return groupOn(task -> {}, stuckAfter);
    }

    private <V> SingleFlightGroup<String, V> groupOn(Executor executor, Duration stuckAfter) {
        return SingleFlightGroup.create(GroupConfig.of("stuck")
                .withTicker(ticker)
                .withStuckAfter(stuckAfter)
                .withExecutor(executor));
    }

    private Caller<FlightResult<String>> startStuck(Callers callers) {
        Caller<FlightResult<String>> leader = callers.start(() -> group.fly(KEY, stuck));
        stuck.awaitRun();
        return leader;
    }

    private static int followersOfTheNewFlight(SingleFlightGroup<?, ?> group) {
        return group.inFlight().stream()
                .filter(flight -> !flight.stuck())
                .mapToInt(FlightInfo::followers)
                .sum();
    }

    private static void assertStuck(int times, SingleFlightGroup<?, ?> group) {
        assertThat(group.stats().stuck()).isEqualTo(times);
        Callers.assertAtRest(group);
    }
}
