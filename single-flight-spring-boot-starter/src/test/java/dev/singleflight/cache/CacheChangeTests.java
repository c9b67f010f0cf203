package dev.singleflight.cache;

import static dev.singleflight.Callers.awaitWaiting;
import static dev.singleflight.Callers.group;
import static dev.singleflight.Callers.start;
import static dev.singleflight.Callers.value;
import static org.assertj.core.api.Assertions.assertThat;

import dev.singleflight.Gate;
import dev.singleflight.autoconfigure.SingleFlightAutoConfiguration;
import dev.singleflight.autoconfigure.SingleFlightCacheAutoConfiguration;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.cache.Cache;
import org.springframework.cache.CacheManager;
import org.springframework.cache.concurrent.ConcurrentMapCache;
import org.springframework.cache.support.SimpleCacheManager;
import org.springframework.cache.transaction.TransactionAwareCacheManagerProxy;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.jdbc.datasource.DataSourceTransactionManager;
import org.springframework.jdbc.datasource.embedded.EmbeddedDatabase;
import org.springframework.jdbc.datasource.embedded.EmbeddedDatabaseBuilder;
import org.springframework.jdbc.datasource.embedded.EmbeddedDatabaseType;
import org.springframework.transaction.support.TransactionTemplate;

/** What becomes of a load when its key is changed in the cache meanwhile. */
class CacheChangeTests {

    private static final String GROUP = "cache:users";

    private final ApplicationContextRunner contexts = new ApplicationContextRunner()
            .withConfiguration(AutoConfigurations.of(
                    SingleFlightAutoConfiguration.class, SingleFlightCacheAutoConfiguration.class))
            .withPropertyValues("single-flight.cache.enabled=true");

    static Stream<Arguments> removals() {
        return withEachStore(Stream.of(
                change("evict", cache -> cache.evict(7)),
                change("evictIfPresent", cache -> cache.evictIfPresent(7)),
                change("clear", Cache::clear),
                change("invalidate", Cache::invalidate)));
    }

    static Stream<Arguments> puts() {
        return withEachStore(Stream.of(
                change("put", cache -> cache.put(7, "new")),
                change("putIfAbsent", cache -> cache.putIfAbsent(7, "new"))));
    }

    @ParameterizedTest(name = "{0}, {1}")
    @MethodSource("removals")
    void whoComesAfterARemovalLoadsAnewAndTheOldValueIsNotStored(Store store, Consumer<Cache> removal) {
        contexts.withBean(CacheManager.class, store::manager).run(context -> {
            Cache cache = context.getBean(CacheManager.class).getCache(Store.USERS);
            Gate old = new Gate();
            Gate fresh = new Gate();

            CompletableFuture<String> before = start(() -> cache.get(7, loader(old, "old")));
            old.awaitRuns(1);
            removal.accept(cache);
            CompletableFuture<String> after = start(() -> cache.get(7, loader(fresh, "fresh")));
            fresh.awaitRuns(1);
            old.open();
            assertThat(value(before)).isEqualTo("old");
            assertThat(cache.get(7)).isNull();
            fresh.open();

            assertThat(value(after)).isEqualTo("fresh");
            assertThat(cache.get(7, String.class)).isEqualTo("fresh");
        });
    }

    @ParameterizedTest(name = "{0}, {1}")
    @MethodSource("removals")
    void noOldValueIsStoredWhereNobodyLoadsAnew(Store store, Consumer<Cache> removal) {
        contexts.withBean(CacheManager.class, store::manager).run(context -> {
            Cache cache = context.getBean(CacheManager.class).getCache(Store.USERS);
            Gate old = new Gate();

            CompletableFuture<String> before = start(() -> cache.get(7, loader(old, "old")));
            CompletableFuture<String> apart = start(() -> cache.get(8, loader(old, "other key")));
            old.awaitRuns(2);
            removal.accept(cache);
            old.open();

            assertThat(value(before)).isEqualTo("old");
            assertThat(cache.get(7)).isNull();
            assertThat(value(apart)).isEqualTo("other key");
        });
    }

    @ParameterizedTest(name = "{0}, {1}")
    @MethodSource("puts")
    void whatIsPutMeanwhileStays(Store store, Consumer<Cache> put) {
        contexts.withBean(CacheManager.class, store::manager).run(context -> {
            Cache cache = context.getBean(CacheManager.class).getCache(Store.USERS);
            Gate old = new Gate();

            CompletableFuture<String> before = start(() -> cache.get(7, loader(old, "old")));
            old.awaitRuns(1);
            put.accept(cache);
            assertThat(group(context, GROUP).stats().forgotten()).isOne();
            assertThat(cache.get(7, () -> "another")).isEqualTo("new");
            old.open();

            assertThat(value(before)).isEqualTo("old");
            assertThat(cache.get(7, String.class)).isEqualTo("new");
        });
    }

