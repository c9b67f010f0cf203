package dev.singleflight.cache;

import static dev.singleflight.Callers.awaitWaiting;
import static dev.singleflight.Callers.failure;
import static dev.singleflight.Callers.group;
import static dev.singleflight.Callers.herd;
import static dev.singleflight.Callers.start;
import static dev.singleflight.Callers.value;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.github.benmanes.caffeine.cache.stats.CacheStats;
import dev.singleflight.Gate;
import dev.singleflight.autoconfigure.SingleFlightAutoConfiguration;
import dev.singleflight.autoconfigure.SingleFlightCacheAutoConfiguration;
import java.io.FileNotFoundException;
import java.io.Serializable;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.EnumSource.Mode;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.cache.Cache;
import org.springframework.cache.Cache.ValueRetrievalException;
import org.springframework.cache.CacheManager;
import org.springframework.cache.annotation.Cacheable;
import org.springframework.cache.annotation.EnableCaching;
import org.springframework.cache.caffeine.CaffeineCacheManager;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.data.redis.cache.CacheStatistics;
import org.springframework.data.redis.cache.RedisCacheWriter;

/** Threads that find nothing in a cache, whichever it is. */
class CacheHerdTests {

    private static final String GROUP = "cache:users";

    private final ApplicationContextRunner contexts = new ApplicationContextRunner()
            .withConfiguration(AutoConfigurations.of(
                    SingleFlightAutoConfiguration.class, SingleFlightCacheAutoConfiguration.class))
            .withUserConfiguration(Application.class)
            .withPropertyValues("single-flight.cache.enabled=true");

    @ParameterizedTest
    @EnumSource
    void twentyCallersOfOneKeyLoadItOnce(Store store) {
        contexts.withBean(CacheManager.class, store::manager).run(context -> {
            Users users = context.getBean(Users.class);
            Gate gate = context.getBean(Gate.class);

            assertThat(herd(20, gate, context, GROUP, () -> users.find(7)))
                    .allSatisfy(user -> assertThat(user).isCompletedWithValue("user 7, load 1"));
            assertThat(gate.runs()).isOne();
            assertThat(users.find(7)).isEqualTo("user 7, load 1");
        });
    }

    /** The way Spring Data has it: what the above is measured against. */
    @Test
    void withoutUsTheyLoadItTwentyTimesOnRedis() {
        contexts.withBean(CacheManager.class, Store.REDIS::manager)
                .withPropertyValues("single-flight.cache.enabled=false")
                .run(context -> {
                    Users users = context.getBean(Users.class);
                    Gate gate = context.getBean(Gate.class);
                    List<CompletableFuture<String>> callers = Stream.generate(() -> start(() -> users.find(7)))
                            .limit(20)
                            .toList();
                    gate.awaitRuns(20);
                    gate.open();
                    callers.forEach(caller -> assertThat(value(caller)).startsWith("user 7, load "));
                });
    }

    /** Keys of one hash, which a map has in one bin: the load of one would keep the others out. */
    @ParameterizedTest
    @EnumSource
    void tenKeysAreLoadedAtTheSameTime(Store store) {
        contexts.withBean(CacheManager.class, store::manager).run(context -> {
            Users users = context.getBean(Users.class);
            Gate gate = context.getBean(Gate.class);
            List<CompletableFuture<String>> callers = IntStream.range(0, 10)
                    .mapToObj(key -> start(() -> users.find(new SameHash(key))))
                    .toList();

            gate.awaitRuns(10); // all are within their loads, and none has ended
            assertThat(callers).noneMatch(CompletableFuture::isDone);
            gate.open();

            callers.forEach(caller -> assertThat(value(caller)).startsWith("user SameHash[id="));
        });
    }

    @ParameterizedTest
    @EnumSource
    void followersGetTheLeadersVeryFailure(Store store) {
        contexts.withBean(CacheManager.class, store::manager).run(context -> {
            Users users = context.getBean(Users.class);
            List<CompletableFuture<String>> callers =
                    herd(3, context.getBean(Gate.class), context, GROUP, () -> users.open(7));

            assertThat(failure(callers.get(0))).isInstanceOf(FileNotFoundException.class);
            assertThat(callers).allSatisfy(caller -> assertThat(failure(caller)).isSameAs(failure(callers.get(0))));
            assertThat(context.getBean(Gate.class).runs()).isOne();
        });
    }

    @ParameterizedTest
    @EnumSource
    void whoAsksTheCacheItselfGetsTheFailureThatCachesPromise(Store store) {
        contexts.withBean(CacheManager.class, store::manager).run(context -> {
            Cache cache = context.getBean(CacheManager.class).getCache(Store.USERS);
            assertThatThrownBy(() -> cache.get(7, () -> {
                        throw new FileNotFoundException("7");
                    }))
                    .isExactlyInstanceOf(ValueRetrievalException.class)
                    .hasCauseExactlyInstanceOf(FileNotFoundException.class);
            assertThatThrownBy(() -> cache.get(7, () -> {
                        throw new StackOverflowError();
                    }))
                    .isExactlyInstanceOf(StackOverflowError.class);
            assertThat(cache.get(7, () -> "value")).isEqualTo("value");
        });
    }

    @ParameterizedTest
    @EnumSource
    void nullIsAValue(Store store) {
        contexts.withBean(CacheManager.class, store::manager).run(context -> {
            Cache cache = context.getBean(CacheManager.class).getCache(Store.USERS);
            Gate gate = context.getBean(Gate.class);
            assertThat(herd(
                            3,
                            gate,
                            context,
                            GROUP,
                            () -> cache.get(7, () -> {
                                gate.pass();
                                return null;
                            })))
                    .allSatisfy(caller -> assertThat(caller).isCompletedWithValue(null));
            assertThat(cache.get(7)).isNotNull();
            assertThat(cache.get(7).get()).isNull();
            assertThat(cache.get(7, () -> "another")).isNull();
        });
    }

