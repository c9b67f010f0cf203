package dev.singleflight.benchmarks;

import static dev.singleflight.benchmarks.Samples.figure;

import dev.singleflight.benchmarks.spring.LargeApplication;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** What the check at start costs an application of many beans, each time in a JVM that has just started. */
final class StartScenario {

    private static final int BEANS = 2_000;

    private StartScenario() {}

    static void run(Plan plan, Report report) {
        Samples eager = new Samples();
        Samples lazy = new Samples();
        for (int round = 1; round <= plan.rounds() * 2; round++) {
            System.out.printf("  start of %,d beans, round %d of %d%n", BEANS, round, plan.rounds() * 2);
            eager.add(start(false));
            lazy.add(start(true));
        }
        report.section(
                "Start of an application of %,d beans".formatted(BEANS),
                "Time of the check of all bean definitions, as Spring Boot's start-up steps tell it, in a JVM that has just"
                        + " started; one class in twenty has an annotated method.");
        report.table(
                List.of("", "ms", "spread"),
                List.of(
                        List.of("all created at start", figure(eager.median()), figure(eager.spread() * 100) + " %"),
                        List.of("all lazy", figure(lazy.median()), figure(lazy.spread() * 100) + " %")));
        report.atMost("start", "check of 2,000 beans, ms", eager.median(), 50);
        report.atMost("start", "check of 2,000 lazy beans, ms", lazy.median(), 50);
    }

    private static double start(boolean lazy) {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp",
                System.getProperty("java.class.path"),
                LargeApplication.class.getName(),
                Integer.toString(BEANS),
                Boolean.toString(lazy)));
        try {
            Process process = new ProcessBuilder(command)
                    .redirectError(ProcessBuilder.Redirect.INHERIT)
                    .start();
            String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            if (process.waitFor() != 0) {
                throw new IllegalStateException("The application did not start: " + output);
            }
            return Double.parseDouble(output.strip());
        } catch (IOException | InterruptedException failure) {
            throw new IllegalStateException(failure);
        }
    }
}
