package dev.singleflight.interceptor;

import static dev.singleflight.Callers.failure;
import static dev.singleflight.Callers.group;
import static dev.singleflight.Callers.herd;
import static dev.singleflight.Callers.value;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.entry;

import dev.singleflight.Callers;
import dev.singleflight.Gate;
import dev.singleflight.annotation.SingleFlight;
import dev.singleflight.autoconfigure.SingleFlightAutoConfiguration;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.boot.test.context.runner.ContextConsumer;
import org.springframework.context.ApplicationContext;

/** What callers of each return type get. */
@SuppressWarnings("FutureReturnValueIgnored") // flights that stay up
class ReturnTypeTests {

    private final ApplicationContextRunner contexts = new ApplicationContextRunner()
            .withConfiguration(AutoConfigurations.of(SingleFlightAutoConfiguration.class))
            .withBean(Gate.class)
            .withBean(Catalogue.class);

    @Test
    void voidCallersWaitForTheOneRun() {
        sharedBy("void", catalogue -> {
            catalogue.rebuild();
            return "done";
        });
    }

    @Test
    void primitivesAreShared() {
        shared("int", Catalogue::count, 42);
    }

    @Test
    void optionalsAreShared() {
        shared("optional", Catalogue::first, Optional.of("first"));
    }

    @Test
    void nullIsAValue() {
        shared("null", Catalogue::nothing, null);
    }

    @Test
    void aValueIsTheSameInstanceForAll() {
        contexts.run(context -> {
            Catalogue catalogue = context.getBean(Catalogue.class);
            List<CompletableFuture<List<String>>> outcomes =
                    herd(4, context.getBean(Gate.class), context, "list", catalogue::list);
            assertThat(outcomes)
                    .extracting(Callers::value)
                    .allSatisfy(list -> assertThat(list).isSameAs(value(outcomes.get(0))));
        });
    }

    @Test
    void futuresShareOneStage() {
        withFutures(futures -> {
            CompletableFuture<String> leader = futures.load(7);
            CompletableFuture<String> follower = futures.load(7);
            assertThat(futures.stages()).hasSize(1);

            futures.stages().remove().complete("seven");

            assertThat(value(leader)).isEqualTo("seven");
            assertThat(value(follower)).isEqualTo("seven");
        });
    }

    @Test
    void completionStagesShareOneStage() {
        withFutures(futures -> {
            CompletionStage<String> leader = futures.stage(7);
            CompletionStage<String> follower = futures.stage(7);
            assertThat(futures.stages()).hasSize(1);

            futures.stages().remove().complete("seven");

            assertThat(value(leader.toCompletableFuture())).isEqualTo("seven");
            assertThat(value(follower.toCompletableFuture())).isEqualTo("seven");
        });
    }

    @Test
    void everyCallerHasItsOwnFuture() {
        withFutures(futures -> {
            CompletableFuture<String> leader = futures.load(7);
            CompletableFuture<String> follower = futures.load(7);

            leader.cancel(true);
            futures.stages().remove().complete("seven");

            assertThat(value(follower)).isEqualTo("seven");
        });
    }

    @Test
    void aFuturesFailureIsTheSameForAll() {
        withFutures(futures -> {
            CompletableFuture<String> leader = futures.load(7);
            CompletableFuture<String> follower = futures.load(7);
            IOException broken = new IOException("broken");

            futures.stages().remove().completeExceptionally(broken);

            assertThat(failure(leader)).isSameAs(broken);
            assertThat(failure(follower)).isSameAs(broken);
        });
    }

    @Test
    void aFutureOfNullIsAValue() {
        withFutures(futures -> {
            CompletableFuture<String> leader = futures.load(7);

            futures.stages().remove().complete(null);

            assertThat(value(leader)).isNull();
        });
    }

    @Test
    void aFutureThatHasLandedIsNotJoined() {
        withFutures(futures -> {
            futures.load(7);
            futures.stages().remove().complete("seven");
            futures.load(7);
            assertThat(futures.stages()).hasSize(1);
        });
    }

    @Test
    void aMethodThatReturnsANullFutureFailsThatFuture() {
        withFutures(futures -> assertThat(failure(futures.none()))
                .isExactlyInstanceOf(NullPointerException.class)
                .hasMessageContaining("none"));
    }

    @Test
    void whatAFutureMethodThrowsFailsTheFuture() {
        withFutures(futures -> assertThat(failure(futures.broken()))
                .isExactlyInstanceOf(IllegalStateException.class)
                .hasMessage("broken"));
    }

    @Test
    void aBlockingCallJoinsTheFlightOfAFuture() {
        contexts.withBean(Futures.class).run(context -> {
            Futures futures = context.getBean(Futures.class);
            CompletableFuture<String> leader = futures.shared(7);

            CompletableFuture<String> follower = Callers.start(() -> futures.sharedNow(7));
            Callers.awaitWaiting(group(context, "shared"), 2);
            futures.stages().remove().complete("seven");

            assertThat(value(leader)).isEqualTo("seven");
            assertThat(value(follower)).isEqualTo("seven");
        });
    }

