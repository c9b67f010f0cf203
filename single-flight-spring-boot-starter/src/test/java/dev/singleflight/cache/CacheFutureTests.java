package dev.singleflight.cache;

import static dev.singleflight.Callers.awaitUntil;
import static dev.singleflight.Callers.awaitWaiting;
import static dev.singleflight.Callers.failure;
import static dev.singleflight.Callers.group;
import static dev.singleflight.Callers.start;
import static dev.singleflight.Callers.value;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.singleflight.Callers;
import dev.singleflight.autoconfigure.SingleFlightAutoConfiguration;
import dev.singleflight.autoconfigure.SingleFlightCacheAutoConfiguration;
import java.io.FileNotFoundException;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.cache.Cache;
import org.springframework.cache.Cache.ValueRetrievalException;
import org.springframework.cache.CacheManager;
import org.springframework.cache.annotation.Cacheable;
import org.springframework.cache.annotation.EnableCaching;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import reactor.core.publisher.Mono;

/** Callers that wait for no load: futures, and methods that return a {@code Mono}. */
@SuppressWarnings("FutureReturnValueIgnored") // calls that are to throw
class CacheFutureTests {

    private static final String GROUP = "cache:users";

    private final ApplicationContextRunner contexts = new ApplicationContextRunner()
            .withConfiguration(AutoConfigurations.of(
                    SingleFlightAutoConfiguration.class, SingleFlightCacheAutoConfiguration.class))
            .withUserConfiguration(Application.class)
            .withPropertyValues("single-flight.cache.enabled=true");

    @ParameterizedTest
    @EnumSource(names = {"MAP", "CAFFEINE_ASYNC", "REDIS", "REDIS_LOCKING"})
    void twentyCallersOfOneKeyLoadItOnce(Store store) {
        contexts.withBean(CacheManager.class, store::manager).run(context -> {
            Users users = context.getBean(Users.class);
            List<CompletableFuture<String>> callers =
                    Stream.generate(() -> users.find(7)).limit(20).toList();
            awaitWaiting(group(context, GROUP), 20);
            users.loads().get(0).complete("user 7");

            callers.forEach(caller -> assertThat(value(caller)).isEqualTo("user 7"));
            assertThat(value(users.find(7))).isEqualTo("user 7");
            assertThat(users.loads()).hasSize(1);
        });
    }

    @ParameterizedTest
    @EnumSource(names = {"MAP", "CAFFEINE_ASYNC", "REDIS"})
    void soDoSubscribersOfMonos(Store store) {
        contexts.withBean(CacheManager.class, store::manager).run(context -> {
            Users users = context.getBean(Users.class);
            List<CompletableFuture<String>> callers =
                    Stream.generate(() -> users.mono(7).toFuture()).limit(20).toList();
            awaitWaiting(group(context, GROUP), 20);
            users.loads().get(0).complete("user 7");

            callers.forEach(caller -> assertThat(value(caller)).isEqualTo("user 7"));
            assertThat(users.loads()).hasSize(1);
        });
    }

    @Test
    void allGetTheVeryFailure() {
        contexts.withBean(CacheManager.class, Store.CAFFEINE_ASYNC::manager).run(context -> {
            Cache cache = cache(context.getBean(CacheManager.class));
            CompletableFuture<String> load = new CompletableFuture<>();
            CompletableFuture<String> leader = cache.retrieve(7, () -> load);
            CompletableFuture<String> follower = cache.retrieve(7, CompletableFuture::new);
            CompletableFuture<String> thread = start(() -> cache.get(7, () -> "not run"));
            awaitWaiting(group(context, GROUP), 3);
            FileNotFoundException failure = new FileNotFoundException("user 7");
            load.completeExceptionally(failure);

            assertThat(failure(leader)).isSameAs(failure);
            assertThat(failure(follower)).isSameAs(failure);
            assertThat(failure(thread))
                    .isExactlyInstanceOf(ValueRetrievalException.class)
                    .hasCause(failure);
        });
    }

    /** The one's failure is wrapped as caches do it, the other's is as it was. */
    @Test
    void aFutureThatJoinsAThreadsLoadGetsItsValueOrItsFailure() {
        contexts.withBean(CacheManager.class, Store.CAFFEINE_ASYNC::manager).run(context -> {
            Cache cache = cache(context.getBean(CacheManager.class));
            CompletableFuture<String> load = new CompletableFuture<>();
            CompletableFuture<String> thread = start(() -> cache.get(7, () -> Callers.value(load)));
            awaitUntil(() -> group(context, GROUP).stats().active() == 1);
            CompletableFuture<String> future = cache.retrieve(7, () -> CompletableFuture.completedFuture("not run"));
            awaitWaiting(group(context, GROUP), 1);
            load.complete("loaded");

            assertThat(value(thread)).isEqualTo(value(future)).isEqualTo("loaded");
            CompletableFuture<String> again = cache.retrieve(7, CompletableFuture::new);
            assertThat(value(again)).isEqualTo("loaded");
        });
    }

