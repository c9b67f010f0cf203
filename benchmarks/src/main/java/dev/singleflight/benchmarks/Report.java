package dev.singleflight.benchmarks;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/** The Markdown that comes out: on top the targets, below them a table for each scenario. */
final class Report {

    private final List<String> preamble;

    private final List<String> targets = new ArrayList<>();

    private final StringBuilder sections = new StringBuilder();

    Report(List<String> preamble) {
        this.preamble = preamble;
    }

    void section(String title, String howToRead) {
        sections.append("\n## ").append(title).append("\n\n").append(howToRead).append('\n');
    }

    void table(List<String> header, List<List<String>> rows) {
        sections.append('\n').append(row(header));
        sections.append(row(header.stream()
                .map(column -> header.indexOf(column) == 0 ? "---" : "---:")
                .toList()));
        rows.forEach(row -> sections.append(row(row)));
    }

    /** What must not be above the limit. */
    void atMost(String target, String what, double measured, double limit) {
        target(target, what, measured, "<= " + Samples.figure(limit), hundredths(measured) <= limit);
    }

    /** What must not be below the limit. */
    void atLeast(String target, String what, double measured, double limit) {
        target(target, what, measured, ">= " + Samples.figure(limit), hundredths(measured) >= limit);
    }

    /** As exact as a figure is printed. */
    private static double hundredths(double measured) {
        return Math.rint(measured * 100) / 100; // which leaves a figure that was not measured as it is
    }

    String markdown() {
        StringBuilder text = new StringBuilder("# Benchmark report\n\n");
        preamble.forEach(line -> text.append("- ").append(line).append('\n'));
        if (!targets.isEmpty()) {
            text.append("\n## Targets\n\n")
                    .append(row(List.of("", "measured", "target", "value", "reached")))
                    .append(row(List.of("---", "---", "---:", "---:", "---")));
            targets.forEach(text::append);
        }
        return text.append(sections).toString();
    }

    private void target(String target, String what, double measured, String limit, boolean reached) {
        targets.add(row(List.of(target, what, limit, Samples.figure(measured), reached ? "yes" : "**no**")));
    }

    private static String row(List<String> cells) {
        return cells.stream().collect(Collectors.joining(" | ", "| ", " |\n"));
    }
}
