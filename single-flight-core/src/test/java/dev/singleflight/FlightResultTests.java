package dev.singleflight;

import static org.assertj.core.api.Assertions.assertThat;

import dev.singleflight.Callers.Caller;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

/** What fly tells: the role, and whether more than one caller got the value. */
class FlightResultTests {

    private static final String KEY = "key";

    private final SingleFlightGroup<String, String> group = SingleFlightGroup.create("results");

    private final HeldCall<String> call = HeldCall.returning("value");

    @Test
    void valueOfALeaderAloneIsNotShared() {
        assertThat(group.fly(KEY, () -> "value"))
                .isEqualTo(new FlightResult<>("value", Role.LEADER, false, false, true));
    }

    @Test
    void valueOfALeaderWithFollowersIsShared() {
        try (Callers callers = new Callers()) {
            Caller<FlightResult<String>> leader = callers.start(() -> group.fly(KEY, call));
            call.awaitRun();
            Caller<FlightResult<String>> follower = callers.follow(group, () -> group.fly(KEY, call));

            call.release();

            assertThat(leader.value()).isEqualTo(new FlightResult<>("value", Role.LEADER, true, false, true));
            assertThat(follower.value()).isEqualTo(new FlightResult<>("value", Role.FOLLOWER, true, false, true));
        }
    }

    @Test
    void valueOfABypassIsNotShared() {
        List<FlightResult<String>> inside = new ArrayList<>();

        group.execute(KEY, () -> {
            inside.add(group.fly(KEY, () -> "alone"));
            return "value";
        });

        assertThat(inside).containsExactly(new FlightResult<>("alone", Role.BYPASS, false, false, true));
    }

    @Test
    void valueOfALeaderWhoseOnlyFollowerHadBeenInterruptedIsNotShared() {
        leaderWhoseFollowersLeft(callers -> {
            Caller<String> leaver = callers.follow(group, () -> group.execute(KEY, call));
            leaver.interrupt();
            assertThat(leaver.failure()).isInstanceOf(FlightInterruptedException.class);
        });
    }

    @Test
    void valueOfALeaderWhoseOnlyFollowerHadCancelledIsNotShared() {
        leaderWhoseFollowersLeft(callers -> {
            CompletableFuture<String> leaver = group.executeAsync(KEY, CompletableFuture::new);
            assertThat(leaver.cancel(true)).isTrue();
        });
    }

    @Test
    void valueIsSharedWhereOneOfSeveralFollowersIsStillThere() {
        try (Callers callers = new Callers()) {
            Caller<FlightResult<String>> leader = callers.start(() -> group.fly(KEY, call));
            call.awaitRun();
            CompletableFuture<String> first = group.executeAsync(KEY, CompletableFuture::new);
            CompletableFuture<String> staying = group.executeAsync(KEY, CompletableFuture::new);
            CompletableFuture<String> last = group.executeAsync(KEY, CompletableFuture::new);
            assertThat(first.cancel(true)).isTrue();
            assertThat(last.cancel(true)).isTrue();

            call.release();

            assertThat(leader.value().shared()).isTrue();
            assertThat(Callers.valueOf(staying)).isEqualTo("value");
        }
    }

    private void leaderWhoseFollowersLeft(Consumer<Callers> comeAndGo) {
        try (Callers callers = new Callers()) {
            Caller<FlightResult<String>> leader = callers.start(() -> group.fly(KEY, call));
            call.awaitRun();
            comeAndGo.accept(callers);

            call.release();

            assertThat(leader.value()).isEqualTo(new FlightResult<>("value", Role.LEADER, false, false, true));
        }
        Callers.assertAtRest(group);
    }
}
