package dev.singleflight.sample;

import static dev.singleflight.sample.RunningApplication.REPORT;
import static dev.singleflight.sample.RunningApplication.REPORT_QUERY;
import static dev.singleflight.sample.RunningApplication.answer;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import tools.jackson.databind.JsonNode;

@SampleApplicationTest
final class ShepherdIntegrationTests {

    private final RunningApplication application;
    private final Gate gate;

    ShepherdIntegrationTests(@Autowired RunningApplication application, @Autowired Gate gate) {
        this.application = application;
        this.gate = gate;
    }

    @AfterEach
    void openGate() {
        gate.open();
    }

    @Test
    void herdThatIsCompleteInTimeMakesOneQuery() {
        gate.close(REPORT_QUERY);
        CompletableFuture<Answer> herd = application.get("/herd?callers=20&category=office");
        application.awaitFollowers(REPORT, 19);
        gate.open();

        Answer result = answer(herd);

        assertThat(result.number("callers")).isEqualTo(20);
        assertThat(result.number("queries")).isEqualTo(1);
        assertThat(result.number("distinctAnswers")).isEqualTo(1);
        assertThat(result.number("failures")).isZero();
        JsonNode latency = result.json().path("latencyMillis");
        assertThat(new long[] {
                    latency.path("min").asLong(),
                    latency.path("median").asLong(),
                    latency.path("max").asLong(),
                    result.number("wallMillis")
                })
                .isSorted();
    }

    @Test
    void herdWithoutSingleFlightMakesAQueryPerCaller() {
        Answer result = answer(application.get("/herd?callers=6&singleFlight=false&category=office"));

        assertThat(result.number("queries")).isEqualTo(6);
        assertThat(result.number("distinctAnswers")).isEqualTo(6);
    }

    @Test
    void herdThatGetsNoReportSaysSo() {
        Answer result = answer(application.get("/herd?callers=4&category=none"));

        assertThat(result.number("failures")).isEqualTo(4);
        assertThat(result.number("distinctAnswers")).isZero();
    }

    @Test
    void herdsDoNotOverlap() {
        gate.close(REPORT_QUERY);
        CompletableFuture<Answer> first = application.get("/herd?callers=2&category=sports");
        application.awaitHeld(1);

        Answer second = answer(application.get("/herd?callers=2&category=sports"));
        gate.open();

        assertThat(second.problem()).isEqualTo("409 urn:problem:already-in-progress");
        assertThat(answer(first).status()).isEqualTo(200);
    }

    @Test
    void herdIsBounded() {
        assertThat(answer(application.get("/herd?callers=0")).status()).isEqualTo(400);
        assertThat(answer(application.get("/herd?callers=501")).status()).isEqualTo(400);
    }
}
