package dev.singleflight.interceptor;

import static dev.singleflight.Callers.awaitUntil;
import static dev.singleflight.Callers.failure;
import static dev.singleflight.Callers.group;
import static dev.singleflight.Callers.value;
import static org.assertj.core.api.Assertions.assertThat;

import dev.singleflight.Callers;
import dev.singleflight.FlightTimeoutException;
import dev.singleflight.SingleFlightGroup;
import dev.singleflight.annotation.SingleFlight;
import dev.singleflight.autoconfigure.SingleFlightAutoConfiguration;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import org.aopalliance.intercept.MethodInterceptor;
import org.junit.jupiter.api.Test;
import org.reactivestreams.Subscription;
import org.springframework.aop.support.NameMatchMethodPointcutAdvisor;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.beans.factory.config.BeanDefinition;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.context.ApplicationContext;
import org.springframework.context.annotation.Lazy;
import reactor.core.Disposable;
import reactor.core.publisher.BaseSubscriber;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;
import reactor.core.scheduler.Schedulers;
import reactor.test.StepVerifier;
import reactor.util.context.Context;

/** Methods of reactive types: each subscription is a call. */
class ReactiveTests {

    private final ApplicationContextRunner contexts = new ApplicationContextRunner()
            .withConfiguration(AutoConfigurations.of(SingleFlightAutoConfiguration.class))
            .withBean(Users.class);

    @Test
    void assemblyStartsNothing() {
        inContext((users, group) -> {
            Mono<String> mono = users.find(7);
            Flux<String> flux = users.all("x");

            assertThat(users.state().calls).as("calls of the methods").hasValue(0);
            assertThat(group.stats().calls()).isZero();
            assertThat(mono).isNotNull();
            assertThat(flux).isNotNull();
        });
    }

    @Test
    void subscribersOfOneKeyShareARun() {
        inContext((users, group) -> {
            List<CompletableFuture<String>> callers = List.of(
                    users.find(7).toFuture(),
                    users.find(7).toFuture(),
                    users.find(7).toFuture());
            assertThat(group.stats().waiting()).isEqualTo(3);

            users.source().emitValue("Ann", Sinks.EmitFailureHandler.FAIL_FAST);

            callers.forEach(caller -> assertThat(value(caller)).isEqualTo("Ann"));
            assertThat(users.state().calls).hasValue(1);
            assertThat(group.stats().joined()).isEqualTo(2);
        });
    }

    @Test
    void subscribersOfOtherKeysRunAtTheSameTime() {
        inContext((users, group) -> {
            users.find(7).subscribe();
            users.find(8).subscribe();

            assertThat(group.inFlight()).hasSize(2);
        });
    }

    @Test
    void aSecondSubscriptionAfterTheLandingStartsAFlight() {
        inContext((users, group) -> {
            Mono<String> mono = users.now(7);

            assertThat(value(mono.toFuture())).isEqualTo("run 1");
            assertThat(value(mono.toFuture())).isEqualTo("run 2");
        });
    }

    @Test
    void adviceThatStandsInsideIsPartOfEveryRun() {
        AtomicInteger advised = new AtomicInteger();
        NameMatchMethodPointcutAdvisor inner = new NameMatchMethodPointcutAdvisor((MethodInterceptor) invocation -> {
            advised.incrementAndGet();
            return invocation.proceed();
        });
        inner.setMappedName("now");
        inner.setOrder(2_000);
        contexts.withBean(
                        NameMatchMethodPointcutAdvisor.class,
                        () -> inner,
                        definition -> definition.setRole(BeanDefinition.ROLE_INFRASTRUCTURE))
                .run(context -> {
                    Users users = context.getBean(Users.class);
                    Mono<String> mono = users.now(7);
                    assertThat(value(mono.toFuture())).isEqualTo("run 1");
                    assertThat(value(mono.toFuture())).isEqualTo("run 2");
                    assertThat(advised).hasValue(2);
                });
    }

    @Test
    void twoSubscriptionsToOneMonoShareARun() {
        inContext((users, group) -> {
            Mono<String> mono = users.find(7);
            CompletableFuture<String> first = mono.toFuture();
            CompletableFuture<String> second = mono.toFuture();
            users.source().tryEmitValue("Ann");

            assertThat(value(first)).isEqualTo("Ann");
            assertThat(value(second)).isEqualTo("Ann");
            assertThat(users.state().calls).hasValue(1);
        });
    }

