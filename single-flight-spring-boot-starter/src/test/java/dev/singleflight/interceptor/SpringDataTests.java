package dev.singleflight.interceptor;

import static dev.singleflight.Callers.group;
import static dev.singleflight.Callers.herd;
import static dev.singleflight.Callers.value;
import static org.assertj.core.api.Assertions.assertThat;

import dev.singleflight.Callers;
import dev.singleflight.Gate;
import dev.singleflight.SingleFlightGroup;
import dev.singleflight.SingleFlightGroups;
import dev.singleflight.annotation.SingleFlight;
import dev.singleflight.annotation.SingleFlightForget;
import dev.singleflight.autoconfigure.SingleFlightAutoConfiguration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import javax.sql.DataSource;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.beans.factory.BeanFactory;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.data.annotation.Id;
import org.springframework.data.jdbc.repository.config.AbstractJdbcConfiguration;
import org.springframework.data.jdbc.repository.config.EnableJdbcRepositories;
import org.springframework.data.relational.core.mapping.Table;
import org.springframework.data.relational.core.mapping.event.AfterConvertCallback;
import org.springframework.data.repository.CrudRepository;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.jdbc.core.namedparam.NamedParameterJdbcOperations;
import org.springframework.jdbc.core.namedparam.NamedParameterJdbcTemplate;
import org.springframework.jdbc.datasource.embedded.EmbeddedDatabaseBuilder;
import org.springframework.jdbc.datasource.embedded.EmbeddedDatabaseType;
import org.springframework.jdbc.support.JdbcTransactionManager;
import org.springframework.transaction.PlatformTransactionManager;
import org.springframework.transaction.support.TransactionTemplate;

/** A Spring Data repository: a JDK proxy around a JDK proxy, with transactions of its own inside. */
class SpringDataTests {

    private static final String FIND_BY_ID = "SpringDataTests.Customers.findById";

    private static final String FIND_BY_NAME = "SpringDataTests.Customers.findByName";

    private final ApplicationContextRunner contexts = new ApplicationContextRunner()
            .withConfiguration(AutoConfigurations.of(SingleFlightAutoConfiguration.class))
            .withUserConfiguration(Database.class)
            .withBean(Gate.class);

    @ParameterizedTest(name = "class proxies: {0}")
    @ValueSource(booleans = {true, false})
    void anInheritedMethodIsSharedByItsHerd(boolean classProxies) {
        contexts.withPropertyValues("spring.aop.proxy-target-class=" + classProxies)
                .run(context -> {
                    Customers customers = context.getBean(Customers.class);
                    Gate gate = context.getBean(Gate.class);

                    List<CompletableFuture<Optional<Customer>>> outcomes =
                            herd(5, gate, context, FIND_BY_ID, () -> customers.findById(7L));

                    assertThat(outcomes)
                            .extracting(Callers::value)
                            .allSatisfy(found -> assertThat(found).contains(new Customer(7, "ann")));
                    assertThat(gate.runs()).isOne();
                    assertThat(group(context, FIND_BY_ID).stats().bypassed()).isZero();
                });
    }

    @Test
    void aCallByTheInterfaceItComesFromIsTheSame() {
        contexts.run(context -> {
            Customers customers = context.getBean(Customers.class);
            CrudRepository<Customer, Long> repository = customers;
            Gate gate = context.getBean(Gate.class);

            CompletableFuture<Optional<Customer>> leader = Callers.start(() -> customers.findById(7L));
            gate.awaitRuns(1);
            CompletableFuture<Optional<Customer>> follower = Callers.start(() -> repository.findById(7L));
            Callers.awaitUntil(() -> group(context, FIND_BY_ID).stats().waiting() == 1 || gate.runs() > 1);
            gate.open();

            assertThat(value(follower)).isSameAs(value(leader));
            assertThat(gate.runs()).isOne();
        });
    }

    @Test
    void aQueryMethodIsSharedByItsHerd() {
        contexts.run(context -> {
            Customers customers = context.getBean(Customers.class);
            Gate gate = context.getBean(Gate.class);

            List<CompletableFuture<List<Customer>>> outcomes =
                    herd(5, gate, context, FIND_BY_NAME, () -> customers.findByName("ann"));

            assertThat(outcomes)
                    .extracting(Callers::value)
                    .allSatisfy(found -> assertThat(found).containsExactly(new Customer(7, "ann")));
            assertThat(gate.runs()).isOne();
        });
    }

