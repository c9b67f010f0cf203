package dev.singleflight.interceptor;

import static dev.singleflight.Callers.failure;
import static dev.singleflight.Callers.group;
import static dev.singleflight.Callers.herd;
import static dev.singleflight.Callers.value;
import static org.assertj.core.api.Assertions.assertThat;

import dev.singleflight.Callers;
import dev.singleflight.Gate;
import dev.singleflight.annotation.SingleFlight;
import dev.singleflight.autoconfigure.SingleFlightAutoConfiguration;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.FutureTask;
import java.util.function.BiConsumer;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.context.ApplicationContext;
import org.springframework.http.ResponseEntity;
import org.springframework.util.ReflectionUtils;
import reactor.core.publisher.Mono;

/** Where the declared type does not say what callers get, each value does. */
@ExtendWith(OutputCaptureExtension.class)
class OpenReturnTypeTests {

    private final ApplicationContextRunner contexts = new ApplicationContextRunner()
            .withConfiguration(AutoConfigurations.of(SingleFlightAutoConfiguration.class))
            .withBean(Gate.class)
            .withBean(Texts.class)
            .withBean(Futures.class);

    static Stream<Supplier<?>> unshareable() {
        return Stream.of(
                OpenReturnTypeTests::stream,
                () -> Stream.of("text"),
                () -> new ArrayList<>(List.of("text")).iterator(),
                () -> Mono.fromSupplier(() -> "text"),
                () -> new FutureTask<>(() -> "text"),
                () -> new CompletableFuture<>(),
                () -> Optional.of(stream()),
                () -> ResponseEntity.ok(stream()),
                () -> Optional.of(ResponseEntity.ok(stream())));
    }

    @ParameterizedTest
    @MethodSource("unshareable")
    void everyCallerGetsAValueOfItsOwnWhereItCannotBeShared(Supplier<?> values) {
        notShared("find", texts -> texts.find(values));
    }

    @Test
    void aTypeVariableIsOpen() {
        notShared("load", texts -> texts.load(OpenReturnTypeTests::stream));
    }

    @Test
    void anOptionalOfAnythingIsOpen() {
        notShared("optional", texts -> texts.optional(OpenReturnTypeTests::stream));
    }

    @Test
    void aResponseOfAnythingIsOpen() {
        notShared("response", texts -> texts.response(OpenReturnTypeTests::stream));
    }

    static Stream<Supplier<?>> shareable() {
        return Stream.of(
                () -> new String("text"),
                () -> null,
                Optional::empty,
                () -> Optional.of("text"),
                () -> ResponseEntity.ok("text"),
                () -> ResponseEntity.noContent().build());
    }

    @ParameterizedTest
    @MethodSource("shareable")
    void aValueThatCanBeSharedIs(Supplier<?> values, CapturedOutput output) {
        withTexts((context, texts) -> {
            List<CompletableFuture<Object>> outcomes = herd(3, texts.gate(), context, "find", () -> texts.find(values));

            assertThat(outcomes)
                    .extracting(Callers::value)
                    .allSatisfy(each -> assertThat(each).isSameAs(value(outcomes.get(0))));
            assertThat(texts.gate().runs()).isOne();
            assertThat(output).doesNotContain("cannot share");
        });
    }

    @Test
    void followersThatRunForThemselvesAreCountedAsBypassed() {
        withTexts((context, texts) -> {
            herd(3, texts.gate(), context, "find", () -> texts.find(OpenReturnTypeTests::stream));

            assertThat(group(context, "find").stats().bypassed()).isEqualTo(2);
            assertThat(group(context, "find").stats().failures()).isZero();
        });
    }

    @Test
    void itIsReportedOncePerMethod(CapturedOutput output) {
        withTexts((context, texts) -> {
            texts.gate().open();
            texts.find(OpenReturnTypeTests::stream);
            texts.find(OpenReturnTypeTests::stream);
            texts.find(() -> new FutureTask<>(() -> "text"));
            texts.optional(OpenReturnTypeTests::stream);

            assertThat(output)
                    .containsOnlyOnce(
                            "Texts.find(Supplier) returned a java.io.ByteArrayInputStream, which callers cannot share:"
                                    + " each of them runs the call for itself. One caller would close it, or read it to"
                                    + " its end, for all. Return its content: a byte[], a String, a List.")
                    .containsOnlyOnce("Texts.optional(Supplier) returned a java.io.ByteArrayInputStream")
                    .doesNotContain("FutureTask");
        });
    }

