package dev.singleflight.benchmarks.spring;

import io.micrometer.core.instrument.MeterRegistry;
import java.util.Objects;
import java.util.function.Supplier;
import org.aopalliance.intercept.MethodInterceptor;
import org.springframework.aop.framework.ProxyFactory;
import org.springframework.boot.Banner;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.cache.Cache;
import org.springframework.cache.CacheManager;
import org.springframework.cache.annotation.EnableCaching;
import org.springframework.cache.concurrent.ConcurrentMapCacheManager;
import org.springframework.context.ApplicationContext;
import org.springframework.context.annotation.AnnotationConfigApplicationContext;
import org.springframework.context.annotation.EnableAspectJAutoProxy;

/** How the method is advised, by the name that stands in the report. */
public enum Advice {
    NONE("CGLIB proxy, no advice", Advice::none),
    PROCEED("`MethodInterceptor`, proceed only", Advice::proceed),
    ASPECT_PROCEED("`@Aspect @Around`, proceed only", () -> aspect(ProceedAspect::new)),
    ASPECT_CACHED("usual aspect, expression cached", () -> aspect(SharedAspect::cached)),
    ASPECT_PARSED("usual aspect, expression parsed for each call", () -> aspect(SharedAspect::parsing)),
    CACHEABLE_HIT("`@Cacheable(sync = true)`, a mere hit", Advice::cacheableHit),
    CACHEABLE_CACHE_EVICT("`@Cacheable(sync = true)` and `cache.evict(id)`", Advice::cacheableCacheEvict),
    CACHEABLE_EVICT("`@Cacheable(sync = true)` and `@CacheEvict`", Advice::cacheableEvict),
    JETCACHE("JetCache `@Cached @CachePenetrationProtect` and `@CacheInvalidate`", Advice::jetCache),
    SINGLE_FLIGHT("**`@SingleFlight(key = \"#id\")`**, meters bound", () -> singleFlight(true)),
    SINGLE_FLIGHT_UNMETERED("**`@SingleFlight(key = \"#id\")`**, no meters", () -> singleFlight(false)),
    SINGLE_FLIGHT_NESTED_KEY("**`@SingleFlight(key = \"#user.id\")`**, meters bound", Advice::singleFlightNestedKey);

    private final String title;

    @SuppressWarnings("ImmutableEnumChecker") // a constructor reference
    private final Supplier<AdvisedCalls> open;

    Advice(String title, Supplier<AdvisedCalls> open) {
        this.title = title;
        this.open = open;
    }

    public String title() {
        return title;
    }

    /** A new application context with the bean, or a new proxy. */
    public AdvisedCalls open() {
        return open.get();
    }

    private static AdvisedCalls none() {
        return byId((Users) proxies().getProxy());
    }

    private static AdvisedCalls proceed() {
        ProxyFactory proxies = proxies();
        proxies.addAdvice((MethodInterceptor) invocation -> invocation.proceed());
        return byId((Users) proxies.getProxy());
    }

    private static ProxyFactory proxies() {
        ProxyFactory proxies = new ProxyFactory(new PlainUsers());
        proxies.setProxyTargetClass(true);
        return proxies;
    }

    private static <A> AdvisedCalls aspect(Supplier<A> aspect) {
        AnnotationConfigApplicationContext context = new AnnotationConfigApplicationContext();
        context.register(Aspects.class, SharedUsers.class);
        A instance = aspect.get();
        context.registerBean("aspect", typeOf(instance), () -> instance);
        context.refresh();
        return byId(context.getBean(Users.class));
    }

    @SuppressWarnings("unchecked") // an object's class is that of its type, or of a subtype
    private static <A> Class<A> typeOf(A instance) {
        return (Class<A>) instance.getClass();
    }

    private static AdvisedCalls cacheableHit() {
        return byId(caching().getBean(Users.class));
    }

    private static AdvisedCalls cacheableCacheEvict() {
        ApplicationContext context = caching();
        Users users = context.getBean(Users.class);
        Cache cache = Objects.requireNonNull(context.getBean(CacheManager.class).getCache(CacheableUsers.CACHE));
        return (id, user) -> {
            Object found = users.find(id);
            cache.evict(id);
            return found;
        };
    }

    private static AdvisedCalls cacheableEvict() {
        CacheableUsers users = caching().getBean(CacheableUsers.class);
        return (id, user) -> {
            Object found = users.find(id);
            users.evict(id);
            return found;
        };
    }

    private static ApplicationContext caching() {
        AnnotationConfigApplicationContext context = new AnnotationConfigApplicationContext();
        context.register(Caching.class, CacheableUsers.class);
        context.registerBean(
                ConcurrentMapCacheManager.class, () -> new ConcurrentMapCacheManager(CacheableUsers.CACHE));
        context.refresh();
        return context;
    }

    private static AdvisedCalls jetCache() {
        JetCacheUsers users = new AnnotationConfigApplicationContext(JetCaching.class, JetCacheUsers.class)
                .getBean(JetCacheUsers.class);
        return (id, user) -> {
            Object found = users.find(id);
            users.evict(id);
            return found;
        };
    }

    private static AdvisedCalls singleFlight(boolean metered) {
        return byId(application(metered).getBean(Users.class));
    }

    private static AdvisedCalls singleFlightNestedKey() {
        Users users = application(true).getBean(Users.class);
        return (id, user) -> users.load(user);
    }

    /** As a user's: auto-configured, the actuator's registry, the starter's own settings. */
    private static ApplicationContext application(boolean metered) {
        ApplicationContext context = new SpringApplicationBuilder(Application.class, SingleFlightUsers.class)
                .web(WebApplicationType.NONE)
                .bannerMode(Banner.Mode.OFF)
                .logStartupInfo(false)
                .properties("single-flight.metrics.enabled=" + metered)
                .run();
        boolean bound =
                context.getBean(MeterRegistry.class).find("single.flight.calls").meter() != null;
        if (bound != metered) {
            throw new IllegalStateException("Meters are bound: " + bound + ", expected: " + metered);
        }
        return context;
    }

    private static AdvisedCalls byId(Users users) {
        return (id, user) -> users.find(id);
    }

    @EnableAspectJAutoProxy(proxyTargetClass = true)
    static class Aspects {}

    @EnableCaching(proxyTargetClass = true)
    static class Caching {}

    @EnableAutoConfiguration
    static class Application {}
}
