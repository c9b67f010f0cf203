package dev.singleflight;

import static org.assertj.core.api.Assertions.assertThat;

import dev.singleflight.Callers.Caller;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Rule 6, for threads: a follower that leaves leaves alone, and where leaving and landing meet the outcome wins. */
class LeavingTests {

    private static final String KEY = "key";

    private static final Duration PATIENCE = Duration.ofHours(1);

    private final FakeTicker ticker = new FakeTicker();

    private final SingleFlightGroup<String, String> group = SingleFlightGroup.create(
            GroupConfig.of("leaving").withTicker(ticker).withStuckAfter(null));

    private final HeldCall<String> call = HeldCall.returning("value");

    @Test
    void followerThatTimesOutLeavesAlone() {
        try (Callers callers = new Callers()) {
            Caller<String> leader = lead(callers);
            Caller<String> impatient = callers.follow(group, () -> group.execute(KEY, PATIENCE, call));
            Caller<String> patient = callers.follow(group, () -> group.execute(KEY, call));
            Caller<String> morePatient = callers.follow(group, () -> group.execute(KEY, PATIENCE.plusNanos(1), call));
            ticker.awaitReads(5);

            ticker.advance(PATIENCE);
            impatient.wake();

            assertThat(impatient.failure()).isInstanceOfSatisfying(FlightTimeoutException.class, timeout -> {
                assertThat(timeout.group()).isEqualTo("leaving");
                assertThat(timeout.key()).isEqualTo(KEY);
                assertThat(timeout).hasMessageContaining(PATIENCE.toString());
            });
            assertThat(impatient.endedInterrupted()).isFalse();
            morePatient.wake();
            assertOthersUntouched(callers, 2);
            call.release();
            assertThat(leader.value()).isEqualTo("value");
            assertThat(patient.value()).isEqualTo("value");
            assertThat(morePatient.value()).isEqualTo("value");
        }
        assertThat(group.stats().runs()).isEqualTo(1);
        Callers.assertAtRest(group);
    }

    @Test
    void followerThatIsWokenForNothingWaitsOn() {
        try (Callers callers = new Callers()) {
            lead(callers);
            Caller<String> follower = callers.follow(group, () -> group.execute(KEY, PATIENCE, call));
            ticker.awaitReads(3);

            ticker.advance(PATIENCE.minusNanos(1));
            follower.wake();

            ticker.awaitReads(4);
            assertThat(group.stats().waiting()).isEqualTo(1);
            call.release();
            assertThat(follower.value()).isEqualTo("value");
        }
        Callers.assertAtRest(group);
    }

    @Test
    void interruptedFollowerLeavesAloneWithItsFlagSet() {
        try (Callers callers = new Callers()) {
            Caller<String> leader = lead(callers);
            Caller<String> interrupted = callers.follow(group, () -> group.execute(KEY, call));
            Caller<String> other = callers.follow(group, () -> group.execute(KEY, call));

            interrupted.interrupt();

            assertThat(interrupted.failure()).isInstanceOfSatisfying(FlightInterruptedException.class, interruption -> {
                assertThat(interruption.group()).isEqualTo("leaving");
                assertThat(interruption.key()).isEqualTo(KEY);
            });
            assertThat(interrupted.endedInterrupted()).isTrue();
            assertOthersUntouched(callers, 1);
            call.release();
            assertThat(leader.value()).isEqualTo("value");
            assertThat(leader.endedInterrupted()).isFalse();
            assertThat(other.value()).isEqualTo("value");
            assertThat(other.endedInterrupted()).isFalse();
        }
        Callers.assertAtRest(group);
    }

    @Test
    void followerThatArrivesInterruptedLeavesAtOnce() {
        try (Callers callers = new Callers()) {
            Caller<String> leader = lead(callers);

            Caller<String> interrupted = callers.start(() -> {
                Thread.currentThread().interrupt();
                return group.execute(KEY, call);
            });

            assertThat(interrupted.failure()).isInstanceOf(FlightInterruptedException.class);
            assertThat(interrupted.endedInterrupted()).isTrue();
            assertOthersUntouched(callers, 0);
            call.release();
            assertThat(leader.value()).isEqualTo("value");
        }
        assertThat(group.stats().joined()).isEqualTo(2);
        Callers.assertAtRest(group);
    }

    @Test
    void callerThatArrivesInterruptedAndFindsNoFlightLeads() {
        try (Callers callers = new Callers()) {
            Caller<FlightResult<String>> leader = callers.start(() -> {
                Thread.currentThread().interrupt();
                return group.fly(KEY, () -> "value");
            });

            assertThat(leader.value().role()).isEqualTo(Role.LEADER);
            assertThat(leader.endedInterrupted()).isTrue();
        }
        Callers.assertAtRest(group);
    }