    @Test
    void itIsSaidToDeclareAFuture(CapturedOutput output) {
        withTexts((context, texts) -> {
            texts.gate().open();
            texts.find(CompletableFuture::new);

            assertThat(output)
                    .contains("Texts.find(Supplier) returned a java.util.concurrent.CompletableFuture")
                    .contains("Declare the return type as CompletableFuture or CompletionStage, exactly.");
        });
    }

    @Test
    void aFollowersOwnRunMayFail() {
        withTexts((context, texts) -> {
            IllegalStateException broken = new IllegalStateException("broken");
            CompletableFuture<Object> leader = Callers.start(() -> texts.find(OpenReturnTypeTests::stream));
            texts.gate().awaitRuns(1);
            CompletableFuture<Object> follower = Callers.start(() -> texts.find(() -> {
                throw broken;
            }));
            Callers.awaitWaiting(group(context, "find"), 1);
            texts.gate().open();

            assertThat(value(leader)).isInstanceOf(InputStream.class);
            assertThat(failure(follower)).isSameAs(broken);
        });
    }

    @ParameterizedTest
    @ValueSource(strings = {"object", "wildcard", "raw"})
    void everyFutureGetsAValueOfItsOwnWhereItCannotBeShared(String method) {
        withFutures((context, futures) -> {
            CompletableFuture<?> leader = call(futures, method);
            CompletableFuture<?> first = call(futures, method);
            CompletableFuture<?> second = call(futures, method);
            assertThat(futures.stages()).hasSize(1);

            Object leaders = futures.complete(0);
            assertThat(value(leader)).isSameAs(leaders);
            Callers.awaitUntil(() -> futures.stages().size() == 3);
            Object one = futures.complete(1);
            Object other = futures.complete(2);

            assertThat(List.of(value(first), value(second))).containsExactlyInAnyOrder(one, other);
            assertThat(group(context, method).stats().bypassed()).isEqualTo(2);
        });
    }

    @Test
    void futuresOfAValueThatCanBeSharedShareIt() {
        withFutures((context, futures) -> {
            CompletableFuture<?> leader = futures.object();
            CompletableFuture<?> follower = futures.object();

            futures.stages().get(0).complete("text");

            assertThat(value(leader)).isEqualTo("text");
            assertThat(value(follower)).isEqualTo("text");
            assertThat(futures.stages()).hasSize(1);
        });
    }

    @Test
    void theFailureOfAFutureIsShared() {
        withFutures((context, futures) -> {
            IOException broken = new IOException("broken");
            CompletableFuture<?> leader = futures.object();
            CompletableFuture<?> follower = futures.object();

            futures.stages().get(0).completeExceptionally(broken);

            assertThat(failure(leader)).isSameAs(broken);
            assertThat(failure(follower)).isSameAs(broken);
            assertThat(futures.stages()).hasSize(1);
        });
    }

    @Test
    void aFutureThatIsCancelledLeavesTheFlight() {
        withFutures((context, futures) -> {
            CompletableFuture<?> leader = futures.object();
            CompletableFuture<?> follower = futures.object();
            Callers.awaitWaiting(group(context, "object"), 2);

            follower.cancel(true);
            assertThat(group(context, "object").stats().waiting()).isOne();

            Object own = futures.complete(0);
            assertThat(value(leader)).isSameAs(own);
            assertThat(futures.stages()).hasSize(1);
        });
    }

    @Test
    void aFutureThatCannotStartARunOfItsOwnFails() {
        withFutures((context, futures) -> {
            CompletableFuture<?> leader = futures.object();
            CompletableFuture<?> follower = futures.object();
            IllegalStateException broken = new IllegalStateException("broken");
            futures.refuse(broken);

            Object own = futures.complete(0);

            assertThat(value(leader)).isSameAs(own);
            assertThat(failure(follower)).isSameAs(broken);
        });
    }