    @Test
    void anEmptyMonoIsEmptyForAll() {
        inContext((users, group) -> {
            CompletableFuture<String> leader =
                    users.find(7).defaultIfEmpty("none").toFuture();
            CompletableFuture<String> follower =
                    users.find(7).defaultIfEmpty("none").toFuture();
            users.source().tryEmitEmpty();

            assertThat(value(leader)).isEqualTo("none");
            assertThat(value(follower)).isEqualTo("none");
        });
    }

    @Test
    void everySubscriberGetsTheVeryError() {
        inContext((users, group) -> {
            IOException broken = new IOException("broken");
            CompletableFuture<String> leader = users.find(7).toFuture();
            CompletableFuture<String> follower = users.find(7).toFuture();
            users.source().tryEmitError(broken);

            assertThat(failure(leader)).isSameAs(broken);
            assertThat(failure(follower)).isSameAs(broken);
        });
    }

    @Test
    void whatTheMethodThrowsIsTheError() {
        inContext((users, group) -> assertThat(failure(users.throwing(7).toFuture()))
                .isInstanceOf(IllegalStateException.class)
                .hasMessage("thrown 7"));
    }

    @Test
    void aMethodThatReturnsNullIsEmpty() {
        inContext((users, group) ->
                StepVerifier.create(users.none(7)).expectComplete().verify(Callers.LIMIT));
    }

    @Test
    void aSubscriberThatCancelsLeavesAlone() {
        inContext((users, group) -> {
            Disposable leader = users.find(7).subscribe();
            CompletableFuture<String> follower = users.find(7).toFuture();
            Disposable gone = users.find(7).subscribe();

            leader.dispose();
            gone.dispose();
            assertThat(users.state().cancelled).as("the run").hasValue(0);
            users.source().tryEmitValue("Ann");

            assertThat(value(follower)).isEqualTo("Ann");
            assertThat(users.state().calls).hasValue(1);
        });
    }

    @Test
    void whenTheLastIsGoneTheRunIsCancelled() {
        inContext((users, group) -> {
            Disposable leader = users.find(7).subscribe();
            Disposable follower = users.find(7).subscribe();
            leader.dispose();
            follower.dispose();

            awaitUntil(() -> users.state().cancelled.get() == 1);
            assertThat(group.inFlight()).isEmpty();
        });
    }

    @Test
    void whenTheLastIsGoneTheRunCompletesWhereTheGroupSaysSo() {
        contexts.withPropertyValues("single-flight.groups.users.abandoned=complete")
                .run(context -> {
                    Users users = context.getBean(Users.class);
                    users.find(7).subscribe().dispose();

                    assertThat(users.state().cancelled).hasValue(0);
                    assertThat(group(context, "users").inFlight()).hasSize(1);
                    users.source().tryEmitValue("Ann");
                    awaitUntil(() -> group(context, "users").inFlight().isEmpty());
                });
    }

    @Test
    void theDefaultsSayWhatBecomesOfAnAbandonedRunToo() {
        contexts.withPropertyValues("single-flight.defaults.abandoned=complete").run(context -> {
            Users users = context.getBean(Users.class);
            users.find(7).subscribe().dispose();

            assertThat(group(context, "users").inFlight()).hasSize(1);
        });
    }

    @Test
    void theRunHasTheLeadersContextAndEachFollowerItsOwnDownstream() {
        inContext((users, group) -> {
            Function<Mono<String>, Mono<String>> downstream = mono -> mono.flatMap(
                    value -> Mono.deferContextual(context -> Mono.just(value + " for " + context.get("caller"))));
            CompletableFuture<String> leader = downstream
                    .apply(users.fromContext(7))
                    .contextWrite(Context.of("caller", "leader"))
                    .toFuture();
            CompletableFuture<String> follower = downstream
                    .apply(users.fromContext(7))
                    .contextWrite(Context.of("caller", "follower"))
                    .toFuture();
            users.source().tryEmitValue("Ann");

            assertThat(value(leader)).isEqualTo("Ann by leader for leader");
            assertThat(value(follower)).isEqualTo("Ann by leader for follower");
        });
    }

    @Test
    void aFluxIsCollectedAndReplayed() {
        inContext((users, group) -> {
            CompletableFuture<List<String>> leader =
                    users.all("x").collectList().toFuture();
            CompletableFuture<List<String>> follower =
                    users.all("x").collectList().toFuture();
            users.state().elements.tryEmitNext("Ann");
            users.state().elements.tryEmitNext("Bob");
            assertThat(leader).as("before the end").isNotDone();
            users.state().elements.tryEmitComplete();

            assertThat(value(leader)).containsExactly("Ann", "Bob");
            assertThat(value(follower)).containsExactly("Ann", "Bob");
            assertThat(users.state().calls).hasValue(1);
        });
    }

