package dev.singleflight;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.singleflight.Callers.Caller;
import java.io.IOException;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

/** A group that is switched off: calls go straight through, uncounted, and flights that are up land. */
class SwitchedOffTests {

    private static final String KEY = "key";

    private static final FlightStats NOTHING = new FlightStats(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0);

    private final SingleFlightGroup<String, String> group =
            SingleFlightGroup.create(GroupConfig.of("off").withEnabled(false));

    private final HeldCall<String> call = HeldCall.returning("value");

    @Test
    void groupIsOnUnlessItsConfigurationSaysOtherwise() {
        assertThat(group.enabled()).isFalse();
        assertThat(SingleFlightGroup.create("on").enabled()).isTrue();
    }

    @Test
    void callsOfOneKeyRunEachTheirOwn() {
        try (Callers callers = new Callers()) {
            callers.start(() -> group.execute(KEY, call));
            call.awaitRun();

            assertThat(group.fly(KEY, () -> "another"))
                    .isEqualTo(new FlightResult<>("another", Role.BYPASS, false, false, true));
            assertThat(group.execute(KEY, () -> "another")).isEqualTo("another");
            assertThat(group.<RuntimeException>bypass(() -> "another")).isEqualTo("another");
            assertThat(group.executeAsync(KEY, () -> CompletableFuture.completedFuture("another")))
                    .isCompletedWithValue("another");
            assertThat(group.bypassAsync(() -> CompletableFuture.completedFuture("another")))
                    .isCompletedWithValue("another");

            assertThat(group.inFlight()).isEmpty();
            assertThat(group.forgetAll()).isZero();
            call.release();
        }
        assertThat(group.stats()).isEqualTo(NOTHING);
    }

    @Test
    void callRunsOnItsCallersThreadInSpiteOfAnExecutor() {
        SingleFlightGroup<String, Thread> executed = SingleFlightGroup.create(
                GroupConfig.of("off").withEnabled(false).withExecutor(task -> {}));

        assertThat(executed.<RuntimeException>execute(KEY, Thread::currentThread))
                .isSameAs(Thread.currentThread());
        assertThat(executed.executeAsync(KEY, () -> CompletableFuture.completedFuture(Thread.currentThread())))
                .isCompletedWithValue(Thread.currentThread());
    }

    @Test
    void failureGoesStraightThroughUncounted() {
        IOException failure = new IOException("straight");
        FlightCall<String, IOException> failing = () -> {
            throw failure;
        };

        assertThatThrownBy(() -> group.execute(KEY, failing)).isSameAs(failure);
        assertThatThrownBy(() -> group.bypass(failing)).isSameAs(failure);
        assertThat(Callers.failureOf(group.executeAsync(KEY, () -> CompletableFuture.failedFuture(failure))))
                .isSameAs(failure);
        assertThat(group.stats()).isEqualTo(NOTHING);
    }

    @Test
    void asynchronousCallNeverThrows() {
        RuntimeException failure = new IllegalStateException("supplier");

        assertThat(Callers.failureOf(group.executeAsync(KEY, () -> {
                    throw failure;
                })))
                .isSameAs(failure);
        assertThat(Callers.failureOf(group.executeAsync(KEY, () -> null)))
                .isExactlyInstanceOf(NullPointerException.class)
                .hasMessageContaining("'off'");
        assertThat(group.stats()).isEqualTo(NOTHING);
    }

    @Test
    void asynchronousCallerHasItsOwnHandle() {
        CompletableFuture<String> source = new CompletableFuture<>();
        CompletableFuture<String> own = group.executeAsync(KEY, () -> source);

        assertThat(own.cancel(true)).isTrue();

        assertThat(source).isNotDone();
    }

    @Test
    void flightsThatAreUpLandAsUsual() {
        group.enabled(true);
        try (Callers callers = new Callers()) {
            Caller<String> leader = callers.start(() -> group.execute(KEY, call));
            call.awaitRun();
            Caller<String> follower = callers.follow(group, () -> group.execute(KEY, call));
            CompletableFuture<String> future = group.executeAsync(KEY, CompletableFuture::new);

            group.enabled(false);
            assertThat(group.execute(KEY, () -> "straight")).isEqualTo("straight");
            call.release();

            assertThat(leader.value()).isEqualTo("value");
            assertThat(follower.value()).isEqualTo("value");
            assertThat(Callers.valueOf(future)).isEqualTo("value");
        }
        assertThat(group.stats().calls()).isEqualTo(3);
        Callers.assertAtRest(group);
    }

    @Test
    void groupThatIsSwitchedOnAgainShares() {
        group.enabled(true);
        CompletableFuture<String> source = new CompletableFuture<>();
        CompletableFuture<String> leader = group.executeAsync(KEY, () -> source);
        CompletableFuture<String> follower = group.executeAsync(KEY, CompletableFuture::new);

        source.complete("value");

        assertThat(group.enabled()).isTrue();
        assertThat(leader).isCompletedWithValue("value");
        assertThat(Callers.valueOf(follower)).isEqualTo("value");
        assertThat(group.stats().runs()).isEqualTo(1);
    }
}
