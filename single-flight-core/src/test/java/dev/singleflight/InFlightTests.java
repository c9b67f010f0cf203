package dev.singleflight;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.singleflight.Callers.Caller;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

/** What inFlight shows of the flights that newcomers can join. */
class InFlightTests {

    private static final String KEY = "key";

    private final FakeTicker ticker = new FakeTicker();

    private final SingleFlightGroup<String, String> group =
            SingleFlightGroup.create(GroupConfig.of("looked at").withTicker(ticker));

    private final HeldCall<String> call = HeldCall.returning("value");

    @Test
    void flightIsAsOldAsItsFirstFollowersWait() {
        try (Callers callers = new Callers()) {
            callers.start(() -> group.execute(KEY, call));
            call.awaitRun();
            ticker.advance(Duration.ofSeconds(5));
            assertThat(look().age()).isZero();

            Caller<String> first = callers.follow(group, () -> group.execute(KEY, call));
            assertThat(look().age()).isZero();
            ticker.advance(Duration.ofSeconds(3));
            assertThat(look().age()).isEqualTo(Duration.ofSeconds(3));

            callers.follow(group, () -> group.execute(KEY, call));
            first.interrupt();
            assertThat(first.failure()).isInstanceOf(FlightInterruptedException.class);
            ticker.advance(Duration.ofSeconds(1));
            assertThat(look().age()).isEqualTo(Duration.ofSeconds(4));
            call.release();
        }
        Callers.assertAtRest(group);
    }

    @Test
    void followersAreThoseWhoWaitNow() {
        try (Callers callers = new Callers()) {
            callers.start(() -> group.execute(KEY, call));
            call.awaitRun();
            assertThat(look().followers()).isZero();
            Caller<String> thread = callers.follow(group, () -> group.execute(KEY, call));
            CompletableFuture<String> future = group.executeAsync(KEY, CompletableFuture::new);
            CompletableFuture<String> another = group.executeAsync(KEY, CompletableFuture::new);
            assertThat(look().followers()).isEqualTo(3);

            assertThat(future.cancel(true)).isTrue();
            assertThat(look().followers()).isEqualTo(2);
            thread.interrupt();
            assertThat(thread.failure()).isInstanceOf(FlightInterruptedException.class);
            assertThat(look().followers()).isEqualTo(1);
            call.release();
            assertThat(Callers.valueOf(another)).isEqualTo("value");
        }
        Callers.assertAtRest(group);
    }

    @Test
    void leaderIsTheThreadThatRunsTheCall() {
        try (Callers callers = new Callers()) {
            Caller<String> leader = callers.start(() -> {
                Thread.currentThread().setName("the one in front");
                return group.execute(KEY, call);
            });
            call.awaitRun();

            assertThat(look()).isEqualTo(new FlightInfo(KEY, Duration.ZERO, 0, "the one in front", false));
            call.release();
            assertThat(leader.value()).isEqualTo("value");
        }
    }

    @Test
    void leaderOfAStageIsTheThreadOfItsSupplierAndThenNobody() {
        CompletableFuture<String> source = new CompletableFuture<>();
        CompletableFuture<String> leader = group.executeAsync(KEY, () -> {
            assertThat(look().leader()).isEqualTo(Thread.currentThread().getName());
            return source;
        });

        assertThat(look()).isEqualTo(new FlightInfo(KEY, Duration.ZERO, 0, "", false));
        source.complete("value");
        assertThat(Callers.valueOf(leader)).isEqualTo("value");
    }

    @Test
    void leaderOfAFlightOnTheExecutorIsItsThread() {
        try (Callers callers = new Callers()) {
            SingleFlightGroup<String, String> executed = SingleFlightGroup.create(GroupConfig.of("executed")
                    .withExecutor(task -> callers.start(() -> {
                        Thread.currentThread().setName("of the executor");
                        task.run();
                        return null;
                    })));
            callers.follow(executed, () -> executed.execute(KEY, call));
            call.awaitRun();

            assertThat(executed.inFlight())
                    .containsExactly(new FlightInfo(KEY, Duration.ZERO, 0, "of the executor", false));
            call.release();
        }
    }

    @Test
    void lookingIsASnapshotThatChangesNothing() {
        CompletableFuture<String> source = new CompletableFuture<>();
        CompletableFuture<String> leader = group.executeAsync(KEY, () -> source);
        List<FlightInfo> seen = group.inFlight();

        assertThatThrownBy(seen::clear).isInstanceOf(UnsupportedOperationException.class);
        source.complete("value");

        assertThat(Callers.valueOf(leader)).isEqualTo("value");
        assertThat(seen).hasSize(1);
        assertThat(group.inFlight()).isEmpty();
        assertThat(group.stats().calls()).isEqualTo(1);
    }

    private FlightInfo look() {
        assertThat(group.inFlight()).hasSize(1);
        return group.inFlight().get(0);
    }
}
