package dev.singleflight.benchmarks;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Runs the scenarios and writes the report. */
public final class Benchmarks {

    private static final String USAGE = """
            java -Xms3g -Xmx3g -XX:+AlwaysPreTouch -jar benchmarks.jar [--smoke | --quick | --full] [--report <file>] [<scenario> ...]
              --smoke    only to see that everything runs
              --quick    a first impression
              --full     what a report is made with (default)
              --report   where the report goes; default benchmark-report.md
            Scenarios, all by default:\
            """;

    private static final Map<String, Scenario> SCENARIOS = scenarios();

    private final Map<String, Scenario> chosen = new LinkedHashMap<>();

    private Plan plan = Plan.FULL;

    private Path file = Path.of("benchmark-report.md");

    private Benchmarks() {}

    /** See {@code benchmarks/README.md}. */
    public static void main(String[] arguments) throws IOException {
        Benchmarks benchmarks = new Benchmarks();
        try {
            benchmarks.read(List.of(arguments));
        } catch (IllegalArgumentException wrong) {
            System.err.println(wrong.getMessage() + "\n\n" + USAGE + " " + String.join(", ", SCENARIOS.keySet()));
            System.exit(2);
        }
        benchmarks.run(List.of(arguments));
        System.exit(0); // some contenders leave threads behind
    }

    private static Map<String, Scenario> scenarios() {
        Map<String, Scenario> scenarios = new LinkedHashMap<>();
        scenarios.put("s1", CallScenario::uncontended);
        scenarios.put("s2", CallScenario::contended);
        scenarios.put("s3-runs", HerdScenario::runs);
        scenarios.put("s3-wake-up", HerdScenario::wakeUps);
        scenarios.put("s3-memory", HerdScenario::memory);
        scenarios.put("s4", ZipfScenario::run);
        scenarios.put("s5", FutureScenario::run);
        scenarios.put("s6", AdvisedScenario::run);
        scenarios.put("start", StartScenario::run);
        return scenarios;
    }

    private void read(List<String> arguments) {
        for (int i = 0; i < arguments.size(); i++) {
            String argument = arguments.get(i);
            switch (argument) {
                case "--smoke" -> plan = Plan.SMOKE;
                case "--quick" -> plan = Plan.QUICK;
                case "--full" -> plan = Plan.FULL;
                case "--report" -> {
                    if (++i == arguments.size()) {
                        throw new IllegalArgumentException("--report needs a file");
                    }
                    file = Path.of(arguments.get(i));
                }
                default -> choose(argument.toLowerCase(Locale.ROOT));
            }
        }
    }

    /** By its name, or all that begin with it: s3 is three. */
    private void choose(String name) {
        Map<String, Scenario> matching = new LinkedHashMap<>(SCENARIOS);
        matching.keySet().removeIf(scenario -> !scenario.equals(name) && !scenario.startsWith(name + "-"));
        if (matching.isEmpty()) {
            throw new IllegalArgumentException("There is no scenario or option " + name);
        }
        chosen.putAll(matching);
    }

    private void run(List<String> arguments) throws IOException {
        Report report = new Report(preamble(arguments));
        for (Map.Entry<String, Scenario> scenario : (chosen.isEmpty() ? SCENARIOS : chosen).entrySet()) {
            System.out.println(scenario.getKey());
            scenario.getValue().run(plan, report);
            Files.writeString(file, report.markdown()); // after each: a run that is stopped leaves what it has
        }
        System.out.println(report.markdown());
        System.out.println("Written to " + file.toAbsolutePath());
    }

    private List<String> preamble(List<String> arguments) {
        return List.of(
                "Command: `"
                        + Stream.of(
                                        List.of("java"),
                                        ManagementFactory.getRuntimeMXBean().getInputArguments(),
                                        List.of("-jar benchmarks/target/benchmarks.jar"),
                                        arguments)
                                .flatMap(List::stream)
                                .collect(Collectors.joining(" "))
                        + "`",
                "JVM: " + System.getProperty("java.vm.name") + " " + Runtime.version() + ", "
                        + System.getProperty("os.name") + " " + System.getProperty("os.arch") + ", "
                        + Runtime.getRuntime().availableProcessors() + " processors",
                "Plan: " + plan,
                "JMH 1.37 (S1, S2, S6): average time, `-prof gc`, a JVM of its own for each contender and round (`"
                        + JmhRounds.jvmArguments() + "`), medians of all iterations");
    }
}