    /** A change of one key, or of a cache of the same name, is none of the other loads' business. */
    @Test
    void otherLoadsAreLeftAlone() {
        contexts.withBean("north", CacheManager.class, Store.MAP::manager)
                .withBean("south", CacheManager.class, Store.MAP::manager)
                .run(context -> {
                    Cache north = context.getBean("north", CacheManager.class).getCache(Store.USERS);
                    Cache south = context.getBean("south", CacheManager.class).getCache(Store.USERS);
                    Gate gate = new Gate();
                    CompletableFuture<String> load = start(() -> north.get(7, loader(gate, "loaded")));
                    gate.awaitRuns(1);

                    north.evict(8);
                    south.evict(7);
                    south.clear();
                    CompletableFuture<String> follower = start(() -> north.get(7, loader(gate, "not run")));
                    awaitWaiting(group(context, GROUP), 1);
                    gate.open();

                    assertThat(value(load)).isEqualTo("loaded").isEqualTo(value(follower));
                    assertThat(north.get(7, String.class)).isEqualTo("loaded");
                });
    }

    /** It saw that it was current; it was evicted; and then it stored. */
    @Test
    void whatIsStoredTooLateIsEvicted() {
        Gate storing = new Gate();
        contexts.withBean(
                        CacheManager.class,
                        () -> manager(new ConcurrentMapCache(Store.USERS) {
                            @Override
                            public @Nullable ValueWrapper putIfAbsent(Object key, @Nullable Object value) {
                                storing.pass();
                                return super.putIfAbsent(key, value);
                            }
                        }))
                .run(context -> {
                    Cache cache = context.getBean(CacheManager.class).getCache(Store.USERS);
                    CompletableFuture<String> old = start(() -> cache.get(7, () -> "old"));
                    storing.awaitRuns(1);
                    cache.evict(7);
                    storing.open();

                    assertThat(value(old)).isEqualTo("old");
                    assertThat(cache.get(7)).isNull();
                });
    }

    /** One that found nothing, and was held up until the load that was there had landed, looks again. */
    @Test
    void whoseLookIsOlderThanALandingLooksAgain() {
        Gate looking = new Gate();
        ThreadLocal<Boolean> heldUp = ThreadLocal.withInitial(() -> false);
        contexts.withBean(
                        CacheManager.class,
                        () -> manager(new ConcurrentMapCache(Store.USERS) {
                            @Override
                            public @Nullable ValueWrapper get(Object key) {
                                ValueWrapper found = super.get(key);
                                if (heldUp.get()) {
                                    heldUp.remove();
                                    looking.pass();
                                }
                                return found;
                            }
                        }))
                .run(context -> {
                    Cache cache = context.getBean(CacheManager.class).getCache(Store.USERS);
                    CompletableFuture<String> late = start(() -> {
                        heldUp.set(true);
                        return cache.get(7, () -> "loaded twice");
                    });
                    looking.awaitRuns(1);
                    assertThat(cache.get(7, () -> "loaded once")).isEqualTo("loaded once");
                    looking.open();

                    assertThat(value(late)).isEqualTo("loaded once");
                });
    }

    /** A change that waits for the commit forgets the flight then: until then the old value is the right one. */
    @Test
    void aChangeThatWaitsForTheCommitForgetsThen() {
        contexts.withBean(CacheManager.class, () -> new TransactionAwareCacheManagerProxy(Store.MAP.manager()))
                .withUserConfiguration(Transactions.class)
                .run(context -> {
                    Cache cache = context.getBean(CacheManager.class).getCache(Store.USERS);
                    TransactionTemplate transaction =
                            new TransactionTemplate(context.getBean(DataSourceTransactionManager.class));
                    Gate old = new Gate();
                    CompletableFuture<String> before = start(() -> cache.get(7, loader(old, "old")));
                    old.awaitRuns(1);

                    transaction.executeWithoutResult(status -> {
                        cache.evict(7);
                        assertThat(group(context, GROUP).inFlight()).hasSize(1);
                    });
                    assertThat(group(context, GROUP).inFlight()).isEmpty();
                    old.open();

                    assertThat(value(before)).isEqualTo("old");
                    assertThat(cache.get(7)).isNull();
                });
    }

    @Configuration(proxyBeanMethods = false)
    static class Transactions {
        @Bean(destroyMethod = "shutdown")
        EmbeddedDatabase database() {
            return new EmbeddedDatabaseBuilder()
                    .generateUniqueName(true)
                    .setType(EmbeddedDatabaseType.H2)
                    .build();
        }

        @Bean
        DataSourceTransactionManager transactions(EmbeddedDatabase database) {
            return new DataSourceTransactionManager(database);
        }
    }

    private static CacheManager manager(Cache cache) {
        SimpleCacheManager manager = new SimpleCacheManager();
        manager.setCaches(List.of(cache));
        manager.initializeCaches();
        return manager;
    }

    private static Callable<String> loader(Gate gate, String value) {
        return () -> {
            gate.pass();
            return value;
        };
    }

    private static Named<Consumer<Cache>> change(String name, Consumer<Cache> change) {
        return Named.of(name, change);
    }

    private static Stream<Arguments> withEachStore(Stream<Named<Consumer<Cache>>> changes) {
        return changes.flatMap(
                change -> Stream.of(Store.MAP, Store.CAFFEINE, Store.JCACHE).map(store -> Arguments.of(store, change)));
    }
}
