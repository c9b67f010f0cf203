package dev.singleflight.cache;

import static dev.singleflight.Callers.LIMIT;
import static dev.singleflight.Callers.group;
import static dev.singleflight.Callers.herd;
import static dev.singleflight.RunningApplication.json;
import static dev.singleflight.RunningApplication.path;
import static org.assertj.core.api.Assertions.assertThat;

import dev.singleflight.Gate;
import dev.singleflight.RunningApplication;
import dev.singleflight.SingleFlightGroup;
import dev.singleflight.SingleFlightGroups;
import dev.singleflight.autoconfigure.SingleFlightAutoConfiguration;
import dev.singleflight.autoconfigure.SingleFlightCacheAutoConfiguration;
import dev.singleflight.autoconfigure.SingleFlightContextAutoConfiguration;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.slf4j.MDC;
import org.springframework.beans.factory.config.BeanFactoryPostProcessor;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.cache.Cache;
import org.springframework.cache.CacheManager;
import org.springframework.cache.annotation.CacheEvict;
import org.springframework.cache.annotation.CachePut;
import org.springframework.cache.annotation.Cacheable;
import org.springframework.cache.annotation.Caching;
import org.springframework.cache.annotation.EnableCaching;
import org.springframework.cache.caffeine.CaffeineCacheManager;
import org.springframework.cache.concurrent.ConcurrentMapCacheManager;
import org.springframework.cache.support.CompositeCacheManager;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** What the decoration leaves as it was: the managers' types, Spring's annotations, Spring Boot's metrics and endpoint. */
@ExtendWith(OutputCaptureExtension.class)
class CacheManagerTests {

    private static final String GROUP = "cache:users";

    private final ApplicationContextRunner contexts = new ApplicationContextRunner()
            .withConfiguration(AutoConfigurations.of(
                    SingleFlightAutoConfiguration.class, SingleFlightCacheAutoConfiguration.class))
            .withPropertyValues("single-flight.cache.enabled=true");

    @Test
    void aManagerIsInjectedByItsOwnType(CapturedOutput output) {
        contexts.withBean(CaffeineCacheManager.class, Store::caffeine)
                .withUserConfiguration(NeedsCaffeine.class)
                .run(context -> {
                    assertThat(context).hasNotFailed();
                    assertThat(context.getBean(CaffeineCacheManager.class).getCache(Store.USERS))
                            .isInstanceOf(SingleFlightCache.class);
                    assertThat(output).doesNotContain("not eligible for getting processed");
                });
    }

    @ParameterizedTest
    @EnumSource
    void aCacheGivesItsNameAndItsStore(Store store) {
        contexts.withBean(CacheManager.class, store::manager).run(context -> {
            Cache cache = context.getBean(CacheManager.class).getCache(Store.USERS);
            assertThat(cache.getName()).isEqualTo(Store.USERS);
            assertThat(cache.getNativeCache().getClass())
                    .isSameAs(store.manager()
                            .getCache(Store.USERS)
                            .getNativeCache()
                            .getClass());
        });
    }

    @Test
    void aCacheThatThereIsNotIsNone() {
        contexts.withBean(CacheManager.class, Store.MAP::manager)
                .run(context -> assertThat(context.getBean(CacheManager.class).getCache("unknown"))
                        .isNull());
    }

    @Test
    void withoutThePropertyNothingIsDecorated() {
        contexts.withPropertyValues("single-flight.cache.enabled=false")
                .withBean(CacheManager.class, Store.MAP::manager)
                .run(context -> {
                    assertThat(context.getBean(CacheManager.class))
                            .isExactlyInstanceOf(ConcurrentMapCacheManager.class);
                    assertThat(context.getBean(SingleFlightGroups.class).all()).isEmpty();
                });
    }

    @Test
    void theGroupsOfKnownCachesAreThereFromTheStartWithTheirSettings() {
        contexts.withBean(CacheManager.class, Store.MAP::manager)
                .withPropertyValues("single-flight.groups.cache-users.wait-timeout=3s")
                .run(context -> {
                    SingleFlightGroup<?, ?> group = group(context, GROUP);
                    assertThat(group.config().waitTimeout()).hasSeconds(3);
                });
    }

