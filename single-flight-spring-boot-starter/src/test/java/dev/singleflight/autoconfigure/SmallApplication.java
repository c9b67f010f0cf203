package dev.singleflight.autoconfigure;

import dev.singleflight.Callers;
import dev.singleflight.annotation.SingleFlight;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.cache.CacheManager;
import org.springframework.cache.concurrent.ConcurrentMapCacheManager;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** Needs nothing but Spring Boot and the starter. */
@Configuration(proxyBeanMethods = false)
@EnableAutoConfiguration
public class SmallApplication {

    /** Starts, calls twice and loads a cache, stops. */
    @SuppressWarnings("FutureReturnValueIgnored") // a flight that stays up
    public static int runsOfTwoCalls() {
        try (ConfigurableApplicationContext context = new SpringApplicationBuilder(SmallApplication.class)
                .web(WebApplicationType.NONE)
                .run(
                        "--spring.main.banner-mode=off",
                        "--single-flight.cache.enabled=true",
                        "--spring.autoconfigure.exclude="
                                + "org.springframework.boot.autoconfigure.security.servlet.SecurityAutoConfiguration")) {
            Users users = context.getBean(Users.class);
            users.find(7);
            users.find(7);
            context.getBean(CacheManager.class).getCache("small").get(7, () -> "loaded");
            if (Callers.group(context, "cache:small").stats().runs() != 1) {
                throw new AssertionError("The load was no flight");
            }
            return users.runs();
        }
    }

    @Bean
    CacheManager cacheManager() {
        return new ConcurrentMapCacheManager("small");
    }

    @Bean
    Users users() {
        return new Users();
    }

    static class Users {
        private final AtomicInteger runs = new AtomicInteger();

        public int runs() {
            return runs.get();
        }

        @SingleFlight(key = "#id")
        public CompletableFuture<String> find(int id) {
            runs.incrementAndGet();
            return new CompletableFuture<>();
        }
    }
}
