package dev.singleflight.interceptor;

import static dev.singleflight.Callers.awaitWaiting;
import static dev.singleflight.Callers.group;
import static dev.singleflight.Callers.value;
import static org.assertj.core.api.Assertions.assertThat;

import dev.singleflight.Callers;
import dev.singleflight.Gate;
import dev.singleflight.SingleFlightGroup;
import dev.singleflight.annotation.SingleFlight;
import dev.singleflight.autoconfigure.SingleFlightAutoConfiguration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.Deque;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.aop.support.AopUtils;
import org.springframework.beans.factory.BeanFactory;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.context.annotation.Configuration;
import org.springframework.security.access.prepost.PostFilter;
import org.springframework.security.access.prepost.PreAuthorize;
import org.springframework.security.authentication.TestingAuthenticationToken;
import org.springframework.security.authorization.method.AuthorizeReturnObject;
import org.springframework.security.config.annotation.method.configuration.EnableMethodSecurity;
import org.springframework.security.core.context.SecurityContextHolder;

/** Where Spring Security changes a result in place, every caller of a flight has one of its own. */
class PostFilterTests {

    private final ApplicationContextRunner contexts = new ApplicationContextRunner()
            .withConfiguration(AutoConfigurations.of(SingleFlightAutoConfiguration.class))
            .withUserConfiguration(Secured.class)
            .withBean(Gate.class);

    @ParameterizedTest(name = "class proxies: {0}")
    @ValueSource(booleans = {true, false})
    void eachOfThreeCallersOfOneFlightGetsItsOwnList(boolean classProxies) {
        contexts.withPropertyValues("spring.aop.proxy-target-class=" + classProxies)
                .withBean(OwnedDocuments.class)
                .run(context -> {
                    Documents documents = context.getBean(Documents.class);

                    List<CompletableFuture<List<String>>> outcomes =
                            flight(context, "documents", () -> documents.all(), "ann", "bob", "eve");

                    assertThat(value(outcomes.get(0))).containsExactly("ann 1", "ann 2");
                    assertThat(value(outcomes.get(1))).containsExactly("bob 1");
                    assertThat(value(outcomes.get(2))).isEmpty();
                    assertThat(context.getBean(Gate.class).runs()).isOne();
                });
    }

    @Test
    void whatTheMethodReturnedStaysAsItIs() {
        contexts.withBean(Results.class).run(context -> {
            Results results = context.getBean(Results.class);

            List<CompletableFuture<Collection<String>>> outcomes =
                    flight(context, "collection", results::collection, "ann", "bob", "eve");

            assertThat(value(outcomes.get(0))).containsExactly("ann 1");
            assertThat(value(outcomes.get(1))).containsExactly("bob 1");
            assertThat(value(outcomes.get(2))).isEmpty();
            assertThat(results.held()).containsExactly("ann 1", "bob 1");
        });
    }

    @Test
    void mapsAreTheCallersOwnToo() {
        contexts.withBean(Results.class).run(context -> {
            Results results = context.getBean(Results.class);

            List<CompletableFuture<Map<String, String>>> outcomes =
                    flight(context, "map", results::map, "ann", "bob", "eve");

            assertThat(value(outcomes.get(0))).containsExactly(Map.entry("ann", "1"));
            assertThat(value(outcomes.get(1))).containsExactly(Map.entry("bob", "1"));
            assertThat(value(outcomes.get(2))).isEmpty();
        });
    }

    @Test
    void aSortedSetKeepsItsOrder() {
        contexts.withBean(Results.class).run(context -> {
            Results results = context.getBean(Results.class);

            List<CompletableFuture<SortedSet<String>>> outcomes =
                    flight(context, "sorted set", results::sortedSet, "ann", "ann");

            assertThat(outcomes)
                    .extracting(Callers::value)
                    .allSatisfy(set -> assertThat(set).containsExactly("ann 2", "ann 1"));
            assertThat(value(outcomes.get(0))).isNotSameAs(value(outcomes.get(1)));
        });
    }

