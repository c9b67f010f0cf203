package dev.singleflight.autoconfigure;

import dev.singleflight.annotation.SingleFlight;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** Needs nothing but Spring Boot and the starter. */
@Configuration(proxyBeanMethods = false)
@EnableAutoConfiguration
public class SmallApplication {

    /** Starts, calls twice, stops. */
    @SuppressWarnings("FutureReturnValueIgnored") // a flight that stays up
    public static int runsOfTwoCalls() {
        try (ConfigurableApplicationContext context = new SpringApplicationBuilder(SmallApplication.class)
                .web(WebApplicationType.NONE)
                .run(
                        "--spring.main.banner-mode=off",
                        "--spring.autoconfigure.exclude="
                                + "org.springframework.boot.autoconfigure.security.servlet.SecurityAutoConfiguration")) {
            Users users = context.getBean(Users.class);
            users.find(7);
            users.find(7);
            return users.runs();
        }
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
