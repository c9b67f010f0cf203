package dev.singleflight.interceptor;

import static dev.singleflight.Callers.group;
import static dev.singleflight.Callers.value;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import dev.singleflight.Callers;
import dev.singleflight.SingleFlightGroup;
import dev.singleflight.annotation.SingleFlight;
import dev.singleflight.annotation.SingleFlightForget;
import dev.singleflight.autoconfigure.SingleFlightAutoConfiguration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import javax.sql.DataSource;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.jdbc.datasource.embedded.EmbeddedDatabaseBuilder;
import org.springframework.jdbc.datasource.embedded.EmbeddedDatabaseType;
import org.springframework.jdbc.support.JdbcTransactionManager;
import org.springframework.transaction.PlatformTransactionManager;
import org.springframework.transaction.annotation.EnableTransactionManagement;
import org.springframework.transaction.annotation.Transactional;
import org.springframework.transaction.support.TransactionSynchronization;
import org.springframework.transaction.support.TransactionSynchronizationManager;
import org.springframework.transaction.support.TransactionTemplate;

/**
 * A flight that another caller starts between an update and its commit has read what was before: it is forgotten with
 * the commit.
 */
@ExtendWith(OutputCaptureExtension.class)
@SuppressWarnings("FutureReturnValueIgnored") // flights that stay up
class ForgetInTransactionTests {

    private final ApplicationContextRunner contexts = new ApplicationContextRunner()
            .withConfiguration(AutoConfigurations.of(SingleFlightAutoConfiguration.class))
            .withUserConfiguration(Database.class)
            .withBean(Users.class)
            .withBean(Updates.class);

    @Test
    void itForgetsAfterSuccessAndAgainAfterTheCommit() {
        inContext(scene -> {
            scene.somebodyFinds(7);
            scene.transaction().executeWithoutResult(status -> {
                scene.updates().update(List.of(7));
                assertThat(scene.inFlight()).as("after success").isEmpty();

                scene.somebodyFinds(7);
                scene.somebodyFinds(8);
                assertThat(scene.inFlight()).containsOnly("7", "8");
            });
            assertThat(scene.inFlight()).as("after the commit").containsExactly("8");
        });
    }

    @Test
    void itForgetsNothingAgainAfterARollback() {
        inContext(scene -> {
            scene.somebodyFinds(7);
            scene.transaction().executeWithoutResult(status -> {
                scene.updates().update(List.of(7));
                assertThat(scene.inFlight()).as("after success").isEmpty();
                scene.somebodyFinds(7);
                status.setRollbackOnly();
            });
            assertThat(scene.inFlight()).as("after the rollback").containsExactly("7");
        });
    }

    @Test
    void itForgetsNothingWhereTheMethodFailed() {
        inContext(scene -> {
            scene.somebodyFinds(7);
            scene.transaction()
                    .executeWithoutResult(status -> assertThatIllegalStateException()
                            .isThrownBy(() -> scene.updates().fail(7))
                            .withMessage("fail 7"));
            assertThat(scene.inFlight()).containsExactly("7");
        });
    }

    @Test
    void theMethodsOwnTransactionHasBeenCommittedBefore() {
        inContext(scene -> {
            scene.somebodyFinds(7);
            List<String> atCommit = new ArrayList<>();
            scene.updates().updateInItsOwn(7, () -> atCommit.addAll(scene.inFlight()));
            assertThat(atCommit).as("at the commit").containsExactly("7");
            assertThat(scene.inFlight()).isEmpty();
        });
    }

    @Test
    void whatItThrowsAfterTheCommitNeverReachesTheCaller(CapturedOutput output) {
        AtomicBoolean broken = new AtomicBoolean();
        inContext(scene -> {
            scene.transaction().executeWithoutResult(status -> {
                scene.updates().updateByKey(new Key(broken));
                scene.somebodyFinds(new Key(broken));
                broken.set(true);
            });
            assertThat(output)
                    .contains("A key could not be forgotten after a commit")
                    .contains("no equals today");
        });
    }

    @Test
    void itForgetsAfterTheCommitWhateverOthersThrowThere() {
        inContext(scene -> {
            assertThatIllegalStateException()
                    .isThrownBy(() -> scene.transaction().executeWithoutResult(status -> {
                        afterCommit(() -> {
                            throw new IllegalStateException("no mail today");
                        });
                        scene.updates().update(List.of(7));
                        scene.somebodyFinds(7);
                    }))
                    .withMessage("no mail today");
            assertThat(scene.inFlight()).isEmpty();
        });
    }

    @Test
    void whoeverAsksAfterTheCommitStartsAFlight() {
        inContext(scene -> {
            scene.transaction().executeWithoutResult(status -> {
                afterCommit(() -> scene.somebodyFinds(7));
                scene.updates().update(List.of(7));
                scene.somebodyFinds(7);
            });
            assertThat(scene.group().stats().joined()).isZero();
            assertThat(scene.inFlight()).containsExactly("7");
        });
    }

