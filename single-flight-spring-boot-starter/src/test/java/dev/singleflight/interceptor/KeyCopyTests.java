package dev.singleflight.interceptor;

import static dev.singleflight.Callers.group;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.singleflight.annotation.SingleFlight;
import dev.singleflight.autoconfigure.SingleFlightAutoConfiguration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;

/** What is mutable in a key is copied before the claim, and compared by content. */
@SuppressWarnings("FutureReturnValueIgnored") // flights that stay up
class KeyCopyTests {

    private final ApplicationContextRunner contexts = new ApplicationContextRunner()
            .withConfiguration(AutoConfigurations.of(SingleFlightAutoConfiguration.class))
            .withBean(Lookups.class);

    @Test
    void aMethodThatSortsItsOwnListLeavesNoEntry() {
        contexts.run(context -> {
            Lookups lookups = context.getBean(Lookups.class);
            assertThat(lookups.sort(new ArrayList<>(List.of(3, 1, 2)))).containsExactly(1, 2, 3);
            assertThat(group(context, "sort").inFlight()).isEmpty();
            assertThat(group(context, "sort").stats().active()).isZero();
        });
    }

    @Test
    void aMethodThatClearsItsOwnMapLeavesNoEntry() {
        contexts.run(context -> {
            Lookups lookups = context.getBean(Lookups.class);
            lookups.clear(new HashMap<>(Map.of("a", 1)));
            assertThat(group(context, "clear").inFlight()).isEmpty();
        });
    }

    @Test
    void aMethodThatOverwritesItsOwnArrayLeavesNoEntry() {
        contexts.run(context -> {
            Lookups lookups = context.getBean(Lookups.class);
            lookups.fill(new int[] {1, 2});
            assertThat(group(context, "fill").inFlight()).isEmpty();
        });
    }

    @Test
    void aMethodThatChangesAListWithinAMapLeavesNoEntry() {
        contexts.run(context -> {
            Lookups lookups = context.getBean(Lookups.class);
            lookups.clearNested(new HashMap<>(Map.of("a", new ArrayList<>(List.of(1)))));
            assertThat(group(context, "clear nested").inFlight()).isEmpty();
        });
    }

    @SuppressWarnings("unchecked") // made of such by nested()
    static Stream<Consumer<List<Object>>> changes() {
        return Stream.of(
                list -> list.add("more"),
                list -> ((List<Object>) list.get(0)).add("more"),
                list -> ((Map<Object, Object>) list.get(1)).put("k", "more"),
                list -> ((Set<Object>) list.get(2)).add("more"),
                list -> ((int[]) list.get(3))[0] = 99,
                list -> ((Object[][]) list.get(4))[1][0] = "more");
    }

    @ParameterizedTest
    @MethodSource("changes")
    void whatTheCallerChangesLaterDoesNotChangeTheKey(Consumer<List<Object>> change) {
        contexts.run(context -> {
            Lookups lookups = context.getBean(Lookups.class);
            List<Object> key = nested();
            lookups.find(key);
            change.accept(key);

            lookups.find(nested());
            assertThat(lookups.runs()).as("joined by what it was").hasValue(1);

            lookups.find(key);
            assertThat(lookups.runs()).as("not by what it became").hasValue(2);
        });
    }

    static Stream<Arguments> equalKeys() {
        return Stream.of(
                Arguments.of(new int[] {1, 2}, new int[] {1, 2}),
                Arguments.of(new long[0], new long[0]),
                Arguments.of(new String[] {"a", null}, new String[] {"a", null}),
                Arguments.of(new Object[] {new int[] {1}, "x"}, new Object[] {new int[] {1}, "x"}),
                Arguments.of(new int[][] {{1}, {2, 3}}, new int[][] {{1}, {2, 3}}),
                Arguments.of(List.of(new byte[] {1}), List.of(new byte[] {1})),
                Arguments.of(List.of(1, 2), new ArrayList<>(List.of(1, 2))),
                Arguments.of(Arrays.asList(1, null), Arrays.asList(1, null)),
                Arguments.of(List.of(), Collections.emptyList()),
                Arguments.of(Set.of(1, 2, 3), new TreeSet<>(Set.of(3, 2, 1))),
                Arguments.of(Set.of(List.of(1)), new LinkedHashSet<>(List.of(List.of(1)))),
                Arguments.of(Map.of("a", 1, "b", 2), new TreeMap<>(Map.of("b", 2, "a", 1))),
                Arguments.of(Map.of("a", new int[] {1}), Map.of("a", new int[] {1})),
                Arguments.of(Map.of(List.of("a"), Set.of(1)), Map.of(List.of("a"), Set.of(1))),
                Arguments.of(new ArrayDeque<>(List.of(1, 2)), new ArrayDeque<>(List.of(1, 2))),
                Arguments.of(nested(), nested()));
    }

    @ParameterizedTest
    @MethodSource("equalKeys")
    void equalContentsShare(Object one, Object other) {
        contexts.run(context -> {
            Lookups lookups = context.getBean(Lookups.class);
            lookups.find(one);
            lookups.find(other);
            assertThat(lookups.runs()).hasValue(1);
        });
    }

