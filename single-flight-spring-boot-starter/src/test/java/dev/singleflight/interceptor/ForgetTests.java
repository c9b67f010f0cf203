package dev.singleflight.interceptor;

import static dev.singleflight.Callers.group;
import static dev.singleflight.Callers.value;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.singleflight.Callers;
import dev.singleflight.SingleFlightGroup;
import dev.singleflight.annotation.SingleFlight;
import dev.singleflight.annotation.SingleFlightForget;
import dev.singleflight.autoconfigure.SingleFlightAutoConfiguration;
import java.io.IOException;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;

/** What {@code @SingleFlightForget} forgets, and when. */
@SuppressWarnings("FutureReturnValueIgnored") // flights that stay up
class ForgetTests {

    private final ApplicationContextRunner contexts = new ApplicationContextRunner()
            .withConfiguration(AutoConfigurations.of(SingleFlightAutoConfiguration.class))
            .withBean(Users.class);

    @Test
    void itsKeyIsForgottenWhenTheMethodHasReturned() {
        withUsers((users, group) -> {
            users.find(7);
            users.find(8);

            users.update(7, "new");

            assertThat(keys(group)).containsExactly(8L);
        });
    }

    @Test
    void aCallAfterItStartsAFlightAndThoseBeforeGetTheOldOutcome() {
        withUsers((users, group) -> {
            CompletableFuture<String> before = users.find(7);
            users.update(7, "new");
            CompletableFuture<String> after = users.find(7);

            users.stages().remove().complete("old");
            assertThat(value(before)).isEqualTo("old");
            assertThat(after).isNotDone();

            users.stages().remove().complete("new");
            assertThat(value(after)).isEqualTo("new");
        });
    }

    @Test
    void theFlightIsThereWhileTheMethodRuns() {
        withUsers((users, group) -> {
            users.find(7);
            users.updateAnd(7, () -> assertThat(keys(group)).containsExactly(7L));
            assertThat(keys(group)).isEmpty();
        });
    }

    @Test
    void itsKeyMayUseTheResult() {
        withUsers((users, group) -> {
            users.find(7);
            users.create("seven", 7);
            assertThat(keys(group)).isEmpty();
        });
    }

    @Test
    void withoutAKeyItIsAllArguments() {
        withUsers((users, group) -> {
            users.find(7);
            users.touch(7);
            assertThat(keys(group)).isEmpty();
        });
    }

    @Test
    void afterAnExceptionNothingIsForgotten() {
        withUsers((users, group) -> {
            users.find(7);
            assertThatThrownBy(() -> users.fail(7))
                    .isExactlyInstanceOf(IOException.class)
                    .hasMessage("fail 7");
            assertThat(keys(group)).containsExactly(7L);
        });
    }

    @Test
    void severalOnOneMethodAllForget() {
        contexts.run(context -> {
            Users users = context.getBean(Users.class);
            users.find(7);
            users.findByName("seven");

            users.rename(7, "seven");

            assertThat(keys(group(context, "users"))).isEmpty();
            assertThat(keys(group(context, "names"))).isEmpty();
        });
    }

    @Test
    void severalInAContainerAllForget() {
        contexts.run(context -> {
            Users users = context.getBean(Users.class);
            users.find(7);
            users.findByName("seven");

            users.renameContained(7, "seven");

            assertThat(keys(group(context, "users"))).isEmpty();
            assertThat(keys(group(context, "names"))).isEmpty();
        });
    }

    @Test
    void anAnnotationOfOnesOwnForgets() {
        withUsers((users, group) -> {
            users.find(7);
            users.delete(7);
            assertThat(keys(group)).isEmpty();
        });
    }

    @Test
    void whereOneMethodHasBothItForgetsAfterItsFlight() {
        contexts.run(context -> {
            Users users = context.getBean(Users.class);
            users.find(7);
            assertThat(users.reload(7)).isEqualTo("reloaded 7");
            assertThat(keys(group(context, "users"))).isEmpty();
            assertThat(group(context, "reload").stats().calls()).isOne();
        });
    }

