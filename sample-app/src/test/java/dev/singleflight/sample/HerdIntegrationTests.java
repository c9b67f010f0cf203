package dev.singleflight.sample;

import static dev.singleflight.sample.RunningApplication.REPORT;
import static dev.singleflight.sample.RunningApplication.REPORT_QUERY;
import static dev.singleflight.sample.RunningApplication.answer;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import tools.jackson.databind.JsonNode;

@SampleApplicationTest
final class HerdIntegrationTests {

    private static final int HERD = 100;

    private final RunningApplication application;
    private final Gate gate;

    HerdIntegrationTests(@Autowired RunningApplication application, @Autowired Gate gate) {
        this.application = application;
        this.gate = gate;
    }

    @AfterEach
    void openGate() {
        gate.open();
    }

    @Test
    void herdMakesOneQuery() {
        long queries = application.queries();

        List<Answer> answers = herd("/categories/books/report");

        assertThat(application.queries() - queries).isEqualTo(1);
        assertThat(answers).hasSize(HERD).extracting(Answer::status).containsOnly(200);
        assertThat(answers.stream().map(Answer::body).distinct()).hasSize(1);
    }

    @Test
    void withoutSingleFlightEveryCallerMakesAQuery() {
        long queries = application.queries();

        List<CompletableFuture<Answer>> callers = application.get(10, "/categories/books/report?singleFlight=false");

        assertThat(callers.stream().map(caller -> answer(caller).text("id")).distinct())
                .hasSize(10);
        assertThat(application.queries() - queries).isEqualTo(10);
    }

    @Test
    void categoriesDoNotShareAFlight() {
        gate.close(REPORT_QUERY);
        CompletableFuture<Answer> garden = application.get("/categories/garden/report");
        CompletableFuture<Answer> toys = application.get("/categories/toys/report");
        application.awaitHeld(2);
        gate.open();

        assertThat(answer(garden).text("category")).isEqualTo("garden");
        assertThat(answer(toys).text("category")).isEqualTo("toys");
    }

    @Test
    void endpointSaysWhatTheHerdDid() {
        JsonNode before = endpoint();

        herd("/categories/music/report");

        JsonNode after = endpoint();
        assertThat(increase("calls", before, after)).isEqualTo(HERD);
        assertThat(increase("runs", before, after)).isEqualTo(1);
        assertThat(increase("joined", before, after)).isEqualTo(HERD - 1);
        assertThat(after.path("active").asLong(-1)).isZero();
        assertThat(after.path("waiting").asLong(-1)).isZero();
    }

    @Test
    void prometheusSaysWhatTheHerdDid() {
        double leaders = prometheus("single_flight_calls_total", "role=\"leader\"");
        double followers = prometheus("single_flight_calls_total", "role=\"follower\"");
        double runs = prometheus("single_flight_runs_seconds_count", "outcome=\"success\"");
        double queries = prometheus("sample_database_queries_total", "");

        herd("/categories/music/report");

        assertThat(prometheus("single_flight_calls_total", "role=\"leader\"") - leaders)
                .isEqualTo(1);
        assertThat(prometheus("single_flight_calls_total", "role=\"follower\"") - followers)
                .isEqualTo(HERD - 1);
        assertThat(prometheus("single_flight_runs_seconds_count", "outcome=\"success\"") - runs)
                .isEqualTo(1);
        assertThat(prometheus("sample_database_queries_total", "") - queries).isEqualTo(1);
    }

    @Test
    void endpointShowsTheFlightWhileItIsUnderWay() {
        gate.close(REPORT_QUERY);
        List<CompletableFuture<Answer>> herd = application.get(3, "/categories/pets/report");
        application.awaitFollowers(REPORT, 2);

        JsonNode flights = answer(application.get("/actuator/singleflight/" + REPORT))
                .json()
                .path("flights");
        gate.open();

        assertThat(flights).hasSize(1);
        assertThat(flights.path(0).path("key").asString()).contains("pets");
        assertThat(flights.path(0).path("followers").asInt()).isEqualTo(2);
        assertThat(herd)
                .allSatisfy(caller -> assertThat(answer(caller).status()).isEqualTo(200));
    }

    private List<Answer> herd(String report) {
        return application.herd(HERD, REPORT, REPORT_QUERY, report);
    }

    private JsonNode endpoint() {
        return answer(application.get("/actuator/singleflight"))
                .json()
                .path("groups")
                .path(REPORT);
    }

    private static long increase(String figure, JsonNode before, JsonNode after) {
        return after.path(figure).asLong() - before.path(figure).asLong();
    }

    /** A figure of the report's group, or of the application; zero before there is one. */
    private double prometheus(String meter, String tag) {
        String tags = tag.isEmpty() ? "" : "\\{(?=[^}]*group=\"" + REPORT + "\")(?=[^}]*" + tag + ")[^}]*}";
        Matcher figure = Pattern.compile("(?m)^" + meter + tags + " (\\S+)$")
                .matcher(answer(application.get("/actuator/prometheus")).body());
        return figure.find() ? Double.parseDouble(figure.group(1)) : 0;
    }
}