    @Test
    void eachSubscriberOfAFluxGetsTheElementsAtItsOwnPace() {
        inContext((users, group) -> {
            List<String> slow = new CopyOnWriteArrayList<>();
            BaseSubscriber<String> one = new BaseSubscriber<>() {
                @Override
                protected void hookOnSubscribe(Subscription subscription) {
                    request(1);
                }

                @Override
                protected void hookOnNext(String element) {
                    slow.add(element);
                }
            };
            users.all("x").subscribe(one);
            CompletableFuture<List<String>> other = users.all("x").collectList().toFuture();
            List.of("Ann", "Bob", "Cleo").forEach(users.state().elements::tryEmitNext);
            users.state().elements.tryEmitComplete();

            assertThat(value(other)).hasSize(3);
            awaitUntil(() -> slow.size() == 1);
            one.request(1);
            awaitUntil(() -> slow.size() == 2);
            assertThat(slow).containsExactly("Ann", "Bob");
        });
    }

    @Test
    void anErrorOfAFluxIsEveryones() {
        inContext((users, group) -> {
            IOException broken = new IOException("broken");
            CompletableFuture<List<String>> leader =
                    users.all("x").collectList().toFuture();
            CompletableFuture<List<String>> follower =
                    users.all("x").collectList().toFuture();
            users.state().elements.tryEmitNext("Ann");
            users.state().elements.tryEmitError(broken);

            assertThat(failure(leader)).isSameAs(broken);
            assertThat(failure(follower)).isSameAs(broken);
        });
    }

    @Test
    void aFluxPastItsBoundFailsAndEndsItsSource() {
        contexts.withPropertyValues("single-flight.groups.lists.flux-max-elements=2")
                .run(context -> {
                    Users users = context.getBean(Users.class);
                    CompletableFuture<List<String>> leader =
                            users.all("x").collectList().toFuture();
                    users.state().elements.tryEmitNext("Ann");
                    users.state().elements.tryEmitNext("Bob");
                    assertThat(leader).as("at the bound").isNotDone();
                    users.state().elements.tryEmitNext("Cleo");

                    assertThat(failure(leader))
                            .isInstanceOf(IllegalStateException.class)
                            .hasMessage(
                                    "A call of group 'lists' emitted more than 2 elements, and what callers share is"
                                            + " collected first. Raise flux-max-elements of the group, or exclude such calls by a"
                                            + " condition");
                    assertThat(users.state().elements.currentSubscriberCount()).isZero();
                });
    }

    @Test
    void noBoundIsNoLimit() {
        contexts.withPropertyValues("single-flight.defaults.flux-max-elements=0")
                .run(context -> StepVerifier.create(context.getBean(Users.class).range(20_000))
                        .expectNextCount(20_000)
                        .expectComplete()
                        .verify(Callers.LIMIT));
    }

    @Test
    void tenThousandElementsAreTheDefaultBound() {
        inContext((users, group) -> {
            StepVerifier.create(users.range(10_000))
                    .expectNextCount(10_000)
                    .expectComplete()
                    .verify(Callers.LIMIT);
            StepVerifier.create(users.range(10_001))
                    .expectError(IllegalStateException.class)
                    .verify(Callers.LIMIT);
        });
    }

    @Test
    void blockingAndReactiveCallersShareAFlight() {
        inContext((users, group) -> {
            CompletableFuture<String> reactive = users.find(7).toFuture();
            CompletableFuture<String> blocking = Callers.start(() -> users.findBlocking(7));
            Callers.awaitWaiting(group, 2);
            users.source().tryEmitValue("Ann");

            assertThat(value(reactive)).isEqualTo("Ann");
            assertThat(value(blocking)).isEqualTo("Ann");
        });
    }

    @Test
    void aListAndAFluxShareAFlight() {
        contexts.run(context -> {
            Users users = context.getBean(Users.class);
            CompletableFuture<List<String>> reactive =
                    users.all("x").collectList().toFuture();
            CompletableFuture<List<String>> blocking = Callers.start(() -> users.allBlocking("x"));
            Callers.awaitWaiting(group(context, "lists"), 2);
            users.state().elements.tryEmitNext("Ann");
            users.state().elements.tryEmitComplete();

            assertThat(value(reactive)).containsExactly("Ann");
            assertThat(value(blocking)).containsExactly("Ann");
        });
    }