    @Test
    void aBlockingFollowerOfAFutureRunsForItself() {
        withFutures((context, futures) -> {
            CompletableFuture<?> leader = futures.object();
            CompletableFuture<Object> follower = Callers.start(futures::objectNow);
            Callers.awaitWaiting(group(context, "object"), 2);

            Object own = futures.complete(0);

            assertThat(value(leader)).isSameAs(own);
            assertThat(value(follower)).isInstanceOf(InputStream.class).isNotSameAs(own);
        });
    }

    @ParameterizedTest
    @ValueSource(strings = {"closed", "bounded", "none", "list"})
    void aDeclaredTypeIsNotLookedAtAtRunTime(String method) {
        assertThat(shape(method)).isSameAs(PlainShape.BLOCKING);
    }

    @Test
    void aFutureOfADeclaredTypeIsNotLookedAtAtRunTime() {
        assertThat(shape("later")).isSameAs(PlainShape.FUTURE);
    }

    private static CallShape shape(String method) {
        return ReturnTypes.shapeOf(
                Declaration.of(ReflectionUtils.findMethod(Declared.class, method, (Class<?>[]) null), Declared.class),
                null);
    }

    private static CompletableFuture<?> call(Futures futures, String method) {
        return switch (method) {
            case "object" -> futures.object();
            case "wildcard" -> futures.wildcard();
            default -> futures.raw();
        };
    }

    private static InputStream stream() {
        return new ByteArrayInputStream(new byte[] {1});
    }

    private void notShared(String group, Function<Texts, Object> call) {
        withTexts((context, texts) -> {
            List<CompletableFuture<Object>> outcomes = herd(3, texts.gate(), context, group, () -> call.apply(texts));

            assertThat(outcomes).extracting(Callers::value).doesNotHaveDuplicates();
            assertThat(texts.gate().runs()).isEqualTo(3);
        });
    }

    private void withTexts(BiConsumer<ApplicationContext, Texts> test) {
        contexts.run(context -> test.accept(context, context.getBean(Texts.class)));
    }

    private void withFutures(BiConsumer<ApplicationContext, Futures> test) {
        contexts.run(context -> test.accept(context, context.getBean(Futures.class)));
    }

    static class Texts {
        private final Gate gate;

        Texts(Gate gate) {
            this.gate = gate;
        }

        public Gate gate() {
            return gate;
        }

        @SingleFlight(group = "find", key = "'one'")
        public Object find(Supplier<?> values) {
            return next(values);
        }

        @SingleFlight(group = "optional", key = "'one'")
        public Optional<?> optional(Supplier<?> values) {
            return Optional.of(next(values));
        }

        @SingleFlight(group = "response", key = "'one'")
        public ResponseEntity<?> response(Supplier<?> values) {
            return ResponseEntity.ok(next(values));
        }

        @SingleFlight(group = "load", key = "'one'")
        public <T> T load(Supplier<T> values) {
            return next(values);
        }

        private <T> T next(Supplier<T> values) {
            gate.pass();
            return values.get();
        }
    }

    static class Futures {
        private final List<CompletableFuture<Object>> stages = new CopyOnWriteArrayList<>();

        private volatile RuntimeException refusal;

        public List<CompletableFuture<Object>> stages() {
            return stages;
        }

        public void refuse(RuntimeException refusal) {
            this.refusal = refusal;
        }

        /** Completes a stage with a stream, and gives what it was completed with. */
        public Object complete(int stage) {
            Object value = stage % 2 == 0 ? stream() : Optional.of(stream());
            stages.get(stage).complete(value);
            return value;
        }

        @SingleFlight("object")
        public CompletableFuture<Object> object() {
            return next();
        }

        @SingleFlight("object")
        public Object objectNow() {
            return stream();
        }

        @SingleFlight("wildcard")
        public CompletableFuture<?> wildcard() {
            return next();
        }

        @SingleFlight("raw")
        @SuppressWarnings("rawtypes")
        public CompletableFuture raw() {
            return next();
        }

        private CompletableFuture<Object> next() {
            if (refusal != null) {
                throw refusal;
            }
            CompletableFuture<Object> stage = new CompletableFuture<>();
            stages.add(stage);
            return stage;
        }
    }

    static class Declared {
        public String closed() {
            return "text";
        }

        public <T extends Number> T bounded(T number) {
            return number;
        }

        public void none() {}

        public List<Object> list() {
            return List.of();
        }

        public CompletableFuture<String> later() {
            return CompletableFuture.completedFuture("text");
        }
    }
}
