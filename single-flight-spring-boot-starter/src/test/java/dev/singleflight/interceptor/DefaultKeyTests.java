package dev.singleflight.interceptor;

import static dev.singleflight.Callers.group;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.singleflight.annotation.SingleFlight;
import dev.singleflight.autoconfigure.SingleFlightAutoConfiguration;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.cache.interceptor.KeyGenerator;

/** Which calls are the same where no key expression says. */
@SuppressWarnings("FutureReturnValueIgnored") // who runs is counted
class DefaultKeyTests {

    private final ApplicationContextRunner contexts = new ApplicationContextRunner()
            .withConfiguration(AutoConfigurations.of(SingleFlightAutoConfiguration.class))
            .withBean(Reports.class)
            .withBean("byLength", KeyGenerator.class, () -> (target, method, arguments) -> {
                String argument = (String) arguments[0];
                return argument == null ? null : method.getName() + target.hashCode() + argument.length();
            });

    @Test
    void equalArgumentsShare() {
        runs(1, reports -> {
            reports.of("north", 2025);
            reports.of("north", 2025);
        });
    }

    @Test
    void everyArgumentTellsCallsApart() {
        runs(3, reports -> {
            reports.of("north", 2025);
            reports.of("south", 2025);
            reports.of("north", 2026);
        });
    }

    @Test
    void argumentsInAnotherOrderAreAnotherCall() {
        runs(2, reports -> {
            reports.between("a", "b");
            reports.between("b", "a");
        });
    }

    @Test
    void callsWithoutArgumentsShare() {
        runs(1, reports -> {
            reports.all();
            reports.all();
        });
    }

    @Test
    void aNullArgumentIsAValue() {
        runs(2, reports -> {
            reports.named(null);
            reports.named(null);
            reports.named("null");
        });
    }

    @Test
    void aNullArgumentAmongOthersIsAValue() {
        runs(2, reports -> {
            reports.between("a", null);
            reports.between("a", null);
            reports.between(null, "a");
        });
    }

    @Test
    void aNullArgumentIsNoListOfNull() {
        runs(2, reports -> {
            reports.ofAll(null);
            reports.ofAll(Collections.singletonList(null));
        });
    }

    @Test
    void twoArgumentsAreNoListOfTwo() {
        runs(2, reports -> {
            reports.sharedBetween("a", "b");
            reports.sharedOf(List.of("a", "b"));
        });
    }

    @Test
    void noArgumentsAreNoEmptyList() {
        runs(2, reports -> {
            reports.sharedAll();
            reports.sharedOf(List.of());
        });
    }

    @Test
    void varargsAreComparedByContent() {
        runs(2, reports -> {
            reports.joined("a", "b");
            reports.joined("a", "b");
            reports.joined("a");
        });
    }

    @Test
    void recordsAndHiddenTypesAreComparedByContent() {
        runs(2, reports -> {
            reports.within(new Area("north", List.of(1)));
            reports.within(new Area("north", List.of(1)));
            reports.within(new Area("north", List.of(2)));
        });
    }

    @Test
    void theKeyGeneratorBeanMakesTheKey() {
        runs(2, reports -> {
            reports.generated("abc");
            reports.generated("xyz");
            reports.generated("abcd");
        });
    }

    @Test
    void aNullFromTheKeyGeneratorThrowsAndNamesItAndTheMethod() {
        contexts.run(context -> {
            Reports reports = context.getBean(Reports.class);
            assertThatThrownBy(() -> reports.generated(null))
                    .isExactlyInstanceOf(IllegalArgumentException.class)
                    .hasMessage("Key generator 'byLength' on DefaultKeyTests.Reports.generated(String) gave null, which"
                            + " tells no two calls apart. Give it a value, or a condition that excludes the call");
            assertThat(reports.runs()).hasValue(0);
        });
    }

    @Test
    void theKeyOfOneArgumentIsThatArgument() {
        contexts.run(context -> {
            context.getBean(Reports.class).named("north");
            assertThat(group(context, "named").inFlight())
                    .singleElement()
                    .satisfies(flight -> assertThat(flight.key()).isEqualTo("north"));
        });
    }

    @Test
    void theKeyOfSeveralArgumentsIsPrintedAsTheirList() {
        contexts.run(context -> {
            context.getBean(Reports.class).of("north", 2025);
            assertThat(group(context, "of").inFlight())
                    .singleElement()
                    .satisfies(flight -> assertThat(flight.key())
                            .hasToString(Arrays.asList("north", 2025).toString()));
        });
    }

    private void runs(int runs, Consumer<Reports> calls) {
        contexts.run(context -> {
            Reports reports = context.getBean(Reports.class);
            calls.accept(reports);
            assertThat(reports.runs()).hasValue(runs);
        });
    }

    private record Area(String name, List<Integer> codes) {}

    /** Reports that never come: each call that is no run has joined. */
    static class Reports {
        private final AtomicInteger runs = new AtomicInteger();

        public AtomicInteger runs() {
            return runs;
        }

        @SingleFlight("of")
        public CompletableFuture<String> of(String region, int year) {
            return never();
        }

        @SingleFlight("between")
        public CompletableFuture<String> between(String from, String to) {
            return never();
        }

        @SingleFlight("all")
        public CompletableFuture<String> all() {
            return never();
        }

        @SingleFlight("named")
        public CompletableFuture<String> named(String name) {
            return never();
        }

        @SingleFlight("of all")
        public CompletableFuture<String> ofAll(List<String> names) {
            return never();
        }

        @SingleFlight("joined")
        public CompletableFuture<String> joined(String... names) {
            return never();
        }

        @SingleFlight("within")
        CompletableFuture<String> within(Area area) {
            return never();
        }

        @SingleFlight("one group")
        public CompletableFuture<String> sharedBetween(String from, String to) {
            return never();
        }

        @SingleFlight("one group")
        public CompletableFuture<String> sharedOf(List<String> names) {
            return never();
        }

        @SingleFlight("one group")
        public CompletableFuture<String> sharedAll() {
            return never();
        }

        @SingleFlight(group = "generated", keyGenerator = "byLength")
        public CompletableFuture<String> generated(String name) {
            return never();
        }

        private CompletableFuture<String> never() {
            runs.incrementAndGet();
            return new CompletableFuture<>();
        }
    }
}