    @Test
    void aCacheThatTakesNoNullSaysSo() {
        CaffeineCacheManager manager = Store.caffeine();
        manager.setAllowNullValues(false);
        contexts.withBean(CacheManager.class, () -> manager)
                .run(context -> assertThatThrownBy(() -> context.getBean(CacheManager.class)
                                .getCache(Store.USERS)
                                .get(7, () -> null))
                        .hasRootCauseInstanceOf(IllegalArgumentException.class)
                        .rootCause()
                        .hasMessageContaining("not allow null values"));
    }

    /** As plain {@code @Cacheable} counts: who finds nothing is a miss. Caffeine counts one more, and the load, for putting in. */
    @Test
    void caffeineCountsAMissForEachCallerAndOneLoad() {
        contexts.withBean(CaffeineCacheManager.class, Store::caffeine).run(context -> {
            Users users = context.getBean(Users.class);
            herd(20, context.getBean(Gate.class), context, GROUP, () -> users.find(7));
            users.find(7);

            CacheStats stats = ((com.github.benmanes.caffeine.cache.Cache<?, ?>)
                            context.getBean(CaffeineCacheManager.class)
                                    .getCache(Store.USERS)
                                    .getNativeCache())
                    .stats();
            assertThat(stats.missCount()).isEqualTo(20 + 1);
            assertThat(stats.loadSuccessCount()).isOne();
            assertThat(stats.hitCount()).isOne();
        });
    }

    @Test
    void redisCountsAMissForEachCallerAndOnePut() {
        contexts.withBean(CacheManager.class, Store.REDIS::manager).run(context -> {
            Users users = context.getBean(Users.class);
            herd(20, context.getBean(Gate.class), context, GROUP, () -> users.find(7));
            users.find(7);

            CacheStatistics stats = ((RedisCacheWriter) context.getBean(CacheManager.class)
                            .getCache(Store.USERS)
                            .getNativeCache())
                    .getCacheStatistics(Store.USERS);
            assertThat(stats.getMisses()).isEqualTo(20);
            assertThat(stats.getHits()).isOne();
            assertThat(stats.getPuts()).isOne();
        });
    }

    @Test
    void cachesOfOneNameNeverShare() {
        contexts.withBean("north", CacheManager.class, Store.MAP::manager, north -> north.setPrimary(true))
                .withBean("south", CacheManager.class, Store.CAFFEINE::manager)
                .run(context -> {
                    Gate gate = context.getBean(Gate.class);
                    List<CompletableFuture<String>> callers = Stream.of("north", "south", "north", "south")
                            .map(place -> start(() -> context.getBean(place, CacheManager.class)
                                    .getCache(Store.USERS)
                                    .get(7, () -> {
                                        gate.pass();
                                        return place;
                                    })))
                            .toList();
                    gate.awaitRuns(2);
                    awaitWaiting(group(context, GROUP), 2);
                    gate.open();

                    assertThat(callers.stream().map(caller -> value(caller)))
                            .containsExactly("north", "south", "north", "south");
                    assertThat(gate.runs()).isEqualTo(2);
                });
    }

    @Test
    void aGroupThatIsSwitchedOffLeavesTheCacheAsItWas() {
        contexts.withBean(CacheManager.class, Store.REDIS::manager)
                .withPropertyValues("single-flight.groups.cache-users.enabled=false")
                .run(context -> {
                    Users users = context.getBean(Users.class);
                    Gate gate = context.getBean(Gate.class);
                    List<CompletableFuture<String>> callers = Stream.generate(() -> start(() -> users.find(7)))
                            .limit(3)
                            .toList();
                    gate.awaitRuns(3);
                    gate.open();
                    callers.forEach(caller -> assertThat(value(caller)).startsWith("user 7"));
                    assertThat(group(context, GROUP).stats().calls()).isZero();
                });
    }

    @ParameterizedTest
    @EnumSource(mode = Mode.INCLUDE, names = "REDIS")
    void nothingIsLeftBehind(Store store) {
        contexts.withBean(CacheManager.class, store::manager).run(context -> {
            Users users = context.getBean(Users.class);
            herd(3, context.getBean(Gate.class), context, GROUP, () -> users.find(7));
            assertThat(group(context, GROUP).inFlight()).isEmpty();
            assertThat(group(context, GROUP).stats().active()).isZero();
        });
    }

    @Configuration(proxyBeanMethods = false)
    @EnableCaching
    static class Application {
        @Bean
        Gate gate() {
            return new Gate();
        }

        @Bean
        Users users(Gate gate) {
            return new Users(gate);
        }
    }

    static class Users {
        private final AtomicInteger loads = new AtomicInteger();
        private final Gate gate;

        Users(Gate gate) {
            this.gate = gate;
        }

        @Cacheable(cacheNames = Store.USERS, sync = true)
        public String find(Object id) {
            gate.pass();
            return "user " + id + ", load " + loads.incrementAndGet();
        }

        @Cacheable(cacheNames = Store.USERS, sync = true)
        public String open(int id) throws FileNotFoundException {
            gate.pass();
            throw new FileNotFoundException("user " + id);
        }
    }

    record SameHash(int id) implements Serializable {
        @Override
        public int hashCode() {
            return 7;
        }
    }
}