    @Test
    void groupsAreNamedByTheRepositorysInterfaceBeforeTheFirstCallAndAfter() {
        contexts.run(context -> {
            assertThat(groups(context)).containsExactlyInAnyOrder(FIND_BY_ID, FIND_BY_NAME);

            Customers customers = context.getBean(Customers.class);
            CrudRepository<Customer, Long> repository = customers;
            context.getBean(Gate.class).open();
            customers.findById(7L);
            repository.findById(7L);
            customers.findByName("ann");

            assertThat(groups(context)).containsExactlyInAnyOrder(FIND_BY_ID, FIND_BY_NAME);
            assertThat(group(context, FIND_BY_ID).stats().runs()).isEqualTo(2);
        });
    }

    @Test
    void aCallerInATransactionThatMayWriteSeesWhatItWrote() {
        contexts.run(context -> {
            Customers customers = context.getBean(Customers.class);
            Gate gate = context.getBean(Gate.class);
            CompletableFuture<Optional<Customer>> leader = Callers.start(() -> customers.findById(7L));
            gate.awaitRuns(1);

            CompletableFuture<Optional<Customer>> writer =
                    Callers.start(() -> new TransactionTemplate(context.getBean(PlatformTransactionManager.class))
                            .execute(status -> {
                                customers.save(new Customer(7, "eve"));
                                return customers.findById(7L);
                            }));
            Callers.awaitUntil(
                    () -> gate.runs() > 1 || group(context, FIND_BY_ID).stats().waiting() == 1);
            gate.open();

            assertThat(value(writer)).contains(new Customer(7, "eve"));
            assertThat(value(leader)).contains(new Customer(7, "ann"));
        });
    }

    @Test
    void aRepositorysMethodForgets() {
        contexts.run(context -> {
            Customers customers = context.getBean(Customers.class);
            Gate gate = context.getBean(Gate.class);
            CompletableFuture<Optional<Customer>> leader = Callers.start(() -> customers.findById(7L));
            gate.awaitRuns(1);

            customers.deleteById(7L);

            assertThat(group(context, FIND_BY_ID).inFlight()).isEmpty();
            gate.open();
            assertThat(value(leader)).contains(new Customer(7, "ann"));
            assertThat(customers.findById(7L)).isEmpty();
        });
    }

    private static List<String> groups(BeanFactory beans) {
        return beans.getBean(SingleFlightGroups.class).all().stream()
                .map(SingleFlightGroup::name)
                .toList();
    }

    /** Says whose it is, for there is another Spring Data module on the class path. */
    @Table
    record Customer(@Id long id, String name) {}

    interface Customers extends CrudRepository<Customer, Long> {
        @Override
        @SingleFlight(key = "#id")
        Optional<Customer> findById(Long id);

        @SingleFlight(key = "#name")
        List<Customer> findByName(String name);

        @Override
        @SingleFlightForget(group = FIND_BY_ID, key = "#id")
        void deleteById(Long id);
    }

    @Configuration(proxyBeanMethods = false)
    @EnableJdbcRepositories(considerNestedRepositories = true)
    static class Database extends AbstractJdbcConfiguration {
        @Bean(destroyMethod = "shutdown")
        DataSource dataSource() {
            DataSource database = new EmbeddedDatabaseBuilder()
                    .generateUniqueName(true)
                    .setType(EmbeddedDatabaseType.H2)
                    .build();
            JdbcTemplate jdbc = new JdbcTemplate(database);
            jdbc.execute("create table \"CUSTOMER\" (\"ID\" bigint primary key, \"NAME\" varchar(20))");
            jdbc.update("insert into customer values (7, 'ann')");
            return database;
        }

        @Bean
        NamedParameterJdbcOperations jdbcOperations(DataSource dataSource) {
            return new NamedParameterJdbcTemplate(dataSource);
        }

        @Bean
        PlatformTransactionManager transactionManager(DataSource dataSource) {
            return new JdbcTransactionManager(dataSource);
        }

        /** Where runs stay: after the query. */
        @Bean
        AfterConvertCallback<Customer> atTheGate(Gate gate) {
            return customer -> {
                gate.pass();
                return customer;
            };
        }
    }
}
