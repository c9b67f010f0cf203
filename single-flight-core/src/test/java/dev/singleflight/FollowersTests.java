package dev.singleflight;

import static org.assertj.core.api.Assertions.assertThat;

import dev.singleflight.Callers.Caller;
import dev.singleflight.Callers.Kind;
import dev.singleflight.Flight.Boarding;
import dev.singleflight.ParkedWaiter.Left;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Rule 6, for memory: followers that left are unlinked once they outnumber those that wait. */
class FollowersTests {

    private static final Duration PATIENCE = Duration.ofHours(1);

    private final FakeTicker ticker = new FakeTicker();

    private final Tower<String> tower =
            new Tower<>(GroupConfig.of("pruning").withTicker(ticker).withStuckAfter(null));

    private final Flight<String> flight = new Flight<>("key", null);

    private final Outcome<String> outcome = Outcome.value("value");

    @Test
    void futuresThatCancelAreUnlinked() {
        List<FutureWaiter<String>> staying = new ArrayList<>();
        List<FutureWaiter<String>> leaving = new ArrayList<>();
        for (int i = 0; i < 50_000; i++) {
            (i % 1_000 == 0 ? staying : leaving).add(board());
        }

        leaving.forEach(future -> future.cancel(true));

        assertThat(waiting()).isEqualTo(staying.size());
        assertNodesAfterLanding(staying.size(), 1);
        staying.forEach(future -> future.tell(outcome));
        assertThat(staying).allSatisfy(future -> assertThat(future).isCompletedWithValue("value"));
    }

    @Test
    void futuresThatTimeOutAreUnlinked() {
        FutureWaiter<String> staying = board();
        List<FutureWaiter<String>> leaving = new ArrayList<>();
        for (int i = 0; i < 50_000; i++) {
            leaving.add(board());
        }

        leaving.forEach(future -> future.expire(() -> tower.outOfTime("key", PATIENCE.toNanos())));

        assertThat(leaving).allMatch(CompletableFuture::isCompletedExceptionally);
        assertThat(staying).isNotDone();
        assertThat(waiting()).isEqualTo(1);
        assertNodesAfterLanding(1, 1);
    }

    @Test
    void futuresThatComeAndCancelOneAfterTheOtherAreUnlinked() {
        FutureWaiter<String> first = board();
        for (int i = 0; i < 50_000; i++) {
            assertThat(board().cancel(true)).isTrue();
        }

        assertThat(first).isNotDone();
        assertThat(waiting()).isEqualTo(1);
        assertNodesAfterLanding(1, 1);
    }

    @Test
    void futuresThatCancelAllAtOnceAreUnlinked() {
        int threads = 4;
        List<FutureWaiter<String>> staying = new ArrayList<>();
        List<List<FutureWaiter<String>>> leaving = new ArrayList<>();
        for (int thread = 0; thread < threads; thread++) {
            leaving.add(new ArrayList<>());
        }
        for (int i = 0; i < 50_000; i++) {
            (i % 1_000 == 0 ? staying : leaving.get(i % threads)).add(board());
        }
        CountDownLatch start = new CountDownLatch(threads);
        try (Callers callers = new Callers()) {
            leaving.forEach(futures -> callers.start(() -> {
                start.countDown();
                Callers.until("all have started", () -> start.getCount() == 0);
                futures.forEach(future -> future.cancel(true));
                return null;
            }));
        }

        assertThat(waiting()).isEqualTo(staying.size());
        assertNodesAfterLanding(staying.size(), threads);
    }

    @Test
    void followersThatComeWhileOthersLeaveAreNeverLost() {
        int threads = 4;
        List<List<FutureWaiter<String>>> staying = new ArrayList<>();
        try (Callers callers = new Callers()) {
            for (int thread = 0; thread < threads; thread++) {
                List<FutureWaiter<String>> mine = new ArrayList<>();
                staying.add(mine);
                callers.start(() -> {
                    for (int i = 0; i < 10_000; i++) {
                        FutureWaiter<String> future = board();
                        if (i % 100 == 0) {
                            mine.add(future);
                        } else {
                            future.cancel(true);
                        }
                    }
                    return null;
                });
            }
        }

        assertThat(waiting()).isEqualTo(threads * 100);
        flight.end(outcome);
        List<Waiter<String>> addressed = addressed();
        staying.forEach(mine -> assertThat(addressed).containsAll(mine));
    }