    static Stream<Arguments> differentKeys() {
        return Stream.of(
                Arguments.of(new int[] {1, 2}, new int[] {2, 1}),
                Arguments.of(new int[] {1}, new long[] {1}),
                Arguments.of(new int[] {1}, new Integer[] {1}),
                Arguments.of(new int[] {1}, List.of(1)),
                Arguments.of(new int[0], new long[0]),
                Arguments.of(new Object[] {"a"}, new String[] {"a"}),
                Arguments.of(new int[][] {{1}, {2, 3}}, new int[][] {{1, 2}, {3}}),
                Arguments.of(List.of(1, 2), List.of(2, 1)),
                Arguments.of(List.of(1, 2), Set.of(1, 2)),
                Arguments.of(List.of(List.of(1), List.of()), List.of(List.of(), List.of(1))),
                Arguments.of(Map.of("a", 1), Map.of("a", 2)),
                Arguments.of(Map.of("a", new int[] {1}), Map.of("a", new int[] {2})),
                Arguments.of(List.of("a"), "a"),
                Arguments.of(1, 1L));
    }

    @ParameterizedTest
    @MethodSource("differentKeys")
    void differentContentsDoNotShare(Object one, Object other) {
        contexts.run(context -> {
            Lookups lookups = context.getBean(Lookups.class);
            lookups.find(one);
            lookups.find(other);
            assertThat(lookups.runs()).hasValue(2);
        });
    }

    @Test
    void argumentsOfTheDefaultKeyAreCopiedToo() {
        contexts.run(context -> {
            Lookups lookups = context.getBean(Lookups.class);
            List<Integer> ids = new ArrayList<>(List.of(1));
            lookups.findAll("region", ids);
            ids.add(2);
            lookups.findAll("region", List.of(1));
            assertThat(lookups.runs()).hasValue(1);
        });
    }

    @Test
    void aNullKeyThrowsAndNamesMethodAndExpression() {
        contexts.run(context -> {
            Lookups lookups = context.getBean(Lookups.class);
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> lookups.find(null))
                    .withMessage(
                            "Key expression \"#key\" on KeyCopyTests.Lookups.find(Object) gave null, which tells no"
                                    + " two calls apart. Give it a value, or a condition that excludes the call");
            assertThat(lookups.runs()).hasValue(0);
        });
    }

    @Test
    void aNameGoesBeforeAPosition() {
        contexts.run(context -> {
            Lookups lookups = context.getBean(Lookups.class);
            lookups.distance("north", "south");
            assertThat(group(context, "distance").inFlight())
                    .singleElement()
                    .satisfies(flight -> assertThat(flight.key()).isEqualTo("north/south"));
        });
    }

    @Test
    void aNameGoesBeforeAPositionInEveryWayOfEvaluation() {
        contexts.run(context -> {
            Lookups lookups = context.getBean(Lookups.class);
            lookups.distanceByRoot("north", "south");
            assertThat(group(context, "distance by root").inFlight())
                    .singleElement()
                    .satisfies(flight -> assertThat(flight.key()).isEqualTo("distanceByRoot north/south"));
        });
    }

    private static List<Object> nested() {
        return new ArrayList<>(List.of(
                new ArrayList<>(List.of("a")),
                new HashMap<>(Map.of("k", 1)),
                new LinkedHashSet<>(Set.of("s")),
                new int[] {1, 2},
                new Object[][] {{"x"}, {"y"}}));
    }

    static class Lookups {
        private final AtomicInteger runs = new AtomicInteger();

        public AtomicInteger runs() {
            return runs;
        }

        @SingleFlight(group = "find", key = "#key")
        public CompletableFuture<String> find(Object key) {
            return never();
        }

        @SingleFlight("find all")
        public CompletableFuture<String> findAll(String region, List<Integer> ids) {
            return never();
        }

        @SingleFlight(group = "sort", key = "#ids")
        public List<Integer> sort(List<Integer> ids) {
            Collections.sort(ids);
            return ids;
        }

        @SingleFlight(group = "clear", key = "#ids")
        public void clear(Map<String, Integer> ids) {
            ids.clear();
        }

        @SingleFlight(group = "fill", key = "#ids")
        public void fill(int[] ids) {
            Arrays.fill(ids, 0);
        }

        @SingleFlight(group = "clear nested", key = "#ids")
        public void clearNested(Map<String, List<Integer>> ids) {
            ids.values().forEach(List::clear);
        }

        @SingleFlight(group = "distance", key = "#p1 + '/' + #p2")
        public CompletableFuture<String> distance(String p1, String p2) {
            return never();
        }

        @SingleFlight(group = "distance by root", key = "#root.method.name + ' ' + #p1 + '/' + #p2")
        public CompletableFuture<String> distanceByRoot(String p1, String p2) {
            return never();
        }

        private CompletableFuture<String> never() {
            runs.incrementAndGet();
            return new CompletableFuture<>();
        }
    }
}
