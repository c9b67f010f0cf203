package dev.singleflight.sample;

import dev.singleflight.annotation.SingleFlight;
import dev.singleflight.sample.HerdResult.Latency;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Service;

/** Sends herds over real sockets and counts what they cause. Not final, since Spring proxies it. */
@Service
class Shepherd {

    private static final Duration PATIENCE = Duration.ofMinutes(5);

    private final HttpClient http =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

    private final QueryCounter counter;

    Shepherd(QueryCounter counter) {
        this.counter = counter;
    }

    /**
     * Sends the herd and waits for its last caller. One herd at a time, since two would count each other's queries: the group is
     * configured with {@code duplicates: reject}, as one does for jobs that must not overlap.
     */
    @SingleFlight(group = "herd", key = "'the only one'")
    public HerdResult send(Herd herd) {
        long queries = counter.queries();
        long start = System.nanoTime();
        List<CompletableFuture<Answer>> callers =
                IntStream.range(0, herd.callers()).mapToObj(caller -> ask(herd)).toList();
        List<Answer> answers = callers.stream().map(CompletableFuture::join).toList();
        Duration wall = since(start);
        return new HerdResult(
                herd.callers(),
                counter.queries() - queries,
                (int) answers.stream()
                        .filter(Answer::ok)
                        .map(Answer::body)
                        .distinct()
                        .count(),
                (int) answers.stream().filter(answer -> !answer.ok()).count(),
                wall.toMillis(),
                Latency.of(answers.stream().map(Answer::latency).toArray(Duration[]::new)));
    }

    private CompletableFuture<Answer> ask(Herd herd) {
        long start = System.nanoTime();
        HttpRequest question =
                HttpRequest.newBuilder(herd.report()).timeout(PATIENCE).build();
        return http.sendAsync(question, BodyHandlers.ofString())
                .handle((response, failure) -> new Answer(response, since(start)));
    }

    private static Duration since(long start) {
        return Duration.ofNanos(System.nanoTime() - start);
    }

    /** What a caller got, null where it got no answer at all, and how long it waited. */
    private record Answer(@Nullable HttpResponse<String> response, Duration latency) {

        boolean ok() {
            return response != null && response.statusCode() == 200;
        }

        String body() {
            return response == null ? "" : response.body();
        }
    }
}