    @ParameterizedTest
    @MethodSource("dev.singleflight.Callers#kinds")
    void threadsThatTimeOutAreUnlinked(Kind kind) {
        int herd = kind.name().equals("virtual") ? 50_000 : 300;
        List<Caller<Left>> staying = new ArrayList<>();
        List<Caller<Left>> leaving = new ArrayList<>();
        try (Callers callers = new Callers(kind.threads())) {
            for (int i = 0; i < herd; i++) {
                if (i % 50 == 0) {
                    staying.add(callers.start(() -> park(Tower.UNLIMITED)));
                } else {
                    leaving.add(callers.start(() -> park(PATIENCE.toNanos())));
                }
            }
            Callers.until("all wait", () -> waiting() == herd);
            ticker.awaitReads(1 + 2L * leaving.size());

            ticker.advance(PATIENCE);
            leaving.forEach(Caller::wake);

            assertThat(leaving).extracting(Caller::value).containsOnly(Left.TIMED_OUT);
            assertThat(waiting()).isEqualTo(staying.size());
            assertNodesAfterLanding(staying.size(), 1);
            outcome.passOn();
            assertThat(staying).extracting(Caller::value).containsOnlyNulls();
        }
    }

    @Test
    void threadsWithoutPatienceAreUnlinked() {
        List<ParkedWaiter<String>> leaving = new ArrayList<>();
        for (int i = 0; i < 50_000; i++) {
            leaving.add(board(0));
        }
        ParkedWaiter<String> staying = board(Tower.UNLIMITED);

        leaving.forEach(ParkedWaiter::await); // none of them parks, so one thread may do it for all

        assertThat(leaving).extracting(ParkedWaiter::left).containsOnly(Left.TIMED_OUT);
        assertThat(staying.isWaiting()).isTrue();
        assertThat(waiting()).isEqualTo(1);
        assertNodesAfterLanding(1, 1);
    }

    @Test
    void fewThatLeftAmongManyAreLeftWhereTheyAre() {
        List<FutureWaiter<String>> futures = new ArrayList<>();
        for (int i = 0; i < 10; i++) {
            futures.add(board());
        }

        futures.subList(2, 5).forEach(future -> future.cancel(true));

        flight.end(outcome);
        assertThat(addressed()).hasSize(10);
    }

    @Test
    void landedFlightTakesNobody() {
        assertThat(board()).isNotDone();
        assertThat(flight.end(outcome)).isTrue();

        assertThat(flight.join(new FutureWaiter<>(CompletableFuture::new), tower))
                .isEqualTo(Boarding.ENDED);
        assertThat(flight.end(Outcome.value("another"))).isFalse();
        assertThat(flight.end()).isSameAs(outcome);
        assertThat(addressed()).hasSize(1);
    }

    @Test
    void flightThatLandedAloneTakesNobody() {
        assertThat(flight.end(outcome)).isTrue();

        assertThat(flight.join(new FutureWaiter<>(CompletableFuture::new), tower))
                .isEqualTo(Boarding.ENDED);
        assertThat(flight.end(Outcome.value("another"))).isFalse();
        assertThat(flight.end()).isSameAs(outcome);
        assertThat(outcome.shared()).isFalse();
    }

    private FutureWaiter<String> board() {
        FutureWaiter<String> future = new FutureWaiter<>(CompletableFuture::new);
        assertThat(flight.join(future, tower)).isEqualTo(Boarding.JOINED);
        return future;
    }

    private ParkedWaiter<String> board(long patience) {
        ParkedWaiter<String> waiter = new ParkedWaiter<>(tower, new Patience(patience));
        assertThat(flight.join(waiter, tower)).isEqualTo(Boarding.JOINED);
        return waiter;
    }

    private Left park(long patience) {
        ParkedWaiter<String> waiter = board(patience);
        waiter.await();
        return waiter.left();
    }

    private int waiting() {
        Followers<String> followers = flight.followers();
        return followers == null ? 0 : followers.waiting();
    }

    /** Those who left are no more than those who wait, but for the ones that were just leaving. */
    private void assertNodesAfterLanding(int waiting, int justLeaving) {
        assertThat(flight.end(outcome)).isTrue();
        assertThat(addressed()).hasSizeBetween(waiting, 2 * waiting + justLeaving);
    }

    private List<Waiter<String>> addressed() {
        List<Waiter<String>> nodes = new ArrayList<>();
        for (Waiter<String> waiter = outcome.waiters(); waiter != null; waiter = waiter.next()) {
            nodes.add(waiter);
        }
        return nodes;
    }
}
