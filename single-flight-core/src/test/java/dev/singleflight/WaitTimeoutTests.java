package dev.singleflight;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.singleflight.Callers.Caller;
import dev.singleflight.Flight.Boarding;
import java.lang.ref.WeakReference;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The wait timeout: of the group and of one call, for threads and for futures. */
class WaitTimeoutTests {

    private static final String KEY = "key";

    private final CompletableFuture<String> source = new CompletableFuture<>();

    private final SingleFlightGroup<String, String> group = SingleFlightGroup.create("patience");

    @Test
    void zeroLetsNobodyWait() {
        CompletableFuture<String> leader = group.executeAsync(KEY, () -> source);

        assertThatThrownBy(() -> group.execute(KEY, Duration.ZERO, () -> "not run"))
                .isInstanceOf(FlightTimeoutException.class);
        assertThat(Callers.failureOf(group.executeAsync(KEY, Duration.ZERO, CompletableFuture::new)))
                .isInstanceOf(FlightTimeoutException.class);

        assertThat(group.inFlight()).hasSize(1);
        source.complete("value");
        assertThat(Callers.valueOf(leader)).isEqualTo("value");
        Callers.assertAtRest(group);
    }

    @Test
    void zeroStillRunsTheCallOfTheFirstCaller() {
        assertThat(group.execute(KEY, Duration.ZERO, () -> "value")).isEqualTo("value");
        assertThat(Callers.valueOf(
                        group.executeAsync(KEY, Duration.ZERO, () -> CompletableFuture.completedFuture("value"))))
                .isEqualTo("value");
    }

    @Test
    void groupsWaitTimeoutBindsEveryWait() {
        SingleFlightGroup<String, String> hasty =
                SingleFlightGroup.create(GroupConfig.of("hasty").withWaitTimeout(Duration.ZERO));
        CompletableFuture<String> leader = hasty.executeAsync(KEY, () -> source);

        assertThatThrownBy(() -> hasty.execute(KEY, () -> "not run")).isInstanceOf(FlightTimeoutException.class);
        assertThatThrownBy(() -> hasty.fly(KEY, () -> "not run")).isInstanceOf(FlightTimeoutException.class);
        assertThat(Callers.failureOf(hasty.executeAsync(KEY, CompletableFuture::new)))
                .isInstanceOf(FlightTimeoutException.class);
        assertThat(Callers.failureOf(leader)).isInstanceOf(FlightTimeoutException.class);

        assertThat(hasty.inFlight()).as("the flight goes on").hasSize(1);
        source.complete("value");
        Callers.assertAtRest(hasty);
    }

    @Test
    void callsOwnWaitTimeoutStandsInTheGroupsPlace() {
        SingleFlightGroup<String, String> hasty =
                SingleFlightGroup.create(GroupConfig.of("hasty").withWaitTimeout(Duration.ZERO));
        CompletableFuture<String> leader = hasty.executeAsync(KEY, Duration.ofDays(1), () -> source);
        CompletableFuture<String> future = hasty.executeAsync(KEY, Duration.ofDays(1), CompletableFuture::new);
        try (Callers callers = new Callers()) {
            Caller<String> thread =
                    callers.follow(hasty, () -> hasty.execute(KEY, Duration.ofDays(1), () -> "not run"));

            source.complete("value");

            assertThat(thread.value()).isEqualTo("value");
            assertThat(Callers.valueOf(future)).isEqualTo("value");
            assertThat(Callers.valueOf(leader)).isEqualTo("value");
        }
        Callers.assertAtRest(hasty);
    }

    @Test
    void futureThatJoinedABlockingFlightTimesOutToo() {
        HeldCall<String> call = HeldCall.returning("value");
        try (Callers callers = new Callers()) {
            Caller<String> leader = callers.start(() -> group.execute(KEY, call));
            call.awaitRun();
            CompletableFuture<String> impatient = group.executeAsync(KEY, Duration.ofNanos(1), CompletableFuture::new);
            CompletableFuture<String> patient = group.executeAsync(KEY, CompletableFuture::new);

            assertThat(Callers.failureOf(impatient)).isInstanceOfSatisfying(FlightTimeoutException.class, timeout -> {
                assertThat(timeout.group()).isEqualTo("patience");
                assertThat(timeout.key()).isEqualTo(KEY);
            });
            assertThat(group.inFlight())
                    .singleElement()
                    .extracting(FlightInfo::followers)
                    .isEqualTo(1);
            call.release();
            assertThat(Callers.valueOf(patient)).isEqualTo("value");
            assertThat(leader.value()).isEqualTo("value");
        }
        Callers.assertAtRest(group);
    }

    @Test
    void futuresTimeOutByTheGroupsTicker() {
        FakeTicker ticker = new FakeTicker();
        SingleFlightGroup<String, String> ticked =
                SingleFlightGroup.create(GroupConfig.of("ticked").withTicker(ticker));
        CompletableFuture<String> leader = ticked.executeAsync(KEY, Duration.ofMillis(2), () -> source);
        CompletableFuture<String> follower = ticked.executeAsync(KEY, Duration.ofMillis(2), CompletableFuture::new);
        long reads = ticker.reads();
        ticker.awaitReads(reads + 6); // both alarms have asked for the time, in vain
        assertThat(leader).isNotDone();
        assertThat(follower).isNotDone();

        ticker.advance(Duration.ofMillis(2));

        assertThat(Callers.failureOf(leader)).isInstanceOf(FlightTimeoutException.class);
        assertThat(Callers.failureOf(follower)).isInstanceOf(FlightTimeoutException.class);
        source.complete("value");
        Callers.assertAtRest(ticked);
    }

