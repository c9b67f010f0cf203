package dev.singleflight.interceptor;

import static dev.singleflight.Callers.awaitWaiting;
import static dev.singleflight.Callers.group;
import static dev.singleflight.Callers.value;
import static org.assertj.core.api.Assertions.assertThat;

import dev.singleflight.Callers;
import dev.singleflight.Gate;
import dev.singleflight.annotation.SingleFlight;
import dev.singleflight.annotation.SingleFlightForget;
import dev.singleflight.autoconfigure.SingleFlightAutoConfiguration;
import java.util.concurrent.CompletableFuture;
import java.util.function.BiFunction;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.jdbc.datasource.embedded.EmbeddedDatabase;
import org.springframework.jdbc.datasource.embedded.EmbeddedDatabaseBuilder;
import org.springframework.jdbc.datasource.embedded.EmbeddedDatabaseType;

/** Two beans of one class, each with a database of its own, have one group and never one another's data. */
class TwoDatabasesTests {

    static Stream<Arguments> groups() {
        return Stream.of(
                Arguments.of(
                        "TwoDatabasesTests.Customers.name", (BiFunction<Customers, Integer, String>) Customers::name),
                Arguments.of("customers", (BiFunction<Customers, Integer, String>) Customers::nameByGroup));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("groups")
    void theyNeverMix(String group, BiFunction<Customers, Integer, String> find) {
        new ApplicationContextRunner()
                .withConfiguration(AutoConfigurations.of(SingleFlightAutoConfiguration.class))
                .withUserConfiguration(NorthAndSouth.class)
                .run(context -> {
                    Customers north = context.getBean("north", Customers.class);
                    Customers south = context.getBean("south", Customers.class);
                    Gate gate = context.getBean(Gate.class);

                    CompletableFuture<String> inNorth = Callers.start(() -> find.apply(north, 7));
                    CompletableFuture<String> inSouth = Callers.start(() -> find.apply(south, 7));
                    gate.awaitRuns(2);
                    CompletableFuture<String> inNorthToo = Callers.start(() -> find.apply(north, 7));
                    CompletableFuture<String> inSouthToo = Callers.start(() -> find.apply(south, 7));
                    awaitWaiting(group(context, group), 2);
                    gate.open();

                    assertThat(value(inNorth)).isEqualTo(value(inNorthToo)).isEqualTo("7 of north");
                    assertThat(value(inSouth)).isEqualTo(value(inSouthToo)).isEqualTo("7 of south");
                    assertThat(gate.runs()).isEqualTo(2);
                });
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("groups")
    void aForgetOnOneReachesBoth(String group, BiFunction<Customers, Integer, String> find) {
        new ApplicationContextRunner()
                .withConfiguration(AutoConfigurations.of(SingleFlightAutoConfiguration.class))
                .withUserConfiguration(NorthAndSouth.class)
                .run(context -> {
                    Customers north = context.getBean("north", Customers.class);
                    Customers south = context.getBean("south", Customers.class);
                    Gate gate = context.getBean(Gate.class);

                    CompletableFuture<String> inNorth = Callers.start(() -> find.apply(north, 7));
                    CompletableFuture<String> inSouth = Callers.start(() -> find.apply(south, 7));
                    gate.awaitRuns(2);
                    assertThat(group(context, group).inFlight()).hasSize(2);
                    south.changed(7);
                    assertThat(group(context, group).inFlight()).isEmpty();
                    gate.open();

                    assertThat(value(inNorth)).isEqualTo("7 of north");
                    assertThat(value(inSouth)).isEqualTo("7 of south");
                });
    }

    @Configuration(proxyBeanMethods = false)
    static class NorthAndSouth {
        @Bean
        Gate gate() {
            return new Gate();
        }

        @Bean(destroyMethod = "shutdown")
        EmbeddedDatabase northern() {
            return database("north");
        }

        @Bean(destroyMethod = "shutdown")
        EmbeddedDatabase southern() {
            return database("south");
        }

        @Bean
        Customers north(EmbeddedDatabase northern, Gate gate) {
            return new Customers(new JdbcTemplate(northern), gate);
        }

        @Bean
        Customers south(EmbeddedDatabase southern, Gate gate) {
            return new Customers(new JdbcTemplate(southern), gate);
        }

        private static EmbeddedDatabase database(String place) {
            EmbeddedDatabase database = new EmbeddedDatabaseBuilder()
                    .generateUniqueName(true)
                    .setType(EmbeddedDatabaseType.H2)
                    .build();
            JdbcTemplate jdbc = new JdbcTemplate(database);
            jdbc.execute("create table customer (id int primary key, name varchar(20))");
            jdbc.update("insert into customer values (7, ?)", "7 of " + place);
            return database;
        }
    }

    static class Customers {
        private final JdbcTemplate jdbc;
        private final Gate gate;

        Customers(JdbcTemplate jdbc, Gate gate) {
            this.jdbc = jdbc;
            this.gate = gate;
        }

        @SingleFlight(key = "#id")
        public String name(int id) {
            return load(id);
        }

        @SingleFlight(group = "customers", key = "#id")
        public String nameByGroup(int id) {
            return load(id);
        }

        @SingleFlightForget(group = "customers", key = "#id")
        @SingleFlightForget(group = "TwoDatabasesTests.Customers.name", key = "#id")
        public void changed(int id) {
            assertThat(id).isPositive();
        }

        private String load(int id) {
            gate.pass();
            return jdbc.queryForObject("select name from customer where id = ?", String.class, id);
        }
    }
}
