package dev.singleflight.autoconfigure;

import io.micrometer.context.ContextSnapshotFactory;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.slf4j.MDC;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.task.support.ContextPropagatingTaskDecorator;
import org.springframework.security.concurrent.DelegatingSecurityContextRunnable;
import org.springframework.util.function.SingletonSupplier;

/** What goes along with calls that run on an executor, where its library is there. */
@AutoConfiguration
public final class SingleFlightContextAutoConfiguration {

    /** Observations, traces, and whatever else has an accessor. */
    @Configuration(proxyBeanMethods = false)
    @ConditionalOnClass(ContextSnapshotFactory.class)
    static final class Propagation {

        @Bean
        CallerContext singleFlightPropagatedContext() {
            // Made for the first call that needs it: the accessors of every library are loaded then.
            SingletonSupplier<ContextPropagatingTaskDecorator> decorator =
                    SingletonSupplier.of(ContextPropagatingTaskDecorator::new);
            return run -> decorator.obtain().decorate(run);
        }
    }

    /** Who is signed in. */
    @Configuration(proxyBeanMethods = false)
    @ConditionalOnClass(DelegatingSecurityContextRunnable.class)
    static final class Security {

        @Bean
        CallerContext singleFlightSecurityContext() {
            return DelegatingSecurityContextRunnable::new;
        }
    }

    /** What log lines are marked with. */
    @Configuration(proxyBeanMethods = false)
    @ConditionalOnClass(MDC.class)
    static final class Logging {

        @Bean
        CallerContext singleFlightLoggingContext() {
            return Logging::carry;
        }

        private static Runnable carry(Runnable run) {
            Map<String, String> callers = MDC.getCopyOfContextMap();
            return () -> {
                Map<String, String> before = MDC.getCopyOfContextMap();
                set(callers);
                try {
                    run.run();
                } finally {
                    set(before);
                }
            };
        }

        private static void set(@Nullable Map<String, String> marks) {
            if (marks == null) {
                MDC.clear();
            } else {
                MDC.setContextMap(marks);
            }
        }
    }
}
