package dev.singleflight.interceptor;

import static dev.singleflight.Callers.awaitWaiting;
import static dev.singleflight.Callers.failure;
import static dev.singleflight.Callers.group;
import static dev.singleflight.Callers.value;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatNullPointerException;

import dev.singleflight.Callers;
import dev.singleflight.FlightStats;
import dev.singleflight.FlightTimeoutException;
import dev.singleflight.Gate;
import dev.singleflight.annotation.SingleFlight;
import dev.singleflight.autoconfigure.SingleFlightAutoConfiguration;
import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.BiConsumer;
import java.util.function.Function;
import java.util.stream.Stream;
import org.aspectj.lang.JoinPoint;
import org.aspectj.lang.annotation.Aspect;
import org.aspectj.lang.annotation.Before;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.autoconfigure.aop.AopAutoConfiguration;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.context.ApplicationContext;
import org.springframework.transaction.support.TransactionSynchronizationManager;

/** A batch runs one call for the keys that nobody else is running, and shares flights key by key. */
class BatchCallTests {

    private static final ThreadLocal<String> TENANT = new ThreadLocal<>();

    private final ApplicationContextRunner contexts = new ApplicationContextRunner()
            .withConfiguration(AutoConfigurations.of(SingleFlightAutoConfiguration.class))
            .withBean(Gate.class)
            .withBean("users", Users.class);

    @AfterEach
    void nobodyIsSignedIn() {
        TENANT.remove();
    }

    @Test
    void runsOneCallForAllItsKeys() {
        opened((context, users) -> {
            assertThat(users.findAll(List.of(3L, 1L, 3L, 2L)))
                    .containsExactly(Map.entry(3L, "user 3"), Map.entry(1L, "user 1"), Map.entry(2L, "user 2"));
            assertThat(users.asked()).containsExactly(List.of(3L, 1L, 2L));
            assertFigures(context, 3, 1, 0, 0);
        });
    }

    @Test
    void runsOnlyTheKeysThatNobodyElseIsRunning() {
        held((context, users) -> {
            CompletableFuture<String> single = Callers.start(() -> users.find(1));
            users.gate().awaitRuns(1);
            CompletableFuture<Map<Long, String>> batch = Callers.start(() -> users.findAll(List.of(1L, 2L)));
            users.gate().awaitRuns(1);
            users.gate().open();

            assertThat(value(single)).isEqualTo("user 1");
            assertThat(value(batch)).containsExactly(Map.entry(1L, "user 1"), Map.entry(2L, "user 2"));
            assertThat(value(batch).get(1L)).isSameAs(value(single));
            assertThat(users.asked()).containsExactly(List.of(2L));
            assertFigures(context, 3, 2, 1, 0);
        });
    }

    @Test
    void singleCallersJoinABatch() {
        held((context, users) -> {
            CompletableFuture<Map<Long, String>> batch = Callers.start(() -> users.findAll(List.of(1L, 2L)));
            users.gate().awaitRuns(1);
            CompletableFuture<String> single = Callers.start(() -> users.find(1));
            CompletableFuture<String> future = users.later(2L);
            awaitWaiting(group(context, "users"), 2);
            users.gate().open();

            assertThat(value(single)).isSameAs(value(batch).get(1L));
            assertThat(value(future)).isSameAs(value(batch).get(2L));
            assertFigures(context, 4, 1, 2, 0);
        });
    }

    @Test
    void whenAllIsRunningTheMethodIsNotCalled() {
        held((context, users) -> {
            CompletableFuture<Map<Long, String>> one = Callers.start(() -> users.findAll(List.of(1L, 2L)));
            users.gate().awaitRuns(1);
            CompletableFuture<Map<Long, String>> other = Callers.start(() -> users.findAll(List.of(2L, 1L)));
            awaitWaiting(group(context, "users"), 1);
            users.gate().open();

            assertThat(value(other)).containsExactly(Map.entry(2L, "user 2"), Map.entry(1L, "user 1"));
            assertThat(value(one)).containsExactly(Map.entry(1L, "user 1"), Map.entry(2L, "user 2"));
            assertThat(users.asked()).hasSize(1);
        });
    }

