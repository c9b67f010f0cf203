package dev.singleflight.sample;

import dev.singleflight.SingleFlightGroups;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.stream.IntStream;
import org.awaitility.Awaitility;
import org.springframework.core.env.Environment;

/** The application as its callers see it, over real sockets, and what a test may know besides. */
final class RunningApplication {

    static final String REPORT = "ProductService.report";
    static final String REPORT_QUERY = "/* category report */";

    private final HttpClient http =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

    private final Environment environment;
    private final Gate gate;
    private final QueryCounter counter;
    private final SingleFlightGroups groups;

    RunningApplication(Environment environment, Gate gate, QueryCounter counter, SingleFlightGroups groups) {
        this.environment = environment;
        this.gate = gate;
        this.counter = counter;
        this.groups = groups;
    }

    CompletableFuture<Answer> get(String path) {
        return send(request(path));
    }

    /** So many callers that ask for the same at once. */
    List<CompletableFuture<Answer>> get(int callers, String path) {
        return IntStream.range(0, callers).mapToObj(caller -> get(path)).toList();
    }

    CompletableFuture<Answer> post(String path) {
        return send(request(path).POST(BodyPublishers.noBody()));
    }

    CompletableFuture<Answer> put(String path, String json) {
        return send(request(path).header("Content-Type", "application/json").PUT(BodyPublishers.ofString(json)));
    }

    /** A herd that is complete before its flight lands: the leader's query is held until all others wait for it. */
    List<Answer> herd(int size, String group, String query, String path) {
        gate.close(query);
        List<CompletableFuture<Answer>> herd = get(size, path);
        awaitFollowers(group, size - 1);
        gate.open();
        return herd.stream().map(RunningApplication::answer).toList();
    }

    void awaitFollowers(String group, int followers) {
        await(
                followers + " followers in " + group,
                () -> groups.find(group)
                        .filter(found -> found.stats().waiting() == followers)
                        .isPresent());
    }

    void awaitHeld(int queries) {
        await(queries + " queries at the gate", () -> gate.held() == queries);
    }

    /** How many statements reached the database since the start. */
    long queries() {
        return counter.queries();
    }

    /** Waits, within limits, for an answer. */
    static Answer answer(CompletableFuture<Answer> caller) {
        return caller.orTimeout(1, TimeUnit.MINUTES).join();
    }

    private static void await(String name, BooleanSupplier state) {
        Awaitility.await(name)
                .atMost(Duration.ofMinutes(1))
                .pollInterval(Duration.ofMillis(10))
                .until(state::getAsBoolean);
    }

    private HttpRequest.Builder request(String path) {
        return HttpRequest.newBuilder(
                URI.create("http://localhost:" + environment.getRequiredProperty("local.server.port") + path));
    }

    private CompletableFuture<Answer> send(HttpRequest.Builder request) {
        return http.sendAsync(request.build(), BodyHandlers.ofString()).thenApply(Answer::of);
    }
}
