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
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicReference;
import javax.sql.DataSource;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.context.ApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.jdbc.datasource.embedded.EmbeddedDatabaseBuilder;
import org.springframework.jdbc.datasource.embedded.EmbeddedDatabaseType;
import org.springframework.jdbc.support.JdbcTransactionManager;
import org.springframework.transaction.PlatformTransactionManager;
import org.springframework.transaction.TransactionDefinition;
import org.springframework.transaction.annotation.EnableTransactionManagement;
import org.springframework.transaction.annotation.Transactional;
import org.springframework.transaction.support.TransactionSynchronization;
import org.springframework.transaction.support.TransactionSynchronizationManager;
import org.springframework.transaction.support.TransactionTemplate;

/** A caller's transaction is its own: others get what is committed, and it sees what it wrote. */
@ExtendWith(OutputCaptureExtension.class)
class TransactionTests {

    private static final String GROUP = "prices";

    private final ApplicationContextRunner contexts = new ApplicationContextRunner()
            .withConfiguration(AutoConfigurations.of(SingleFlightAutoConfiguration.class))
            .withUserConfiguration(Database.class)
            .withBean(Gate.class)
            .withBean(Prices.class);

    @Test
    void aLeaderWhoseTransactionRollsBackGivesNobodyItsData() {
        contexts.run(context -> {
            Prices prices = context.getBean(Prices.class);
            Gate gate = context.getBean(Gate.class);

            CompletableFuture<Integer> writer = Callers.start(within(writing(context), true, () -> {
                prices.set(99);
                return prices.read();
            }));
            gate.awaitRuns(1);
            CompletableFuture<Integer> other = Callers.start(prices::read);
            Callers.awaitUntil(
                    () -> gate.runs() > 1 || group(context, GROUP).stats().waiting() == 1);
            gate.open();

            assertThat(value(writer)).isEqualTo(99);
            assertThat(value(other)).as("never committed").isEqualTo(10);
            assertThat(prices.now()).isEqualTo(10);
            assertThat(gate.runs()).isEqualTo(2);
            assertThat(group(context, GROUP).stats().bypassed()).isOne();
        });
    }

    @Test
    void aCallerSeesItsOwnUncommittedWrites() {
        contexts.run(context -> {
            Prices prices = context.getBean(Prices.class);
            Gate gate = context.getBean(Gate.class);
            SingleFlightGroup<?, ?> group = group(context, GROUP);

            CompletableFuture<Integer> leader = Callers.start(prices::read);
            gate.awaitRuns(1);
            CompletableFuture<Integer> writer = Callers.start(within(writing(context), false, () -> {
                prices.set(99);
                return prices.read();
            }));
            Callers.awaitUntil(() -> gate.runs() > 1 || group.stats().waiting() == 1);
            gate.open();

            assertThat(value(writer)).isEqualTo(99);
            assertThat(value(leader)).isEqualTo(10);
            assertThat(prices.now()).isEqualTo(99);
        });
    }

    @Test
    void futuresAreTheirCallersOwnToo() {
        contexts.run(context -> {
            Prices prices = context.getBean(Prices.class);
            CompletableFuture<Integer> leader = prices.later();
            within(writing(context), false, () -> assertThat(prices.later()).isNotSameAs(leader))
                    .call();
            assertThat(group(context, "later").stats().bypassed()).isOne();
            assertThat(group(context, "later").inFlight()).hasSize(1);
        });
    }

    @Test
    void aReadOnlyTransactionJoins() {
        contexts.run(context -> {
            TransactionTemplate reading = new TransactionTemplate(context.getBean(PlatformTransactionManager.class));
            reading.setReadOnly(true);
            joins(context, reading);
        });
    }

    @Test
    void aCallerThatMerelySupportsTransactionsJoins() {
        contexts.run(context -> {
            TransactionTemplate supporting = new TransactionTemplate(context.getBean(PlatformTransactionManager.class));
            supporting.setPropagationBehavior(TransactionDefinition.PROPAGATION_SUPPORTS);
            joins(context, supporting);
        });
    }

    @ParameterizedTest
    @ValueSource(strings = {"single-flight.in-transaction=join", "single-flight.groups.prices.in-transaction=join"})
    void byPropertyItJoinsAllTheSame(String property, CapturedOutput output) {
        contexts.withPropertyValues(property).run(context -> {
            joins(context, writing(context));
            assertThat(output).doesNotContain("was called within a transaction");
        });
    }

    @Test
    void aGroupMayBypassWhereTheOthersJoin() {
        contexts.withPropertyValues(
                        "single-flight.in-transaction=join", "single-flight.groups.prices.in-transaction=bypass")
                .run(context -> {
                    Prices prices = context.getBean(Prices.class);
                    context.getBean(Gate.class).open();
                    within(writing(context), false, () -> {
                                prices.read();
                                return prices.later();
                            })
                            .call();
                    assertThat(group(context, GROUP).stats().bypassed()).isOne();
                    assertThat(group(context, "later").stats().bypassed()).isZero();
                });
    }