    @Test
    void nothingIsAskedForByAnEmptyCollection() {
        opened((context, users) -> {
            assertThat(users.findAll(List.of())).isEmpty();
            assertThat(users.asked()).isEmpty();
        });
    }

    @Test
    void aKeyThatTheMethodReturnsNothingForIsAbsentAndOneMappedToNullIsNull() {
        opened((context, users) -> assertThat(users.findAll(List.of(1L, Users.ABSENT, Users.NULL)))
                .hasSize(2)
                .containsEntry(1L, "user 1")
                .containsEntry(Users.NULL, null));
    }

    @Test
    void everyCallerGetsAMapOfItsOwn() {
        held((context, users) -> {
            CompletableFuture<Map<Long, String>> one = Callers.start(() -> users.findAll(List.of(1L)));
            users.gate().awaitRuns(1);
            CompletableFuture<Map<Long, String>> other = Callers.start(() -> users.findAll(List.of(1L)));
            awaitWaiting(group(context, "users"), 1);
            users.gate().open();

            value(one).clear();
            assertThat(value(other)).containsExactly(Map.entry(1L, "user 1"));
        });
    }

    @Test
    void nullInsteadOfKeysIsRefusedByTheNameOfTheMethod() {
        opened((context, users) -> assertThatIllegalArgumentException()
                .isThrownBy(() -> users.findAll(null))
                .withMessage("BatchCallTests.Users.findAll(Collection) was called with null instead of keys. Give it a"
                        + " collection; an empty one asks for nothing"));
    }