    @Test
    void futureThatBypassesTimesOutToo() {
        SingleFlightGroup<String, String> full = SingleFlightGroup.create(
                GroupConfig.of("full").withMaxFlights(1).withWaitTimeout(Duration.ZERO));
        CompletableFuture<String> leader = full.executeAsync(KEY, Duration.ofDays(1), () -> source);

        CompletableFuture<String> bypass = full.executeAsync("another", () -> source);

        assertThat(full.stats().bypassed()).isEqualTo(1);
        assertThat(Callers.failureOf(bypass)).isInstanceOf(FlightTimeoutException.class);
        source.complete("value");
        assertThat(Callers.valueOf(leader)).isEqualTo("value");
    }

    @Test
    void outcomeWinsOverATimeoutOfAFutureWhoseFlightHasLanded() {
        Tower<String> tower = new Tower<>(GroupConfig.of("meeting"));
        Flight<String> flight = new Flight<>(KEY, null);
        FutureWaiter<String> waiter = new FutureWaiter<>(CompletableFuture::new);
        assertThat(flight.join(waiter, tower)).isEqualTo(Boarding.JOINED);
        Outcome<String> outcome = Outcome.value("value");
        flight.end(outcome);

        waiter.expire(() -> tower.outOfTime(KEY, 0));
        assertThat(waiter).isNotDone();

        waiter.tell(outcome);
        assertThat(waiter).isCompletedWithValue("value");
        waiter.expire(() -> tower.outOfTime(KEY, 0));
        assertThat(waiter).isCompletedWithValue("value");
    }

    static Stream<Duration> hugeDurations() {
        return Stream.of(
                ChronoUnit.FOREVER.getDuration(),
                Duration.ofNanos(Long.MAX_VALUE),
                Duration.ofNanos(Long.MAX_VALUE - 1),
                Duration.ofDays(365L * 1_000));
    }

    @ParameterizedTest
    @MethodSource("hugeDurations")
    void hugeWaitTimeoutNeverEnds(Duration huge) {
        SingleFlightGroup<String, String> patient =
                SingleFlightGroup.create(GroupConfig.of("patient").withWaitTimeout(huge));
        CompletableFuture<String> leader = patient.executeAsync(KEY, () -> source);
        CompletableFuture<String> future = patient.executeAsync(KEY, huge, CompletableFuture::new);
        try (Callers callers = new Callers()) {
            List<Caller<String>> threads = new ArrayList<>();
            threads.add(callers.follow(patient, () -> patient.execute(KEY, () -> "not run")));
            threads.add(callers.follow(patient, () -> patient.execute(KEY, huge, () -> "not run")));
            threads.forEach(Caller::wake);

            source.complete("value");

            assertThat(threads).allSatisfy(thread -> assertThat(thread.value()).isEqualTo("value"));
        }
        assertThat(Callers.valueOf(leader)).isEqualTo("value");
        assertThat(Callers.valueOf(future)).isEqualTo("value");
        Callers.assertAtRest(patient);
    }

    @Test
    void negativeWaitTimeoutIsRefusedByName() {
        Duration negative = Duration.ofNanos(-1);

        assertThatThrownBy(() -> group.execute(KEY, negative, () -> "not run"))
                .isExactlyInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("'patience'");
        assertThatThrownBy(() -> group.executeAsync(KEY, negative, CompletableFuture::new))
                .isExactlyInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("'patience'");
        assertThatThrownBy(() -> GroupConfig.of("patience").withWaitTimeout(negative))
                .isExactlyInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("'patience'");
        assertThat(group.stats().calls()).isZero();
    }

    /** A timer that still ticked would hold the future that it is to end. */
    @Test
    void futuresThatHaveEndedLeaveNoTimerBehind() {
        List<WeakReference<?>> ended = new ArrayList<>();
        CompletableFuture<String> stage = new CompletableFuture<>();
        ended.add(watched(() -> stage));
        ended.add(watched(CompletableFuture::new));
        ended.add(watched(CompletableFuture::new));
        ended.add(cancelled());
        stage.complete("value");
        ended.add(watched(() -> CompletableFuture.completedFuture("value")));
        Callers.assertAtRest(group);

        Callers.until("the futures are garbage", () -> {
            System.gc();
            return ended.stream().allMatch(reference -> reference.get() == null);
        });
    }

    private WeakReference<?> watched(Supplier<CompletableFuture<String>> call) {
        return new WeakReference<>(group.executeAsync(KEY, Duration.ofDays(1), call));
    }

    private WeakReference<?> cancelled() {
        CompletableFuture<String> future = group.executeAsync(KEY, Duration.ofDays(1), CompletableFuture::new);
        future.cancel(true);
        return new WeakReference<>(future);
    }
}
