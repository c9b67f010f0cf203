package dev.singleflight.autoconfigure;

import static org.assertj.core.api.Assertions.assertThat;

import dev.singleflight.annotation.SingleFlight;
import dev.singleflight.annotation.SingleFlightForget;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import org.springframework.boot.autoconfigure.ImportAutoConfiguration;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** An application whose classes a loader of their own loads; the libraries stay. */
@Configuration(proxyBeanMethods = false)
@ImportAutoConfiguration({SingleFlightAutoConfiguration.class, SingleFlightMetricsAutoConfiguration.class})
@SuppressWarnings("FutureReturnValueIgnored") // flights that stay up
public class RestartedApplication {

    /** Shares flights of every kind, and leaves one up. */
    @Bean
    Runnable deeds(Users users, Finder finder) {
        return () -> {
            users.later(new Id(7));
            users.later(new Id(7));
            assertThat(users.runs()).hasValue(1);
            assertThat(users.find(new Id(7))).isEqualTo("user 7");
            users.changed(new Id(8));
            assertThat(finder.find(new NoEquals())).isEqualTo("found");
            assertThat(finder).isNotInstanceOf(InterfaceFinder.class);
        };
    }

    @Bean
    MeterRegistry meterRegistry() {
        return new SimpleMeterRegistry();
    }

    @Bean
    Users users() {
        return new Users();
    }

    @Bean
    Finder finder() {
        return new InterfaceFinder();
    }

    record Id(int id) {}

    static class NoEquals {}

    interface Finder {
        String find(NoEquals what);
    }

    static class InterfaceFinder implements Finder {
        @Override
        @SingleFlight
        public String find(NoEquals what) {
            return "found";
        }
    }

    static class Users {
        private final AtomicInteger runs = new AtomicInteger();

        public AtomicInteger runs() {
            return runs;
        }

        @SingleFlight(key = "#id.id", group = "users", waitTimeout = "1h")
        public String find(Id id) {
            return "user " + id.id();
        }

        @SingleFlight("later")
        public CompletableFuture<String> later(Id id) {
            runs.incrementAndGet();
            return new CompletableFuture<>();
        }

        @SingleFlightForget(group = "later", key = "#id")
        public void changed(Id id) {}
    }
}