    @Test
    void waitTimeoutEndsAFollowerAlone() {
        inContext((users, group) -> {
            CompletableFuture<String> patient = users.find(7).toFuture();
            CompletableFuture<String> hasty = users.findHastily(7).toFuture();

            assertThat(failure(hasty)).isInstanceOf(FlightTimeoutException.class);
            users.source().tryEmitValue("Ann");
            assertThat(value(patient)).isEqualTo("Ann");
        });
    }

    @Test
    void aCallWithinTheRunOfItsOwnKeyRunsAloneWhateverThreadItIsOn() {
        inContext((users, group) -> {
            assertThat(value(users.nested(2).toFuture())).isEqualTo("2 around 1 around 0");
            assertThat(group.stats().bypassed()).isEqualTo(2);
        });
    }

    @Test
    void aCallThatOutlivesTheRunThatMadeItSharesAgain() {
        inContext((users, group) -> {
            Mono<String> detached = Mono.defer(() -> users.find(7));
            Mono<String> outer = users.leaking(7, detached);
            assertThat(value(outer.toFuture())).isEqualTo("landed");

            CompletableFuture<String> late = users.state().leaked.remove().toFuture();
            assertThat(group.stats().bypassed()).isZero();
            users.source().tryEmitValue("Ann");
            assertThat(value(late)).isEqualTo("Ann");
        });
    }

    @Test
    void whereTheConditionIsFalseEachSubscriberRunsAndAFluxStreams() {
        contexts.run(context -> {
            Users users = context.getBean(Users.class);
            List<String> seen = new ArrayList<>();
            Disposable subscriber = users.all("alone").subscribe(seen::add);
            users.state().elements.tryEmitNext("Ann");
            assertThat(seen).as("while it emits").containsExactly("Ann");
            assertThat(group(context, "lists").stats().bypassed()).isEqualTo(1);

            subscriber.dispose();
            assertThat(users.state().elements.currentSubscriberCount()).isZero();
        });
    }

    @Test
    void aGroupThatIsSwitchedOffIsNotThere() {
        contexts.run(context -> {
            Users users = context.getBean(Users.class);
            group(context, "lists").enabled(false);
            List<String> seen = new ArrayList<>();
            users.all("x").subscribe(seen::add);
            users.state().elements.tryEmitNext("Ann");

            assertThat(seen).as("while it emits").containsExactly("Ann");
            assertThat(group(context, "lists").stats().calls()).isZero();
        });
    }

    @Test
    void aKeyThatIsNullIsTheSubscribersError() {
        inContext((users, group) -> assertThat(failure(users.byName(null).toFuture()))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("Users.byName(String)"));
    }

    @Test
    void whatCannotBeSharedIsRunByEachSubscriber() {
        contexts.run(context -> {
            Users users = context.getBean(Users.class);
            CompletableFuture<Object> leader = users.open(7).toFuture();
            CompletableFuture<Object> follower = users.open(7).toFuture();
            users.state().gate.tryEmitEmpty();

            assertThat(value(leader)).isInstanceOf(ByteArrayInputStream.class);
            assertThat(value(follower)).isInstanceOf(ByteArrayInputStream.class).isNotSameAs(value(leader));
        });
    }

    @Test
    void aSuccessorSubscribesToItsOwnSource() {
        inContext((users, group) -> {
            CompletableFuture<String> leader = users.find(7)
                    .onErrorResume(CancellationException.class, cancelled -> Mono.just(cancelled.getMessage()))
                    .toFuture();
            CompletableFuture<String> follower = users.find(7).toFuture();
            users.source().tryEmitError(new CancellationException("of the source"));

            assertThat(value(leader)).isEqualTo("of the source");
            awaitUntil(() -> users.state().calls.get() == 2);
            users.source().tryEmitValue("Ann");
            assertThat(value(follower)).isEqualTo("Ann");
        });
    }

    @Test
    void onAnExecutorTheSourceIsSubscribedToThere() {
        contexts.withPropertyValues("single-flight.groups.threads.execution=executor")
                .run(context -> {
                    Users users = context.getBean(Users.class);
                    Thread here = Thread.currentThread();
                    assertThat(value(users.threaded(7).toFuture())).isNotSameAs(here);
                });
    }

    @Test
    void nothingIsLeftAfterAHerd() {
        inContext((users, group) -> {
            List<CompletableFuture<String>> herd = new ArrayList<>();
            for (int i = 0; i < 1_000; i++) {
                herd.add(users.find(7).subscribeOn(Schedulers.parallel()).toFuture());
            }
            Callers.awaitWaiting(group, 1_000);
            users.source().tryEmitValue("Ann");

            herd.forEach(caller -> assertThat(value(caller)).isEqualTo("Ann"));
            assertThat(users.state().calls).hasValue(1);
            awaitUntil(() -> group.stats().waiting() == 0);
            assertThat(group.inFlight()).isEmpty();
        });
    }

