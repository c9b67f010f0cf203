package dev.singleflight.sample;

import static dev.singleflight.sample.RunningApplication.answer;
import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.beans.factory.annotation.Autowired;

@SampleApplicationTest
final class PageIntegrationTests {

    private final RunningApplication application;

    PageIntegrationTests(@Autowired RunningApplication application) {
        this.application = application;
    }

    @Test
    void pageIsServed() {
        Answer page = answer(application.get("/"));

        assertThat(page.status()).isEqualTo(200);
        assertThat(page.type()).startsWith("text/html");
        assertThat(page.body()).contains("<title>Watch a herd");
    }

    @ParameterizedTest
    @ValueSource(strings = {"index.html", "page.css", "page.js", "herd.js", "groups.js", "demos.js", "dom.js"})
    void pageNeedsNothingFromElsewhere(String part) {
        Answer answer = answer(application.get("/" + part));

        assertThat(answer.status()).isEqualTo(200);
        assertThat(answer.body()).doesNotContain("http:", "https:", "@import", "\"//");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "categories/books/report",
                "actuator/singleflight",
                "actuator/metrics/single.flight.calls",
                "actuator/metrics/sample.database.queries",
                "actuator/prometheus",
                "actuator/health",
                "actuator/info"
            })
    void whatThePageLinksToIsThere(String path) {
        assertThat(answer(application.get("/" + path)).status()).isEqualTo(200);
    }
}
