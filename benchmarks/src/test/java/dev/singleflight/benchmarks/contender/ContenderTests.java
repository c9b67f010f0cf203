package dev.singleflight.benchmarks.contender;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A comparison is worth what its contenders are: each does what it is measured for. */
class ContenderTests {

    @ParameterizedTest
    @EnumSource
    void nothingOutlivesItsRun(Contender contender) {
        SharedCalls calls = contender.open();
        AtomicInteger runs = new AtomicInteger();
        calls.get("key", runs::incrementAndGet);

        assertThat(calls.get("key", runs::incrementAndGet)).isEqualTo(2);
    }

    @ParameterizedTest
    @EnumSource
    void failureReachesTheCallerAndLeavesNothing(Contender contender) {
        SharedCalls calls = contender.open();
        IllegalArgumentException failure = new IllegalArgumentException();

        assertThatThrownBy(() -> calls.get("key", () -> {
                    throw failure;
                }))
                .satisfiesAnyOf(
                        thrown -> assertThat(thrown).isSameAs(failure),
                        thrown -> assertThat(thrown).hasRootCause(failure)); // some wrap it
        assertThat(calls.get("key", () -> "value")).isEqualTo("value");
    }

    @ParameterizedTest
    @EnumSource
    void futuresOfOneFlightAreEachCallersOwn(AsyncContender contender) {
        AsyncSharedCalls calls = contender.open();
        CompletableFuture<Object> call = new CompletableFuture<>();
        AtomicInteger runs = new AtomicInteger();
        CompletableFuture<Object> leader = calls.get("key", () -> {
            runs.incrementAndGet();
            return call;
        });
        CompletableFuture<Object> follower = calls.get("key", () -> {
            runs.incrementAndGet();
            return call;
        });
        leader.cancel(true);
        call.complete("value");

        assertThat(follower).succeedsWithin(Duration.ofSeconds(30)).isEqualTo("value");
        assertThat(runs).hasValue(1);
    }
}
