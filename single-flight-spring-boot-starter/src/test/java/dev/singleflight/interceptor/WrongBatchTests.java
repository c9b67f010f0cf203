package dev.singleflight.interceptor;

import static org.assertj.core.api.Assertions.assertThat;

import dev.singleflight.annotation.SingleFlight;
import dev.singleflight.autoconfigure.SingleFlightAutoConfiguration;
import java.io.InputStream;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.core.NestedExceptionUtils;

/** A batch that is no {@code Map<K, V> find(Collection<K> keys)} stops the start. */
class WrongBatchTests {

    private static final String FORM =
            "A batch is declared as Map<K, V> find(Collection<K> keys); the parameter may be an"
                    + " Iterable, a List or a Set, too.";

    private final ApplicationContextRunner contexts = new ApplicationContextRunner()
            .withConfiguration(AutoConfigurations.of(SingleFlightAutoConfiguration.class));

    static Stream<Arguments> wrong() {
        String parameters = " parameters. Its keys are the elements of one; the others would tell no two calls apart.";
        String elements = FORM + " What else tells calls apart goes into the elements, or into every key: a"
                + " FlightKeyContributor.";
        String collection =
                "is a batch, but its parameter is no collection that a part of its elements can be given in.";
        String remove = "Remove it, or write the mere parameter: key = \"#ids\".";
        return Stream.of(
                Arguments.of(NoParameter.class, "is a batch of 0" + parameters, elements),
                Arguments.of(TwoParameters.class, "is a batch of 2" + parameters, elements),
                Arguments.of(OfArray.class, collection, FORM),
                Arguments.of(OfObject.class, collection, FORM),
                Arguments.of(OfSortedSet.class, collection, FORM),
                Arguments.of(ReturnsList.class, "is a batch, but returns java.util.List<java.lang.String>.", FORM),
                Arguments.of(
                        ReturnsFuture.class,
                        "is a batch, but returns java.util.concurrent.CompletableFuture<java.util.Map<java.lang.Long,"
                                + " java.lang.String>>.",
                        FORM),
                Arguments.of(
                        ReturnsSortedMap.class,
                        "is a batch, but returns java.util.SortedMap<java.lang.Long, java.lang.String>.",
                        FORM),
                Arguments.of(
                        OtherKeys.class,
                        "is a batch that is asked for each java.lang.Long and returns a map by java.lang.String, in which"
                                + " nobody would find one.",
                        FORM),
                Arguments.of(
                        KeyOfAll.class,
                        "is a batch with the key \"#ids.size()\"; its keys are the elements of its parameter.",
                        remove),
                Arguments.of(
                        WithKeyGenerator.class,
                        "is a batch with the keyGenerator 'generator'; its keys are the elements of its parameter.",
                        remove),
                Arguments.of(
                        Misspelt.class,
                        "Key expression \"#idz\" uses #idz, which is no parameter.",
                        "Write one of its parameters: #ids."),
                Arguments.of(
                        OfStreams.class,
                        "returns java.io.InputStream, which callers cannot share.",
                        "One caller would close it, or read it to its end, for all. Return its content: a byte[], a String,"
                                + " a List."),
                Arguments.of(
                        OfOptionalStreams.class,
                        "returns java.io.InputStream, which callers cannot share.",
                        "One caller would close it, or read it to its end, for all. Return its content: a byte[], a String,"
                                + " a List."));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("wrong")
    void stopsTheStart(Class<?> bean, String reason, String action) {
        contexts.withBean(bean).run(context -> {
            assertThat(context).hasFailed();
            assertThat(NestedExceptionUtils.getMostSpecificCause(context.getStartupFailure()))
                    .isInstanceOfSatisfying(InvalidSingleFlightException.class, failure -> {
                        assertThat(failure.reason())
                                .startsWith("WrongBatchTests." + bean.getSimpleName() + ".find")
                                .endsWith("): " + reason);
                        assertThat(failure.action()).isEqualTo(action);
                    });
        });
    }

    @Test
    void aBatchAndSingleCallsOfOneTypeOfValueAreOneGroup() {
        contexts.withBean(Numbers.class).run(context -> assertThat(context).hasNotFailed());
    }

    @Test
    void aBatchAndSingleCallsOfTwoTypesOfValueAreNot() {
        contexts.withBean(Mixed.class)
                .run(context -> assertThat(NestedExceptionUtils.getMostSpecificCause(context.getStartupFailure()))
                        .isInstanceOf(InvalidSingleFlightException.class)
                        .hasMessageContaining("its group 'mixed' holds ")
                        .hasMessageContaining("java.lang.String")
                        .hasMessageContaining("java.lang.Integer"));
    }

    static class NoParameter {
        @SingleFlight(batch = true)
        public Map<Long, String> find() {
            return Map.of();
        }
    }

    static class TwoParameters {
        @SingleFlight(key = "#ids", batch = true)
        public Map<Long, String> find(String tenant, Collection<Long> ids) {
            return Map.of();
        }
    }

    static class OfArray {
        @SingleFlight(batch = true)
        public Map<Long, String> find(Long... ids) {
            return Map.of();
        }
    }

    static class OfObject {
        @SingleFlight(batch = true)
        public Map<Long, String> find(Object ids) {
            return Map.of();
        }
    }

    static class OfSortedSet {
        @SingleFlight(batch = true)
        public Map<Long, String> find(SortedSet<Long> ids) {
            return Map.of();
        }
    }

    static class ReturnsList {
        @SingleFlight(batch = true)
        public List<String> find(Collection<Long> ids) {
            return List.of();
        }
    }

    static class ReturnsFuture {
        @SingleFlight(batch = true)
        public CompletableFuture<Map<Long, String>> find(Collection<Long> ids) {
            return new CompletableFuture<>();
        }
    }

    static class ReturnsSortedMap {
        @SingleFlight(batch = true)
        public SortedMap<Long, String> find(Collection<Long> ids) {
            throw new UnsupportedOperationException();
        }
    }

    static class OtherKeys {
        @SingleFlight(batch = true)
        public Map<String, String> find(Collection<Long> ids) {
            return Map.of();
        }
    }

    static class KeyOfAll {
        @SingleFlight(key = "#ids.size()", batch = true)
        public Map<Long, String> find(Collection<Long> ids) {
            return Map.of();
        }
    }

    static class WithKeyGenerator {
        @SingleFlight(keyGenerator = "generator", batch = true)
        public Map<Long, String> find(Collection<Long> ids) {
            return Map.of();
        }
    }

    static class Misspelt {
        @SingleFlight(key = "#idz", batch = true)
        public Map<Long, String> find(Collection<Long> ids) {
            return Map.of();
        }
    }

    static class OfStreams {
        @SingleFlight(batch = true)
        public Map<Long, InputStream> find(Collection<Long> ids) {
            return Map.of();
        }
    }

    static class OfOptionalStreams {
        @SingleFlight(batch = true)
        public Map<Long, Optional<InputStream>> find(Collection<Long> ids) {
            return Map.of();
        }
    }

    static class Numbers {
        @SingleFlight(group = "numbers")
        public int find(long id) {
            return 7;
        }

        @SingleFlight(group = "numbers", batch = true)
        public Map<Long, Integer> findAll(Collection<Long> ids) {
            return Map.of();
        }
    }

    static class Mixed {
        @SingleFlight(group = "mixed")
        public String find(long id) {
            return "7";
        }

        @SingleFlight(group = "mixed", batch = true)
        public Map<Long, Integer> findAll(Collection<Long> ids) {
            return Map.of();
        }
    }
}