    @Test
    void whoCancelsItsFutureCancelsTheMethods() {
        withUsers((users, group) -> {
            users.updateLater(7).cancel(true);

            assertThat(users.updates().remove()).isCancelled();
        });
    }

    @Test
    void onAFutureItForgetsWhenThatHasCompleted() {
        withUsers((users, group) -> {
            users.find(7);
            CompletableFuture<Long> caller = users.updateLater(7);
            assertThat(keys(group)).containsExactly(7L);

            users.updates().remove().complete(7L);

            assertThat(keys(group)).isEmpty();
            assertThat(value(caller)).isEqualTo(7L);
        });
    }

    @Test
    void onAFutureItsKeyMayUseTheValue() {
        withUsers((users, group) -> {
            users.find(7);
            users.createLater("seven");

            users.updates().remove().complete(7L);

            assertThat(keys(group)).isEmpty();
        });
    }

    @Test
    void itForgetsBeforeTheCallersFutureCompletes() {
        withUsers((users, group) -> {
            users.find(7);
            List<Object> whenTold = new ArrayList<>(List.of("not told"));
            CompletableFuture<Void> told = users.updateLater(7).thenRun(() -> {
                whenTold.clear();
                whenTold.addAll(keys(group));
            });

            users.updates().remove().complete(7L);

            assertThat(told).isCompleted();
            assertThat(whenTold).isEmpty();
        });
    }

    @Test
    void onAFutureThatFailsNothingIsForgotten() {
        withUsers((users, group) -> {
            users.find(7);
            CompletableFuture<Long> caller = users.updateLater(7);
            IOException broken = new IOException("broken");

            users.updates().remove().completeExceptionally(broken);

            assertThat(Callers.failure(caller)).isSameAs(broken);
            assertThat(keys(group)).containsExactly(7L);
        });
    }

    @Test
    void aFutureThatTheMethodReturnsAsNullForgetsAtOnce() {
        withUsers((users, group) -> {
            users.find(7);
            assertThat(users.updateLaterOrNull(7)).isNull();
            assertThat(keys(group)).isEmpty();
        });
    }

    @ParameterizedTest(name = "class proxies: {0}")
    @ValueSource(booleans = {true, false})
    void onAFutureOfAGenericInterfaceItForgetsWhenThatHasCompleted(boolean classProxies) {
        contexts.withPropertyValues("spring.aop.proxy-target-class=" + classProxies)
                .withBean(LaterWriter.class)
                .run(context -> {
                    SingleFlightGroup<?, ?> group = group(context, "users");
                    @SuppressWarnings("unchecked") // the only one
                    Writer<CompletableFuture<Long>> writer = context.getBean(Writer.class);
                    context.getBean(Users.class).find(7);
                    CompletableFuture<Long> stage = new CompletableFuture<>();

                    CompletableFuture<Long> caller = writer.write(stage);
                    assertThat(keys(group)).containsExactly(7L);

                    stage.complete(7L);
                    assertThat(value(caller)).isEqualTo(7L);
                    assertThat(keys(group)).isEmpty();
                });
    }

    @Test
    void itReachesKeysThatWereCopied() {
        contexts.run(context -> {
            Users users = context.getBean(Users.class);
            users.findAll(new long[] {1, 2});
            users.updateAll(new long[] {1, 2});
            assertThat(keys(group(context, "arrays"))).isEmpty();
        });
    }

    @Test
    void aNullKeyThrowsAndNamesMethodAndExpression() {
        contexts.run(context -> assertThatIllegalArgumentException()
                .isThrownBy(() -> context.getBean(Users.class).updateNamed(null))
                .withMessage(
                        "Key expression \"#name\" on ForgetTests.Users.updateNamed(String) gave null, which tells no"
                                + " two calls apart. Give it a value, or a condition that excludes the call"));
    }