    @Test
    void itForgetsTheKeysAsTheyWereWhenItSucceeded() {
        inContext(scene -> {
            scene.transaction().executeWithoutResult(status -> {
                List<Integer> ids = new ArrayList<>(List.of(7));
                scene.updates().update(ids);
                ids.set(0, 8);
                scene.somebodyFinds(7);
                scene.somebodyFinds(8);
            });
            assertThat(scene.inFlight()).containsExactly("8");
        });
    }

    @Test
    void severalForgetAgainEach() {
        inContext(scene -> {
            scene.transaction().executeWithoutResult(status -> {
                scene.updates().rename(7, 8);
                scene.somebodyFinds(7);
                scene.somebodyFinds(8);
                scene.somebodyFinds(9);
            });
            assertThat(scene.inFlight()).containsExactly("9");
        });
    }

    @Test
    void ofAFutureThatCompletedBeforeTheCommitItForgetsAgain() {
        inContext(scene -> {
            CompletableFuture<Void> update = new CompletableFuture<>();
            scene.somebodyFinds(7);
            scene.transaction().executeWithoutResult(status -> {
                CompletableFuture<Void> caller = scene.updates().updateLater(7, update);
                assertThat(scene.inFlight()).containsExactly("7");
                update.complete(null);
                assertThat(caller).isCompleted();
                assertThat(scene.inFlight()).isEmpty();
                scene.somebodyFinds(7);
            });
            assertThat(scene.inFlight()).isEmpty();
        });
    }

    @Test
    void ofAFutureThatCompletesAfterTheCommitItForgetsThen() {
        inContext(scene -> {
            CompletableFuture<Void> update = new CompletableFuture<>();
            scene.transaction().executeWithoutResult(status -> {
                scene.updates().updateLater(7, update);
                scene.somebodyFinds(7);
            });
            assertThat(scene.inFlight()).containsExactly("7");
            update.complete(null);
            assertThat(scene.inFlight()).isEmpty();
        });
    }

    @Test
    void ofAFutureThatFailedItForgetsNothing() {
        inContext(scene -> {
            CompletableFuture<Void> update = new CompletableFuture<>();
            scene.transaction().executeWithoutResult(status -> {
                scene.updates().updateLater(7, update);
                update.completeExceptionally(new IllegalStateException());
                scene.somebodyFinds(7);
            });
            assertThat(scene.inFlight()).containsExactly("7");
        });
    }

    private void inContext(Consumer<Scene> test) {
        contexts.run(context -> test.accept(new Scene(
                context.getBean(Users.class),
                context.getBean(Updates.class),
                new TransactionTemplate(context.getBean(PlatformTransactionManager.class)),
                group(context, "users"))));
    }

    private static void afterCommit(Runnable task) {
        TransactionSynchronizationManager.registerSynchronization(new TransactionSynchronization() {
            @Override
            public void afterCommit() {
                task.run();
            }
        });
    }

    private record Scene(Users users, Updates updates, TransactionTemplate transaction, SingleFlightGroup<?, ?> group) {

        /** On a thread of its own, where there is no transaction. */
        void somebodyFinds(Object id) {
            value(Callers.start(() -> users.find(id).isDone()));
        }

        List<String> inFlight() {
            return group.inFlight().stream()
                    .map(flight -> String.valueOf(flight.key()))
                    .toList();
        }
    }

    /** A key whose equals fails while it is broken. */
    private record Key(AtomicBoolean broken) {
        @Override
        public boolean equals(Object other) {
            if (broken.get()) {
                throw new IllegalStateException("no equals today");
            }
            return other instanceof Key;
        }

        @Override
        public int hashCode() {
            return 1;
        }
    }

    @Configuration(proxyBeanMethods = false)
    @EnableTransactionManagement
    static class Database {
        @Bean(destroyMethod = "shutdown")
        DataSource dataSource() {
            return new EmbeddedDatabaseBuilder()
                    .generateUniqueName(true)
                    .setType(EmbeddedDatabaseType.H2)
                    .build();
        }

        @Bean
        PlatformTransactionManager transactions(DataSource dataSource) {
            return new JdbcTransactionManager(dataSource);
        }
    }

    static class Users {
        @SingleFlight(group = "users", key = "#id")
        public CompletableFuture<String> find(Object id) {
            return new CompletableFuture<>();
        }
    }

    static class Updates {
        @SingleFlightForget(group = "users", key = "#ids[0]")
        public void update(List<Integer> ids) {
            assertThat(ids).isNotEmpty();
        }

        @SingleFlightForget(group = "users", key = "#key")
        public void updateByKey(Key key) {
            assertThat(key).isNotNull();
        }

        @SingleFlightForget(group = "users", key = "#id")
        public void fail(int id) {
            throw new IllegalStateException("fail " + id);
        }

        @Transactional
        @SingleFlightForget(group = "users", key = "#id")
        public void updateInItsOwn(int id, Runnable atCommit) {
            assertThat(id).isPositive();
            afterCommit(atCommit);
        }

        @SingleFlightForget(group = "users", key = "#from")
        @SingleFlightForget(group = "users", key = "#to")
        public void rename(int from, int to) {
            assertThat(from).isNotEqualTo(to);
        }

        @SingleFlightForget(group = "users", key = "#id")
        public CompletableFuture<Void> updateLater(int id, CompletableFuture<Void> update) {
            assertThat(id).isPositive();
            return update;
        }
    }
}