    private void inContext(Scene scene) {
        contexts.run(context -> {
            scene.play(context.getBean(Users.class), group((ApplicationContext) context, "users"));
            assertThat(context).hasNotFailed();
        });
    }

    @FunctionalInterface
    interface Scene {
        void play(Users users, SingleFlightGroup<?, ?> group) throws Exception;
    }

    /** Of the bean: the fields of its proxy are null. */
    static final class State {

        final AtomicInteger calls = new AtomicInteger();

        final AtomicInteger cancelled = new AtomicInteger();

        final Sinks.Many<String> elements = Sinks.many().multicast().directBestEffort();

        final Sinks.Empty<Object> gate = Sinks.empty();

        final Queue<Mono<String>> leaked = new ConcurrentLinkedQueue<>();

        final Queue<Sinks.One<String>> sources = new ConcurrentLinkedQueue<>();
    }

    static class Users {

        private final State state = new State();

        private Users self;

        State state() {
            return state;
        }

        /** What the last call of {@code find} waits for. */
        Sinks.One<String> source() {
            Sinks.One<String> last = null;
            for (Sinks.One<String> source : state.sources) {
                last = source;
            }
            return last;
        }

        private Mono<String> newSource() {
            Sinks.One<String> source = Sinks.one();
            state.sources.add(source);
            state.calls.incrementAndGet(); // whoever sees it finds the source
            return source.asMono().doOnCancel(state.cancelled::incrementAndGet);
        }

        @SingleFlight(group = "users", key = "#id")
        public Mono<String> find(int id) {
            return newSource();
        }

        @SingleFlight(group = "users", key = "#id", waitTimeout = "1ms")
        public Mono<String> findHastily(int id) {
            return newSource();
        }

        @SingleFlight(group = "users", key = "#id")
        public String findBlocking(int id) {
            throw new IllegalStateException("nobody leads here");
        }

        @SingleFlight(group = "users", key = "#id")
        public Mono<String> now(int id) {
            return Mono.fromSupplier(() -> "run " + state.calls.incrementAndGet());
        }

        @SingleFlight(group = "users", key = "#id")
        public Mono<String> throwing(int id) {
            throw new IllegalStateException("thrown " + id);
        }

        @SingleFlight(group = "users", key = "#id")
        public Mono<String> none(int id) {
            return null;
        }

        @SingleFlight(group = "users", key = "#id")
        public Mono<String> fromContext(int id) {
            return newSource()
                    .flatMap(value ->
                            Mono.deferContextual(context -> Mono.just(value + " by " + context.get("caller"))));
        }

        @SingleFlight(group = "users", key = "#name")
        public Mono<String> byName(String name) {
            return Mono.just(name);
        }

        @SingleFlight(group = "threads", key = "#id")
        public Mono<Thread> threaded(int id) {
            return Mono.fromSupplier(Thread::currentThread);
        }

        @SingleFlight(group = "lists", key = "#prefix", condition = "#prefix != 'alone'")
        public Flux<String> all(String prefix) {
            state.calls.incrementAndGet();
            return state.elements.asFlux();
        }

        @SingleFlight(group = "lists", key = "#prefix")
        public List<String> allBlocking(String prefix) {
            throw new IllegalStateException("nobody leads here");
        }

        @SingleFlight(group = "ranges", key = "#count")
        public Flux<Integer> range(int count) {
            return Flux.range(0, count);
        }

        @SingleFlight(group = "open", key = "#id")
        public Mono<Object> open(int id) {
            return state.gate.asMono().then(Mono.fromSupplier(() -> new ByteArrayInputStream(new byte[id])));
        }

        @SingleFlight(group = "users", key = "#root.targetClass")
        public Mono<String> nested(int depth) {
            return depth == 0
                    ? Mono.just("0")
                    : Mono.defer(() -> self.nested(depth - 1))
                            .subscribeOn(Schedulers.parallel())
                            .map(inner -> depth + " around " + inner);
        }

        @SingleFlight(group = "users", key = "#id")
        public Mono<String> leaking(int id, Mono<String> detached) {
            return Mono.deferContextual(context -> {
                state.leaked.add(detached.contextWrite(context));
                return Mono.just("landed");
            });
        }

        @Autowired
        void self(@Lazy Users proxy) {
            self = proxy;
        }
    }
}