    @Test
    void thoseWhoLeftArePassedOverWhenTheOutcomeIsTold() {
        try (Callers callers = new Callers()) {
            lead(callers);
            List<Caller<String>> leaving = new ArrayList<>();
            List<Caller<String>> staying = new ArrayList<>();
            for (int i = 0; i < 20; i++) {
                staying.add(callers.follow(group, () -> group.execute(KEY, call)));
                leaving.add(callers.follow(group, () -> group.execute(KEY, call)));
            }
            leaving.forEach(Caller::interrupt);
            leaving.forEach(caller -> assertThat(caller.failure()).isInstanceOf(FlightInterruptedException.class));

            call.release();

            assertThat(staying).allSatisfy(caller -> assertThat(caller.value()).isEqualTo("value"));
        }
        Callers.assertAtRest(group);
    }

    @Test
    void everyFollowerMayLeave() {
        try (Callers callers = new Callers()) {
            Caller<FlightResult<String>> leader = callers.start(() -> group.fly(KEY, call));
            call.awaitRun();
            Caller<String> first = callers.follow(group, () -> group.execute(KEY, call));
            Caller<String> second = callers.follow(group, () -> group.execute(KEY, PATIENCE, call));
            ticker.awaitReads(3);
            first.interrupt();
            ticker.advance(PATIENCE);
            second.wake();
            assertThat(first.failure()).isInstanceOf(FlightInterruptedException.class);
            assertThat(second.failure()).isInstanceOf(FlightTimeoutException.class);

            assertThat(group.inFlight())
                    .singleElement()
                    .extracting(FlightInfo::followers)
                    .isEqualTo(0);
            call.release();

            assertThat(leader.value()).isEqualTo(new FlightResult<>("value", Role.LEADER, false, false, true));
        }
        Callers.assertAtRest(group);
    }

    static Stream<Named<Consumer<Caller<?>>>> waysToLeave() {
        return Stream.of(Named.of("its patience ends", Caller::wake), Named.of("it is interrupted", Caller::interrupt));
    }

    /**
     * The follower at the bottom of the stack is told last, by those above it; they are kept busy, inside the clock,
     * so that the flight has landed and this one does not know.
     */
    @ParameterizedTest
    @MethodSource("waysToLeave")
    void whereLeavingAndLandingMeetTheOutcomeWins(Consumer<Caller<?>> leave) {
        CountDownLatch held = new CountDownLatch(1);
        try (Callers callers = new Callers()) {
            Caller<String> leader = lead(callers);
            Caller<String> meeting = callers.follow(group, () -> group.execute(KEY, PATIENCE, call));
            ticker.awaitReads(3);
            List<Caller<String>> busy = List.of(busyFollower(callers, held), busyFollower(callers, held));
            call.release();
            assertThat(leader.value()).isEqualTo("value");

            ticker.advance(PATIENCE);
            leave.accept(meeting);

            assertThat(meeting.value()).isEqualTo("value");
            held.countDown();
            assertThat(busy).allSatisfy(caller -> assertThat(caller.value()).isEqualTo("value"));
        }
        Callers.assertAtRest(group);
    }

    private Caller<String> busyFollower(Callers callers, CountDownLatch held) {
        CountDownLatch reached = new CountDownLatch(1);
        ticker.onNextRead(() -> {
            reached.countDown();
            Callers.until("the test lets it go", () -> held.getCount() == 0);
        });
        Caller<String> busy = callers.follow(group, () -> group.execute(KEY, PATIENCE.multipliedBy(3), call));
        Callers.until("it is inside the clock", () -> reached.getCount() == 0);
        return busy;
    }

    private Caller<String> lead(Callers callers) {
        Caller<String> leader = callers.start(() -> group.execute(KEY, call));
        call.awaitRun();
        return leader;
    }

    /** The flight is still there, so many wait for it, and it takes newcomers. */
    private void assertOthersUntouched(Callers callers, int waiting) {
        assertThat(group.stats().waiting()).isEqualTo(waiting);
        assertThat(group.inFlight())
                .singleElement()
                .extracting(FlightInfo::followers)
                .isEqualTo(waiting);
        Caller<String> newcomer = callers.follow(group, () -> group.execute(KEY, call));
        assertThat(group.stats().runs()).isEqualTo(1);
        assertThat(newcomer.thread().isAlive()).isTrue();
    }
}