    @ParameterizedTest
    @EnumSource(names = {"CAFFEINE_ASYNC", "REDIS"})
    void whoCancelsLeavesAlone(Store store) {
        contexts.withBean(CacheManager.class, store::manager).run(context -> {
            Cache cache = cache(context.getBean(CacheManager.class));
            CompletableFuture<String> load = new CompletableFuture<>();
            CompletableFuture<String> leader = cache.retrieve(7, () -> load);
            awaitUntil(() -> group(context, GROUP).stats().active() == 1);
            CompletableFuture<String> follower = cache.retrieve(7, () -> load);
            CompletableFuture<String> cancelled = cache.retrieve(7, () -> load);
            awaitWaiting(group(context, GROUP), 3);
            cancelled.cancel(true);
            awaitWaiting(group(context, GROUP), 2);
            load.complete("loaded");

            assertThat(value(leader)).isEqualTo("loaded").isEqualTo(value(follower));
        });
    }

    @Test
    void aCancelledLoadIsTakenOverByAFollower() {
        contexts.withBean(CacheManager.class, Store.CAFFEINE_ASYNC::manager).run(context -> {
            Cache cache = cache(context.getBean(CacheManager.class));
            CompletableFuture<String> load = new CompletableFuture<>();
            CompletableFuture<String> leader = cache.retrieve(7, () -> load);
            CompletableFuture<String> follower = cache.retrieve(7, () -> CompletableFuture.completedFuture("loaded"));
            awaitWaiting(group(context, GROUP), 2);
            load.cancel(true);

            assertThat(value(follower)).isEqualTo("loaded");
            assertThat(leader).isCancelled();
            assertThat(cache.get(7, String.class)).isEqualTo("loaded");
        });
    }

    /** Only where the group says so: else it goes on, for the cache. */
    @Test
    void aLoadThatNobodyWantsAnyMoreIsCancelled() {
        contexts.withBean(CacheManager.class, Store.CAFFEINE_ASYNC::manager)
                .withPropertyValues("single-flight.groups.cache-users.abandoned=cancel")
                .run(context -> {
                    Cache cache = cache(context.getBean(CacheManager.class));
                    CompletableFuture<String> load = new CompletableFuture<>();
                    cache.retrieve(7, () -> load).cancel(true);
                    awaitUntil(load::isCancelled);
                    awaitUntil(() -> group(context, GROUP).stats().active() == 0);
                    assertThat(value(cache.retrieve(7, () -> CompletableFuture.completedFuture("anew"))))
                            .isEqualTo("anew");
                });
    }

    @Test
    void noOldValueIsStoredAfterAnEviction() {
        contexts.withBean(CacheManager.class, Store.CAFFEINE_ASYNC::manager).run(context -> {
            Cache cache = cache(context.getBean(CacheManager.class));
            CompletableFuture<String> load = new CompletableFuture<>();
            CompletableFuture<String> old = cache.retrieve(7, () -> load);
            cache.evict(7);
            load.complete("old");

            assertThat(value(old)).isEqualTo("old");
            assertThat(cache.get(7)).isNull();
        });
    }

    @ParameterizedTest
    @EnumSource(names = {"CAFFEINE", "JCACHE"})
    void aCacheThatHasNoFuturesSaysSoAsBefore(Store store) {
        Throwable itsOwn = thrownBy(() -> store.manager().getCache(Store.USERS).retrieve(7, CompletableFuture::new));
        contexts.withBean(CacheManager.class, store::manager)
                .run(context -> assertThatThrownBy(
                                () -> cache(context.getBean(CacheManager.class)).retrieve(7, CompletableFuture::new))
                        .isExactlyInstanceOf(itsOwn.getClass())
                        .hasMessage(itsOwn.getMessage()));
    }

    private static Throwable thrownBy(Supplier<?> call) {
        try {
            return new AssertionError(call.get());
        } catch (RuntimeException thrown) {
            return thrown;
        }
    }

    private static Cache cache(CacheManager manager) {
        return manager.getCache(Store.USERS);
    }

    @Configuration(proxyBeanMethods = false)
    @EnableCaching
    static class Application {
        @Bean
        Users users() {
            return new Users();
        }
    }

    static class Users {
        private final List<CompletableFuture<String>> loads = new CopyOnWriteArrayList<>();

        public List<CompletableFuture<String>> loads() {
            return loads;
        }

        @Cacheable(cacheNames = Store.USERS, sync = true)
        public CompletableFuture<String> find(int id) {
            CompletableFuture<String> load = new CompletableFuture<>();
            loads.add(load);
            return load;
        }

        @Cacheable(cacheNames = Store.USERS, sync = true)
        public Mono<String> mono(int id) {
            return Mono.fromFuture(() -> find(id));
        }
    }
}