    @Test
    void itIsReportedOncePerMethod(CapturedOutput output) {
        contexts.run(context -> {
            Prices prices = context.getBean(Prices.class);
            context.getBean(Gate.class).open();
            for (int call = 0; call < 3; call++) {
                within(writing(context), false, () -> {
                            prices.read();
                            return prices.later();
                        })
                        .call();
            }
            assertThat(output.getAll().lines().filter(line -> line.contains("was called within a transaction")))
                    .satisfiesExactlyInAnyOrder(
                            line -> assertThat(line)
                                    .contains("TransactionTests.Prices.read() was called within a transaction that may"
                                            + " write. Such callers run alone: ")
                                    .contains("single-flight.in-transaction"),
                            line -> assertThat(line).contains("TransactionTests.Prices.later() was called within"));
        });
    }

    @Test
    void theMethodsOwnTransactionHasEndedBeforeFollowersGetItsData() {
        contexts.run(context -> {
            Prices prices = context.getBean(Prices.class);
            Gate commit = context.getBean(Gate.class);
            SingleFlightGroup<?, ?> group = group(context, "raised");

            CompletableFuture<Integer> leader = Callers.start(prices::raised);
            commit.awaitRuns(1);
            CompletableFuture<Integer> follower = Callers.start(() -> {
                int told = prices.raised();
                return told * 100 + prices.now();
            });
            Callers.awaitUntil(() -> group.stats().waiting() == 1 || commit.runs() > 1);
            assertThat(group.inFlight()).as("the flight has not landed").hasSize(1);
            commit.open();

            assertThat(value(leader)).isEqualTo(11);
            assertThat(value(follower)).as("told, and read from the database").isEqualTo(1111);
            assertThat(group.stats().bypassed()).isZero();
        });
    }

    private static void joins(ApplicationContext context, TransactionTemplate transaction) {
        Prices prices = context.getBean(Prices.class);
        Gate gate = context.getBean(Gate.class);

        CompletableFuture<Integer> leader = Callers.start(prices::read);
        gate.awaitRuns(1);
        CompletableFuture<Integer> follower = Callers.start(within(transaction, false, prices::read));
        awaitWaiting(group(context, GROUP), 1);
        gate.open();

        assertThat(value(leader)).isEqualTo(value(follower)).isEqualTo(10);
        assertThat(gate.runs()).isOne();
    }

    private static TransactionTemplate writing(ApplicationContext context) {
        return new TransactionTemplate(context.getBean(PlatformTransactionManager.class));
    }

    private static <T> Callable<T> within(TransactionTemplate transaction, boolean rollBack, Callable<T> call) {
        return () -> {
            AtomicReference<T> result = new AtomicReference<>();
            transaction.executeWithoutResult(status -> {
                try {
                    result.set(call.call());
                } catch (Exception failure) {
                    throw new IllegalStateException(failure);
                }
                if (rollBack) {
                    status.setRollbackOnly();
                }
            });
            return result.get();
        };
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
        JdbcTemplate jdbc(DataSource dataSource) {
            JdbcTemplate jdbc = new JdbcTemplate(dataSource);
            jdbc.execute("create table price (amount int)");
            jdbc.execute("insert into price values (10)");
            return jdbc;
        }

        @Bean
        PlatformTransactionManager transactions(DataSource dataSource) {
            return new JdbcTransactionManager(dataSource);
        }
    }

    static class Prices {
        private final JdbcTemplate jdbc;
        private final Gate gate;

        Prices(JdbcTemplate jdbc, Gate gate) {
            this.jdbc = jdbc;
            this.gate = gate;
        }

        /** Reads, and then stays at the gate. */
        @SingleFlight(GROUP)
        public int read() {
            int amount = now();
            gate.pass();
            return amount;
        }

        @SingleFlight("later")
        public CompletableFuture<Integer> later() {
            return new CompletableFuture<>();
        }

        /** Writes, and stays at the gate before the commit. */
        @SingleFlight("raised")
        @Transactional
        public int raised() {
            jdbc.update("update price set amount = amount + 1");
            TransactionSynchronizationManager.registerSynchronization(new TransactionSynchronization() {
                @Override
                public void beforeCommit(boolean readOnly) {
                    gate.pass();
                }
            });
            return now();
        }

        void set(int amount) {
            jdbc.update("update price set amount = ?", amount);
        }

        int now() {
            return jdbc.queryForObject("select amount from price", Integer.class);
        }
    }
}
