package dev.singleflight.interceptor;

import static dev.singleflight.Callers.failure;
import static dev.singleflight.Callers.group;
import static dev.singleflight.Callers.value;
import static org.assertj.core.api.Assertions.assertThat;

import dev.singleflight.Callers;
import dev.singleflight.FlightInfo;
import dev.singleflight.SingleFlightGroup;
import dev.singleflight.annotation.SingleFlight;
import dev.singleflight.annotation.SingleFlightForget;
import dev.singleflight.autoconfigure.SingleFlightAutoConfiguration;
import io.r2dbc.h2.H2ConnectionConfiguration;
import io.r2dbc.h2.H2ConnectionFactory;
import io.r2dbc.spi.ConnectionFactory;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.context.ApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.NestedExceptionUtils;
import org.springframework.r2dbc.connection.R2dbcTransactionManager;
import org.springframework.transaction.ReactiveTransactionManager;
import org.springframework.transaction.reactive.TransactionalOperator;
import org.springframework.transaction.support.DefaultTransactionDefinition;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.test.StepVerifier;

/** What reactive methods forget, and what callers within reactive transactions share. */
class ReactiveForgetTests {

    private final ApplicationContextRunner contexts = new ApplicationContextRunner()
            .withConfiguration(AutoConfigurations.of(SingleFlightAutoConfiguration.class))
            .withUserConfiguration(Database.class)
            .withBean(Users.class);

    @Test
    void aMonoForgetsAtItsValueBeforeItsSubscriberLearnsOfIt() {
        inContext(scene -> {
            scene.somebodyFinds(7);
            Mono<String> update = scene.users.update(7);
            assertThat(scene.inFlight()).as("before the subscription").containsExactly("7");

            List<String> seen = new ArrayList<>();
            update.doOnNext(value -> seen.addAll(scene.inFlight())).block(Callers.LIMIT);
            assertThat(seen).as("in flight at the value").isEmpty();
        });
    }

    @Test
    void eachSubscriptionForgets() {
        inContext(scene -> {
            Mono<String> update = scene.users.update(7);
            scene.somebodyFinds(7);
            update.block(Callers.LIMIT);
            scene.somebodyFinds(7);
            update.block(Callers.LIMIT);
            assertThat(scene.inFlight()).isEmpty();
        });
    }

    @Test
    void theResultIsTheValue() {
        inContext(scene -> {
            scene.somebodyFinds(3);
            scene.users.add("Ann").block(Callers.LIMIT);
            assertThat(scene.inFlight()).isEmpty();
        });
    }

    @Test
    void whatFailsForgetsNothing() {
        inContext(scene -> {
            scene.somebodyFinds(7);
            assertThat(failure(scene.users.fail(7).toFuture())).hasMessage("fail 7");
            assertThat(scene.inFlight()).containsExactly("7");
        });
    }

    @Test
    void aFluxForgetsWhenItIsComplete() {
        inContext(scene -> {
            scene.somebodyFinds(7);
            StepVerifier.create(scene.users.updateAll(7), 1)
                    .expectNext("one")
                    .then(() -> assertThat(scene.inFlight()).containsExactly("7"))
                    .thenRequest(1)
                    .expectNext("two")
                    .expectComplete()
                    .verify(Callers.LIMIT);
            assertThat(scene.inFlight()).isEmpty();
        });
    }

    @Test
    void theResultOfAFluxIsNoOneValue() {
        contexts.withBean(ForgetsEachResult.class)
                .run(context -> assertThat(NestedExceptionUtils.getMostSpecificCause(context.getStartupFailure()))
                        .isInstanceOf(InvalidSingleFlightException.class)
                        .hasMessageContaining("#result"));
    }

    @Test
    void itForgetsOnceMoreAfterTheCommitOfTheSubscribersTransaction() {
        inContext(scene -> {
            scene.somebodyFinds(7);
            scene.transaction
                    .transactional(scene.users.update(7).doOnNext(value -> {
                        assertThat(scene.inFlight()).as("after success").isEmpty();
                        scene.somebodyFinds(7);
                    }))
                    .block(Callers.LIMIT);
            assertThat(scene.inFlight()).as("after the commit").isEmpty();
        });
    }