    private void withUsers(UsersTest test) {
        contexts.run(context -> test.accept(context.getBean(Users.class), group(context, "users")));
    }

    private static List<Object> keys(SingleFlightGroup<?, ?> group) {
        List<Object> keys = new ArrayList<>();
        group.inFlight().forEach(flight -> keys.add(flight.key()));
        return keys;
    }

    interface UsersTest {
        void accept(Users users, SingleFlightGroup<?, ?> group);
    }

    @Target(ElementType.METHOD)
    @Retention(RetentionPolicy.RUNTIME)
    @SingleFlightForget(group = "users", key = "#id")
    @interface ForgetsUser {}

    interface Writer<R> {
        R write(R value);
    }

    static class LaterWriter implements Writer<CompletableFuture<Long>> {
        @Override
        @SingleFlightForget(group = "users", key = "#result")
        public CompletableFuture<Long> write(CompletableFuture<Long> value) {
            return value;
        }
    }

    static class Users {
        private final Queue<CompletableFuture<String>> stages = new ArrayDeque<>();

        private final Queue<CompletableFuture<Long>> updates = new ArrayDeque<>();

        public Queue<CompletableFuture<String>> stages() {
            return stages;
        }

        public Queue<CompletableFuture<Long>> updates() {
            return updates;
        }

        @SingleFlight(group = "users", key = "#id")
        public CompletableFuture<String> find(long id) {
            return stage();
        }

        @SingleFlight(group = "names", key = "#name")
        public CompletableFuture<String> findByName(String name) {
            return stage();
        }

        @SingleFlight(group = "arrays", key = "#ids")
        public CompletableFuture<String> findAll(long[] ids) {
            return stage();
        }

        @SingleFlightForget(group = "users", key = "#id")
        public void update(long id, String name) {}

        @SingleFlightForget(group = "users", key = "#id")
        public void updateAnd(long id, Runnable check) {
            check.run();
        }

        @SingleFlightForget(group = "users", key = "#result")
        public long create(String name, long id) {
            return id;
        }

        @SingleFlightForget("users")
        public void touch(long id) {}

        @SingleFlightForget(group = "users", key = "#id")
        public void fail(long id) throws IOException {
            throw new IOException("fail " + id);
        }

        @SingleFlightForget(group = "users", key = "#id")
        @SingleFlightForget(group = "names", key = "#name")
        public void rename(long id, String name) {}

        @SingleFlightForget.Container({
            @SingleFlightForget(group = "users", key = "#id"),
            @SingleFlightForget(group = "names", key = "#name")
        })
        public void renameContained(long id, String name) {}

        @ForgetsUser
        public void delete(long id) {}

        @SingleFlight(group = "reload", key = "#id")
        @SingleFlightForget(group = "users", key = "#id")
        public String reload(long id) {
            return "reloaded " + id;
        }

        @SingleFlightForget(group = "users", key = "#id")
        public CompletableFuture<Long> updateLater(long id) {
            return later();
        }

        @SingleFlightForget(group = "users", key = "#id")
        public CompletableFuture<Long> updateLaterOrNull(long id) {
            return null;
        }

        @SingleFlightForget(group = "users", key = "#result")
        public CompletableFuture<Long> createLater(String name) {
            return later();
        }

        @SingleFlightForget(group = "arrays", key = "#ids")
        public void updateAll(long[] ids) {}

        @SingleFlightForget(group = "names", key = "#name")
        public void updateNamed(String name) {}

        private CompletableFuture<String> stage() {
            CompletableFuture<String> stage = new CompletableFuture<>();
            stages.add(stage);
            return stage;
        }

        private CompletableFuture<Long> later() {
            CompletableFuture<Long> stage = new CompletableFuture<>();
            updates.add(stage);
            return stage;
        }
    }
}
