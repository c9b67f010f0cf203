package dev.singleflight.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class ReportTests {

    private final Report report = new Report(List.of("JVM: any"));

    @Test
    void saysWhichTargetsAreReached() {
        report.atMost("T1", "ours / theirs", 0.4, 0.5);
        report.atMost("T2", "ours / theirs", 0.6, 0.5);
        report.atLeast("T3", "ours / theirs", 19, 20);

        assertThat(report.markdown())
                .contains(
                        "| T1 | ours / theirs | <= 0.50 | 0.40 | yes |",
                        "| T2 | ours / theirs | <= 0.50 | 0.60 | **no** |",
                        "| T3 | ours / theirs | >= 20.0 | 19.0 | **no** |");
    }

    @Test
    void figureThatWasNotMeasuredReachesNothing() {
        report.atMost("T1", "ours / theirs", new Samples().median(), 0.5);

        assertThat(report.markdown()).contains("| T1 | ours / theirs | <= 0.50 |  | **no** |");
    }

    @Test
    void oneDisturbedRoundDoesNotMoveTheMedian() {
        Samples samples = new Samples();
        List.of(1.0, 2.0, 3.0, 4.0, 1_000.0).forEach(samples::add);

        assertThat(samples.median()).isEqualTo(3);
    }
}