    static Stream<Map.Entry<String, ContextConsumer<ApplicationContext>>> calls() {
        return Stream.of(
                entry("value", context -> context.getBean(Catalogue.class).conditional(-1)),
                entry("void", context -> context.getBean(Catalogue.class).conditionalRebuild(-1)),
                entry(
                        "future",
                        context -> value(context.getBean(Catalogue.class).conditionalLater(-1))));
    }

    @ParameterizedTest
    @MethodSource("calls")
    void aFalseConditionBypassesAndIsCounted(Map.Entry<String, ContextConsumer<ApplicationContext>> call) {
        contexts.run(context -> {
            call.getValue().accept(context);
            assertThat(group(context, "conditional " + call.getKey()).stats().bypassed())
                    .isOne();
        });
    }

    @Test
    void aConditionThatIsNullBypasses() {
        contexts.run(context -> {
            context.getBean(Catalogue.class).conditionalOn(null);
            assertThat(group(context, "conditional on").stats().bypassed()).isOne();
        });
    }

    @Test
    void aTrueConditionShares() {
        contexts.run(context -> {
            context.getBean(Catalogue.class).conditional(1);
            assertThat(group(context, "conditional value").stats().bypassed()).isZero();
            assertThat(group(context, "conditional value").stats().calls()).isOne();
        });
    }

    @Test
    void whereTheConditionIsFalseCallsRunSideBySide() {
        contexts.run(context -> {
            Catalogue catalogue = context.getBean(Catalogue.class);
            Gate gate = context.getBean(Gate.class);

            CompletableFuture<String> first = Callers.start(() -> catalogue.gated(-1));
            CompletableFuture<String> second = Callers.start(() -> catalogue.gated(-1));
            gate.awaitRuns(2);
            gate.open();

            assertThat(value(first)).isEqualTo(value(second));
        });
    }

    private void withFutures(Consumer<Futures> test) {
        contexts.withBean(Futures.class).run(context -> test.accept(context.getBean(Futures.class)));
    }

    private <T> void shared(String group, Function<Catalogue, T> call, T expected) {
        contexts.run(context -> {
            Catalogue catalogue = context.getBean(Catalogue.class);
            Gate gate = context.getBean(Gate.class);

            List<CompletableFuture<T>> outcomes = herd(4, gate, context, group, () -> call.apply(catalogue));

            assertThat(outcomes).extracting(Callers::value).containsOnly(expected);
            assertThat(gate.runs()).isOne();
        });
    }

    private void sharedBy(String group, Function<Catalogue, String> call) {
        shared(group, call, "done");
    }

    static class Catalogue {
        private final Gate gate;

        Catalogue(Gate gate) {
            this.gate = gate;
        }

        @SingleFlight("void")
        public void rebuild() {
            gate.pass();
        }

        @SingleFlight("int")
        public int count() {
            gate.pass();
            return 42;
        }

        @SingleFlight("optional")
        public Optional<String> first() {
            gate.pass();
            return Optional.of("first");
        }

        @SingleFlight("null")
        public String nothing() {
            gate.pass();
            return null;
        }

        @SingleFlight("list")
        public List<String> list() {
            gate.pass();
            return List.of("a", "b");
        }

        @SingleFlight(group = "conditional value", condition = "#id > 0")
        public String conditional(int id) {
            return "value " + id;
        }

        @SingleFlight(group = "conditional void", condition = "#id > 0")
        public void conditionalRebuild(int id) {}

        @SingleFlight(group = "conditional future", condition = "#id > 0")
        public CompletableFuture<String> conditionalLater(int id) {
            return CompletableFuture.completedFuture("later " + id);
        }

        @SingleFlight(group = "conditional on", condition = "#on")
        public String conditionalOn(Boolean on) {
            return "on " + on;
        }

        @SingleFlight(group = "gated", condition = "#id > 0")
        public String gated(int id) {
            gate.pass();
            return "gated " + id;
        }
    }

    static class Futures {
        private final Queue<CompletableFuture<String>> stages = new ArrayDeque<>();

        public Queue<CompletableFuture<String>> stages() {
            return stages;
        }

        @SingleFlight(group = "load", key = "#id")
        public CompletableFuture<String> load(int id) {
            CompletableFuture<String> stage = new CompletableFuture<>();
            stages.add(stage);
            return stage;
        }

        @SingleFlight(group = "stage", key = "#id")
        public CompletionStage<String> stage(int id) {
            CompletableFuture<String> stage = new CompletableFuture<>();
            stages.add(stage);
            return stage;
        }

        @SingleFlight(group = "shared", key = "#id")
        public CompletableFuture<String> shared(int id) {
            return load(id);
        }

        @SingleFlight(group = "shared", key = "#id")
        public String sharedNow(int id) {
            return "now " + id;
        }

        @SingleFlight("none")
        public CompletableFuture<String> none() {
            return null;
        }

        @SingleFlight("broken")
        public CompletableFuture<String> broken() {
            throw new IllegalStateException("broken");
        }
    }
}