    @Test
    void aCacheOfAManagerWithinAManagerIsDecoratedOnce() {
        contexts.withBean("inner", CacheManager.class, Store.MAP::manager)
                .withUserConfiguration(Outer.class)
                .run(context -> {
                    Cache cache = context.getBean("outer", CacheManager.class).getCache(Store.USERS);
                    assertThat(cache).isInstanceOf(SingleFlightCache.class);
                    assertThat(((SingleFlightCache) cache).target()).isNotInstanceOf(SingleFlightCache.class);
                    assertThat(cache.get(7, () -> "loaded")).isEqualTo("loaded");
                    assertThat(group(context, GROUP).stats().runs()).isOne();
                });
    }

    @Test
    void aManagerThatNoProxyCanStandForIsLeftAloneAndReported(CapturedOutput output) {
        contexts.withBean("closed", CacheManager.class, Closed::new)
                .withBean("finalMethod", CacheManager.class, WithFinalMethod::new)
                .run(context -> {
                    assertThat(context.getBean("closed", CacheManager.class)
                                    .getCache("any")
                                    .get(7, () -> "loaded"))
                            .isEqualTo("loaded");
                    assertThat(((WithFinalMethod) context.getBean("finalMethod")).own())
                            .isEqualTo("own");
                    assertThat(output.getOut().lines().filter(line -> line.contains("load as without single-flight")))
                            .satisfiesExactlyInAnyOrder(
                                    line -> assertThat(line).contains("'closed'", "its class is final"),
                                    line -> assertThat(line).contains("'finalMethod'", "its method own is final"));
                });
    }

    @Test
    void aManagerThatWasMadeTooEarlyIsReported(CapturedOutput output) {
        contexts.withUserConfiguration(Early.class).run(context -> {
            assertThat(context.getBean(CacheManager.class).getCache(Store.USERS).get(7, () -> "loaded"))
                    .isEqualTo("loaded");
            assertThat(output.getOut().lines().filter(line -> line.contains("load as without single-flight")))
                    .singleElement()
                    .asString()
                    .contains("'early'", "a post-processor needs it");
        });
    }

    @Test
    void onAnExecutorALoadTakesItsCallersContextAlong() {
        contexts.withConfiguration(AutoConfigurations.of(SingleFlightContextAutoConfiguration.class))
                .withBean(CacheManager.class, Store.CAFFEINE_ASYNC::manager)
                .withPropertyValues("single-flight.groups.cache-users.execution=executor")
                .run(context -> {
                    Cache cache = context.getBean(CacheManager.class).getCache(Store.USERS);
                    MDC.put("request", "42");
                    try {
                        assertThat(cache.get(7, CacheManagerTests::where))
                                .startsWith("single-flight-")
                                .endsWith(" 42");
                        assertThat(cache.retrieve(8, () -> CompletableFuture.completedFuture(where())))
                                .succeedsWithin(LIMIT)
                                .asString()
                                .startsWith("single-flight-")
                                .endsWith(" 42");
                    } finally {
                        MDC.remove("request");
                    }
                });
    }

    private static String where() {
        return Thread.currentThread().getName() + " " + MDC.get("request");
    }

    @ParameterizedTest
    @EnumSource(names = {"MAP", "CAFFEINE"})
    void springsAnnotationsGoOnWorking(Store store) {
        contexts.withBean(
                        CacheManager.class,
                        () -> store == Store.MAP
                                ? new ConcurrentMapCacheManager(Store.USERS, "names")
                                : new CaffeineCacheManager(Store.USERS, "names"))
                .withUserConfiguration(Annotations.class)
                .run(context -> {
                    Users users = context.getBean(Users.class);
                    CacheManager manager = context.getBean(CacheManager.class);

                    assertThat(users.find(7)).isEqualTo("user 7, load 1").isEqualTo(users.find(7));
                    assertThat(manager.getCache("names").get(7, String.class)).isEqualTo("user 7, load 1");
                    assertThat(users.find(-7)).isEqualTo("user -7, load 2");
                    assertThat(users.find(-7)).isEqualTo("user -7, load 3");
                    assertThat(users.find(0)).isEqualTo("user 0, load 4");
                    assertThat(users.find(0)).isEqualTo("user 0, load 5");
                    assertThat(users.rename(7, "Ann")).isEqualTo("Ann").isEqualTo(users.find(7));
                    users.remove(7);
                    assertThat(users.find(7)).isEqualTo("user 7, load 6");
                    users.removeAll();
                    assertThat(manager.getCache("names").get(7)).isNull();
                    assertThat(manager.getCache(Store.USERS).get(7)).isNull();
                });
    }