    @Test
    void whoeverRunsAloneIsFilteredAsWithoutUs() {
        contexts.withPropertyValues("single-flight.enabled=false")
                .withBean(OwnedDocuments.class)
                .run(context -> {
                    context.getBean(Gate.class).open();
                    Documents documents = context.getBean(Documents.class);
                    assertThat(as("ann", documents::all).call()).containsExactly("ann 1", "ann 2");
                });
    }

    /** It empties and refills lists as well, to put proxies in the place of elements. */
    @Test
    void authorizedReturnObjectsAreTheCallersOwnToo() {
        contexts.withBean(Accounts.class).run(context -> {
            Accounts accounts = context.getBean(Accounts.class);

            List<CompletableFuture<List<Account>>> outcomes =
                    flight(context, "accounts", accounts::all, "ann", "bob", "eve");

            assertThat(accounts.held()).hasSize(2).noneMatch(AopUtils::isAopProxy);
            assertThat(outcomes)
                    .extracting(Callers::value)
                    .allSatisfy(list -> assertThat(list).hasSize(2).allMatch(AopUtils::isAopProxy));
        });
    }

    @Test
    void authorizedReturnObjectsInAnOptionalAreTheCallersOwnToo() {
        contexts.withBean(Accounts.class).run(context -> {
            Accounts accounts = context.getBean(Accounts.class);

            List<CompletableFuture<Optional<List<Account>>>> outcomes =
                    flight(context, "accounts if any", accounts::ifAny, "ann", "bob");

            assertThat(accounts.held()).hasSize(2).noneMatch(AopUtils::isAopProxy);
            assertThat(outcomes)
                    .extracting(Callers::value)
                    .allSatisfy(
                            list -> assertThat(list.orElseThrow()).hasSize(2).allMatch(AopUtils::isAopProxy));
        });
    }

    static Stream<Class<?>> uncopied() {
        return Stream.of(Deques.class, ConcurrentLists.class, EnumSets.class, ConcurrentMaps.class);
    }

    @ParameterizedTest
    @MethodSource("uncopied")
    void aTypeOfWhichThereIsNoCopyStopsTheStart(Class<?> type) {
        contexts.withBean(type)
                .run(context -> assertThat(context.getStartupFailure())
                        .rootCause()
                        .isInstanceOfSatisfying(InvalidSingleFlightException.class, invalid -> {
                            assertThat(invalid.reason())
                                    .startsWith("PostFilterTests." + type.getSimpleName() + ".all(): returns ")
                                    .endsWith(", which @PostFilter changes in place for every caller of a flight.");
                            assertThat(invalid.action()).startsWith("Return a Collection, List, Set,");
                        }));
    }

    @Test
    void aCopyIsOfTheDeclaredType() {
        assertThat(ShallowCopy.isPossible(Object.class)).isTrue();
        assertThat(ShallowCopy.isPossible(String[].class)).isTrue();
        assertThat(ShallowCopy.isPossible(Iterable.class)).isTrue();
        assertThat(ShallowCopy.isPossible(ArrayList.class)).isTrue();
        assertThat(ShallowCopy.isPossible(LinkedHashSet.class)).isTrue();
        assertThat(ShallowCopy.isPossible(LinkedHashMap.class)).isTrue();
        assertThat(ShallowCopy.isPossible(SortedMap.class)).isTrue();
        assertThat(ShallowCopy.of(new TreeSet<>(Set.of(1)))).isInstanceOf(SortedSet.class);
        assertThat(ShallowCopy.of(Set.of(1))).isInstanceOf(LinkedHashSet.class);
        assertThat(ShallowCopy.of(new CopyOnWriteArrayList<>(List.of(1)))).isInstanceOf(ArrayList.class);
        assertThat(ShallowCopy.of(Map.of(1, 2))).isInstanceOf(LinkedHashMap.class);
        assertThat(ShallowCopy.of(new TreeMap<>(Map.of(1, 2)))).isInstanceOf(SortedMap.class);
        assertThat(ShallowCopy.of(null)).isNull();
        assertThat(ShallowCopy.of("text")).isEqualTo("text");
    }