    @Test
    void itForgetsNothingMoreAfterARollback() {
        inContext(scene -> {
            Mono<String> rolledBack = scene.transaction.transactional(scene.users
                    .update(7)
                    .doOnNext(value -> scene.somebodyFinds(7))
                    .flatMap(value -> Mono.error(new IllegalStateException("no"))));
            assertThat(failure(rolledBack.toFuture())).hasMessage("no");
            assertThat(scene.inFlight()).as("after the rollback").containsExactly("7");
        });
    }

    @Test
    void aSubscriberWithinATransactionThatMayWriteRunsAlone() {
        inContext(scene -> {
            scene.somebodyFinds(7);
            assertThat(value(scene.transaction.transactional(scene.users.now(7)).toFuture()))
                    .isEqualTo("now 7");
            assertThat(scene.group.stats().bypassed()).isOne();
            assertThat(scene.inFlight()).containsExactly("7");
        });
    }

    @Test
    void aSubscriberWithinATransactionThatOnlyReadsJoins() {
        inContext(scene -> {
            DefaultTransactionDefinition reading = new DefaultTransactionDefinition();
            reading.setReadOnly(true);
            scene.somebodyFinds(7);
            scene.subscribe(TransactionalOperator.create(scene.manager, reading).transactional(scene.users.now(7)));
            assertThat(scene.group.stats().joined()).isOne();
        });
    }

    @Test
    void aSubscriberWithinATransactionJoinsWhereThePropertiesSaySo() {
        contexts.withPropertyValues("single-flight.in-transaction=join").run(context -> {
            Scene scene = new Scene(context);
            scene.somebodyFinds(7);
            scene.subscribe(scene.transaction.transactional(scene.users.now(7)));
            assertThat(scene.group.stats().joined()).isOne();
        });
    }

    private void inContext(Consumer<Scene> test) {
        contexts.run(context -> {
            assertThat(context).hasNotFailed();
            test.accept(new Scene(context));
        });
    }

    /** An application, and subscribers whose flights stay up. */
    private static final class Scene {

        private final Users users;

        private final SingleFlightGroup<?, ?> group;

        private final ReactiveTransactionManager manager;

        private final TransactionalOperator transaction;

        private final List<CompletableFuture<?>> subscribers = new ArrayList<>();

        private Scene(ApplicationContext context) {
            users = context.getBean(Users.class);
            group = group(context, "users");
            manager = context.getBean(ReactiveTransactionManager.class);
            transaction = TransactionalOperator.create(manager);
        }

        private void somebodyFinds(int id) {
            subscribe(users.find(id));
        }

        private void subscribe(Mono<String> call) {
            subscribers.add(call.toFuture());
        }

        private List<String> inFlight() {
            return group.inFlight().stream()
                    .map(FlightInfo::key)
                    .map(String::valueOf)
                    .toList();
        }
    }

    static class Users {

        @SingleFlight(group = "users", key = "#id")
        public Mono<String> find(int id) {
            return Mono.never();
        }

        @SingleFlight(group = "users", key = "#id")
        public Mono<String> now(int id) {
            return Mono.just("now " + id);
        }

        @SingleFlightForget(group = "users", key = "#id")
        public Mono<String> update(int id) {
            return Mono.fromSupplier(() -> "updated " + id);
        }

        @SingleFlightForget(group = "users", key = "#result.length()")
        public Mono<String> add(String name) {
            return Mono.just(name);
        }

        @SingleFlightForget(group = "users", key = "#id")
        public Mono<String> fail(int id) {
            return Mono.error(new IllegalStateException("fail " + id));
        }

        @SingleFlightForget(group = "users", key = "#id")
        public Flux<String> updateAll(int id) {
            return Flux.fromStream(() -> Stream.of("one", "two"));
        }
    }

    static class ForgetsEachResult {

        @SingleFlightForget(group = "users", key = "#result")
        public Flux<String> updateAll() {
            return Flux.just("one");
        }
    }

    @Configuration(proxyBeanMethods = false)
    static class Database {

        @Bean
        ConnectionFactory connections() {
            return new H2ConnectionFactory(
                    H2ConnectionConfiguration.builder().inMemory("forget").build());
        }

        @Bean
        ReactiveTransactionManager transactions(ConnectionFactory connections) {
            return new R2dbcTransactionManager(connections);
        }
    }
}