    @Test
    void springBootsMetricsAndEndpointSeeTheCacheItself() {
        try (RunningApplication application = RunningApplication.start(
                Metered.class,
                "single-flight.cache.enabled=true",
                "management.endpoints.web.exposure.include=caches,singleflight")) {
            Synchronized users = application.bean(Synchronized.class);
            herd(3, application.bean(Gate.class), application.context(), GROUP, () -> users.find(7));

            MeterRegistry registry = application.bean(MeterRegistry.class);
            assertThat(registry.get("cache.gets")
                            .tags("cache", Store.USERS, "cache.manager", "cacheManager", "result", "miss")
                            .functionCounter()
                            .count())
                    .isEqualTo(3 + 1);
            assertThat(registry.get("single.flight.calls")
                            .tags("group", GROUP, "role", "follower")
                            .functionCounter()
                            .count())
                    .isEqualTo(2);
            assertThat(json(application.get(path("caches", Store.USERS))).read("$.target", String.class))
                    .startsWith("com.github.benmanes.caffeine.");
            assertThat(json(application.get(path("singleflight", GROUP))).read("$.joined", Integer.class))
                    .isEqualTo(2);
            assertThat(application.delete(path("caches", Store.USERS)).statusCode())
                    .isEqualTo(204);
            assertThat(application
                            .bean(CacheManager.class)
                            .getCache(Store.USERS)
                            .get(7))
                    .isNull();
        }
    }

    @Configuration(proxyBeanMethods = false)
    static class NeedsCaffeine {
        @Bean
        String needsIt(CaffeineCacheManager caffeine) {
            return caffeine.toString();
        }
    }

    @Configuration(proxyBeanMethods = false)
    static class Outer {
        @Bean
        CompositeCacheManager outer(CacheManager inner) {
            return new CompositeCacheManager(inner);
        }
    }

    @Configuration(proxyBeanMethods = false)
    static class Early {
        @Bean
        static CacheManager early() {
            return Store.MAP.manager();
        }

        @Bean
        static BeanFactoryPostProcessor needsIt(CacheManager early) {
            return factory -> assertThat(early).isNotNull();
        }
    }

    private static final class Closed extends ConcurrentMapCacheManager {}

    static class WithFinalMethod extends ConcurrentMapCacheManager {
        private final String own = "own";

        final String own() {
            return own;
        }
    }

    @Configuration(proxyBeanMethods = false)
    @EnableCaching
    static class Annotations {
        @Bean
        Users users() {
            return new Users();
        }
    }

    @Configuration(proxyBeanMethods = false)
    @EnableAutoConfiguration
    static class Metered extends Annotations {
        @Bean
        CaffeineCacheManager cacheManager() {
            return Store.caffeine();
        }

        @Bean
        MeterRegistry registry() {
            return new SimpleMeterRegistry();
        }

        @Bean
        Gate gate() {
            return new Gate();
        }

        @Bean
        Synchronized synchronizedUsers(Gate gate) {
            return new Synchronized(gate);
        }
    }

    static class Synchronized {
        private final Gate gate;

        Synchronized(Gate gate) {
            this.gate = gate;
        }

        @Cacheable(cacheNames = Store.USERS, sync = true)
        public String find(int id) {
            gate.pass();
            return "user " + id;
        }
    }

    static class Users {
        private final AtomicInteger loads = new AtomicInteger();

        @Cacheable(
                cacheNames = {Store.USERS, "names"},
                condition = "#id >= 0",
                unless = "#id == 0")
        public String find(int id) {
            return "user " + id + ", load " + loads.incrementAndGet();
        }

        @Caching(
                put = @CachePut(cacheNames = Store.USERS, key = "#id"),
                evict = @CacheEvict(cacheNames = "names", key = "#id"))
        public String rename(int id, String name) {
            return name;
        }

        @CacheEvict(cacheNames = {Store.USERS, "names"})
        public void remove(int id) {}

        @CacheEvict(
                cacheNames = {Store.USERS, "names"},
                allEntries = true)
        public void removeAll() {}
    }
}