    @Test
    void aNullAmongTheKeysIsRefusedByTheNameOfTheMethod() {
        opened((context, users) -> {
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> users.findAll(Arrays.asList(1L, null)))
                    .withMessage("BatchCallTests.Users.findAll(Collection) was called with a null among its keys, which"
                            + " tells no two calls apart");
            assertThat(group(context, "users").inFlight()).isEmpty();
        });
    }

    @Test
    void aMethodThatReturnsNoMapFailsByTheNameOfTheGroup() {
        opened((context, users) -> assertThatNullPointerException()
                .isThrownBy(() -> users.findNoMap(List.of(1L)))
                .withMessageContaining("'no map'"));
    }

    static Stream<Function<Users, Map<Long, String>>> collections() {
        return Stream.of(
                users -> users.ofIterable(List.of(1L, 2L)),
                users -> users.ofList(List.of(1L, 2L)),
                users -> users.ofSet(Set.of(1L, 2L)));
    }

    @ParameterizedTest
    @MethodSource("collections")
    void theMethodGetsACollectionThatItsParameterTakes(Function<Users, Map<Long, String>> call) {
        opened((context, users) -> {
            assertThat(call.apply(users)).containsOnly(Map.entry(1L, "user 1"), Map.entry(2L, "user 2"));
            assertThat(users.asked().get(0)).containsExactlyInAnyOrder(1L, 2L);
        });
    }

    @Test
    void theMethodMayChangeItsCollection() {
        opened((context, users) -> {
            List<Long> mine = new ArrayList<>(List.of(1L, 2L));
            assertThat(users.drain(mine)).hasSize(2);
            assertThat(mine).hasSize(2);
        });
    }

    @Test
    void elementsAreKeysAsThoseOfSingleCallsAre() {
        held((context, users) -> {
            List<Integer> element = new ArrayList<>(List.of(1, 2));
            CompletableFuture<String> single = Callers.start(() -> users.hash(List.of(1, 2)));
            users.gate().awaitRuns(1);
            CompletableFuture<Map<List<Integer>, String>> batch =
                    Callers.start(() -> users.hashes(List.of(element, List.of(3))));
            users.gate().awaitRuns(1);
            users.gate().open();

            assertThat(value(batch)).hasSize(2);
            assertThat(value(batch).get(element)).isSameAs(value(single));
        });
    }

    @Test
    void anElementThatTheMethodChangesLeavesNothingBehind() {
        opened((context, users) -> {
            List<String> element = new ArrayList<>(List.of("a"));
            users.consume(List.of(element));
            assertThat(element).isEmpty();
            assertThat(group(context, "consume").inFlight()).isEmpty();
        });
    }

    @Test
    void whatIsolatesSingleCallsIsolatesBatches() {
        contexts.withBean("tenant", FlightKeyContributor.class, () -> TENANT::get)
                .run(context -> {
                    Users users = context.getBean(Users.class);
                    CompletableFuture<String> acme = Callers.start(() -> as("acme", () -> users.find(1)));
                    users.gate().awaitRuns(1);
                    CompletableFuture<Map<Long, String>> umbrella =
                            Callers.start(() -> as("umbrella", () -> users.findAll(List.of(1L))));
                    users.gate().awaitRuns(1);
                    CompletableFuture<Map<Long, String>> follower =
                            Callers.start(() -> as("acme", () -> users.findAll(List.of(1L))));
                    awaitWaiting(group(context, "users"), 1);
                    users.gate().open();

                    assertThat(value(follower).get(1L)).isSameAs(value(acme));
                    assertThat(value(umbrella).get(1L)).isNotSameAs(value(acme));
                });
    }

    @Test
    void twoBeansShareNoFlights() {
        contexts.withBean("others", Users.class).run(context -> {
            Users users = context.getBean("users", Users.class);
            Users others = context.getBean("others", Users.class);
            CompletableFuture<Map<Long, String>> one = Callers.start(() -> users.findAll(List.of(1L)));
            CompletableFuture<Map<Long, String>> other = Callers.start(() -> others.findAll(List.of(1L)));
            users.gate().awaitRuns(2);
            CompletableFuture<String> single = Callers.start(() -> others.find(1));
            awaitWaiting(group(context, "users"), 1);
            users.gate().open();

            assertThat(value(single)).isSameAs(value(other).get(1L));
            assertThat(value(one).get(1L)).isNotSameAs(value(single));
        });
    }

    @Test
    void inATransactionThatMayWriteEachKeyBypasses() {
        held((context, users) -> {
            CompletableFuture<Map<Long, String>> leader = Callers.start(() -> users.findAll(List.of(1L)));
            users.gate().awaitRuns(1);
            CompletableFuture<Map<Long, String>> writer = Callers.start(() -> {
                TransactionSynchronizationManager.setActualTransactionActive(true);
                try {
                    return users.findAll(List.of(1L, 2L));
                } finally {
                    TransactionSynchronizationManager.clear();
                }
            });
            users.gate().awaitRuns(1);
            users.gate().open();

            assertThat(value(writer)).containsExactly(Map.entry(1L, "user 1"), Map.entry(2L, "user 2"));
            assertThat(value(leader)).hasSize(1);
            assertFigures(context, 3, 2, 0, 2);
        });
    }

    @Test
    void whereItsConditionIsNotTrueEachKeyBypasses() {
        opened((context, users) -> {
            assertThat(users.few(List.of(1L, 2L, 3L))).hasSize(3);
            assertThat(group(context, "few").stats().bypassed()).isEqualTo(3);
            assertThat(group(context, "few").stats().runs()).isOne();
            assertThat(users.few(List.of(1L))).hasSize(1);
            assertThat(group(context, "few").stats().bypassed()).isEqualTo(3);
        });
    }

    @Test
    void aGroupThatIsSwitchedOffHandsTheCallersCollectionOn() {
        opened((context, users) -> {
            group(context, "users").enabled(false);
            assertThat(users.findAll(List.of(1L, 1L))).hasSize(1);
            assertThat(users.asked()).containsExactly(List.of(1L, 1L));
            assertFigures(context, 0, 0, 0, 0);
        });
    }

    @Test
    void theAnnotationsWaitTimeoutEndsTheWaitForOthersFlights() {
        held((context, users) -> {
            CompletableFuture<String> single = Callers.start(() -> users.find(1));
            users.gate().awaitRuns(1);

            CompletableFuture<Map<Long, String>> batch = Callers.start(() -> users.findAllImpatiently(List.of(1L)));

            assertThat(failure(batch)).isInstanceOf(FlightTimeoutException.class);
            users.gate().open();
            assertThat(value(single)).isEqualTo("user 1");
        });
    }

    @Test
    void aFailureIsThatOfEveryCallerOfOneOfItsKeys() {
        held((context, users) -> {
            CompletableFuture<Map<Long, String>> batch = Callers.start(() -> users.findAll(List.of(1L, Users.BROKEN)));
            users.gate().awaitRuns(1);
            CompletableFuture<String> single = Callers.start(() -> users.find(1));
            awaitWaiting(group(context, "users"), 1);
            users.gate().open();

            assertThat(failure(batch)).isInstanceOf(UserException.class).isSameAs(failure(single));
        });
    }

    @Test
    void whatCannotBeSharedAmongValuesOfAnyTypeIsRunByEachCaller() {
        held((context, users) -> {
            CompletableFuture<Map<String, Object>> one = Callers.start(() -> users.anything(List.of("stream", "text")));
            users.gate().awaitRuns(1);
            CompletableFuture<Map<String, Object>> other =
                    Callers.start(() -> users.anything(List.of("stream", "text")));
            awaitWaiting(group(context, "anything"), 1);
            users.gate().open();

            assertThat(value(one).get("stream"))
                    .isInstanceOf(InputStream.class)
                    .isNotSameAs(value(other).get("stream"));
            assertThat(value(other).get("text")).isSameAs(value(one).get("text"));
            assertThat(value(other).keySet()).containsExactly("stream", "text");
            FlightStats stats = group(context, "anything").stats();
            assertThat(stats.bypassed()).isOne();
            assertThat(stats.runs()).isEqualTo(2);
        });
    }

    @Test
    void adviceInsideSeesTheKeysThatAreRun() {
        contexts.withConfiguration(AutoConfigurations.of(AopAutoConfiguration.class))
                .withBean(Watching.class)
                .run(context -> {
                    Users users = context.getBean(Users.class);
                    users.gate().open();
                    users.findAll(List.of(1L, 1L, 2L));
                    assertThat(context.getBean(Watching.class).seen).containsExactly(Set.of(1L, 2L));
                });
    }

    private static <T> T as(String tenant, java.util.function.Supplier<T> call) {
        TENANT.set(tenant);
        return call.get();
    }

    private void held(BiConsumer<ApplicationContext, Users> test) {
        contexts.run(context -> {
            Users users = context.getBean(Users.class);
            try {
                test.accept(context, users);
            } finally {
                users.gate().open();
            }
        });
    }

    private void opened(BiConsumer<ApplicationContext, Users> test) {
        held((context, users) -> {
            users.gate().open();
            test.accept(context, users);
        });
    }

    private static void assertFigures(ApplicationContext context, long calls, long runs, long joined, long bypassed) {
        FlightStats stats = group(context, "users").stats();
        assertThat(stats.calls()).as("each key asked for is one call").isEqualTo(calls);
        assertThat(stats.runs()).as("runs").isEqualTo(runs);
        assertThat(stats.joined()).as("joined").isEqualTo(joined);
        assertThat(stats.bypassed()).as("bypassed").isEqualTo(bypassed);
    }

    static class UserException extends RuntimeException {
        private static final long serialVersionUID = 1L;
    }

    @Aspect
    static class Watching {

        private final List<Object> seen = new CopyOnWriteArrayList<>();

        @Before("bean(users) && execution(* findAll(..))")
        void see(JoinPoint point) {
            seen.add(point.getArgs()[0]);
        }
    }

    static class Users {

        static final long ABSENT = 404;

        static final long NULL = 204;

        static final long BROKEN = 500;

        private final Gate gate;

        private final List<List<Long>> asked = new CopyOnWriteArrayList<>();

        Users(Gate gate) {
            this.gate = gate;
        }

        Gate gate() {
            return gate;
        }

        List<List<Long>> asked() {
            return asked;
        }

        @SingleFlight(group = "users", key = "#id")
        public String find(long id) {
            gate.pass();
            return user(id);
        }

        @SingleFlight(group = "users")
        public CompletableFuture<String> later(Long id) {
            return CompletableFuture.completedFuture(user(id));
        }

        @SingleFlight(group = "users", key = "#ids", batch = true)
        public Map<Long, String> findAll(Collection<Long> ids) {
            return all(ids);
        }

        @SingleFlight(group = "users", waitTimeout = "1ms", batch = true)
        public Map<Long, String> findAllImpatiently(Collection<Long> ids) {
            return all(ids);
        }

        @SingleFlight(group = "iterable", key = "#a0", batch = true)
        public Map<Long, String> ofIterable(Iterable<? extends Long> ids) {
            List<Long> list = new ArrayList<>();
            ids.forEach(list::add);
            return all(list);
        }

        @SingleFlight(group = "list", batch = true)
        public Map<Long, String> ofList(List<Long> ids) {
            return all(ids);
        }

        @SingleFlight(group = "set", batch = true)
        @SuppressWarnings("NonApiType") // what callers get is one, too
        public LinkedHashMap<Long, String> ofSet(Set<Long> ids) {
            return new LinkedHashMap<>(all(ids));
        }

        @SingleFlight(group = "drain", batch = true)
        public Map<Long, String> drain(List<Long> ids) {
            Map<Long, String> all = all(ids);
            ids.clear();
            return all;
        }

        @SingleFlight(group = "few", condition = "#ids.size() < 3", batch = true)
        public Map<Long, String> few(Collection<Long> ids) {
            return all(ids);
        }

        @SingleFlight(group = "no map", batch = true)
        public @Nullable Map<Long, String> findNoMap(Collection<Long> ids) {
            return null;
        }

        @SingleFlight(group = "hashes", key = "#bytes")
        public String hash(List<Integer> bytes) {
            gate.pass();
            return "hash " + bytes;
        }

        @SingleFlight(group = "hashes", batch = true)
        public Map<List<Integer>, String> hashes(Collection<List<Integer>> all) {
            gate.pass();
            Map<List<Integer>, String> hashes = new LinkedHashMap<>();
            all.forEach(bytes -> hashes.put(bytes, "hash " + bytes));
            return hashes;
        }

        @SingleFlight(group = "consume", batch = true)
        public Map<List<String>, Integer> consume(Collection<List<String>> lists) {
            lists.forEach(List::clear);
            return Map.of();
        }

        @SingleFlight(group = "anything", batch = true)
        public Map<String, Object> anything(Collection<String> names) {
            gate.pass();
            Map<String, Object> all = new LinkedHashMap<>();
            names.forEach(name ->
                    all.put(name, name.equals("stream") ? new ByteArrayInputStream(new byte[1]) : new Object()));
            return all;
        }

        private Map<Long, String> all(Collection<Long> ids) {
            asked.add(List.copyOf(ids));
            gate.pass();
            Map<Long, String> users = new LinkedHashMap<>();
            for (Long id : ids) {
                if (id == BROKEN) {
                    throw new UserException();
                }
                if (id != ABSENT) {
                    users.put(id, id == NULL ? null : user(id));
                }
            }
            return users;
        }

        private static String user(long id) {
            return "user " + id;
        }
    }
}