    /** One flight of all users, the first of them its leader. */
    private static <T> List<CompletableFuture<T>> flight(
            BeanFactory beans, String name, Callable<T> call, String... users) {
        Gate gate = beans.getBean(Gate.class);
        SingleFlightGroup<?, ?> group = group(beans, name);
        List<CompletableFuture<T>> outcomes = new ArrayList<>();
        for (String user : users) {
            outcomes.add(Callers.start(as(user, call)));
            if (outcomes.size() == 1) {
                gate.awaitRuns(1);
            }
            awaitWaiting(group, outcomes.size() - 1);
        }
        gate.open();
        return outcomes;
    }

    private static <T> Callable<T> as(String user, Callable<T> call) {
        return () -> {
            SecurityContextHolder.getContext().setAuthentication(new TestingAuthenticationToken(user, "", "ROLE_USER"));
            try {
                return call.call();
            } finally {
                SecurityContextHolder.clearContext();
            }
        };
    }

    @Configuration(proxyBeanMethods = false)
    @EnableMethodSecurity
    static class Secured {}

    interface Documents {
        @PostFilter("filterObject.startsWith(authentication.name)")
        List<String> all();
    }

    static class OwnedDocuments implements Documents {
        private final Gate gate;

        OwnedDocuments(Gate gate) {
            this.gate = gate;
        }

        @Override
        @SingleFlight("documents")
        public List<String> all() {
            gate.pass();
            return new ArrayList<>(List.of("ann 1", "bob 1", "ann 2"));
        }
    }

    @PostFilter("filterObject.startsWith(authentication.name)")
    static class Results {
        private final Gate gate;
        private final List<String> held = new ArrayList<>(List.of("ann 1", "bob 1"));

        Results(Gate gate) {
            this.gate = gate;
        }

        @SingleFlight("collection")
        public Collection<String> collection() {
            gate.pass();
            return held;
        }

        @SingleFlight("sorted set")
        public SortedSet<String> sortedSet() {
            gate.pass();
            SortedSet<String> set = new TreeSet<>(Comparator.reverseOrder());
            set.addAll(List.of("ann 1", "ann 2", "bob 1"));
            return set;
        }

        @SingleFlight("map")
        @PostFilter("filterObject.key == authentication.name")
        public Map<String, String> map() {
            gate.pass();
            return new LinkedHashMap<>(Map.of("ann", "1", "bob", "1"));
        }

        @PostFilter("true")
        List<String> held() {
            return List.copyOf(held);
        }
    }

    static class Account {
        @PreAuthorize("hasRole('ADMIN')")
        public String number() {
            return "42";
        }
    }

    static class Accounts {
        private final Gate gate;
        private final List<Account> held = new ArrayList<>(List.of(new Account(), new Account()));

        Accounts(Gate gate) {
            this.gate = gate;
        }

        @AuthorizeReturnObject
        @SingleFlight("accounts")
        public List<Account> all() {
            gate.pass();
            return held;
        }

        @AuthorizeReturnObject
        @SingleFlight("accounts if any")
        public Optional<List<Account>> ifAny() {
            gate.pass();
            return Optional.of(held);
        }

        List<Account> held() {
            return held;
        }
    }

    static class Deques {
        @PostFilter("true")
        @SingleFlight
        public Deque<String> all() {
            return new ArrayDeque<>();
        }
    }

    static class ConcurrentLists {
        @PostFilter("true")
        @SingleFlight
        public CopyOnWriteArrayList<String> all() {
            return new CopyOnWriteArrayList<>();
        }
    }

    enum Colour {
        RED
    }

    static class EnumSets {
        @PostFilter("true")
        @SingleFlight
        public EnumSet<Colour> all() {
            return EnumSet.allOf(Colour.class);
        }
    }

    static class ConcurrentMaps {
        @PostFilter("true")
        @SingleFlight
        public ConcurrentHashMap<String, String> all() {
            return new ConcurrentHashMap<>();
        }
    }
}
