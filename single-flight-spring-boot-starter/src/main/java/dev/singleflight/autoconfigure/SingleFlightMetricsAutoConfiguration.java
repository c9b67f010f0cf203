package dev.singleflight.autoconfigure;

import dev.singleflight.SingleFlightGroups;
import dev.singleflight.metrics.SingleFlightMetrics;
import io.micrometer.core.instrument.MeterRegistry;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnProperty;
import org.springframework.context.annotation.Bean;

/** The meters {@code single.flight.*}, where there is a registry to hold them. */
@AutoConfiguration(
        after = SingleFlightAutoConfiguration.class,
        afterName = {
            "org.springframework.boot.actuate.autoconfigure.metrics.CompositeMeterRegistryAutoConfiguration",
            "org.springframework.boot.micrometer.metrics.autoconfigure.CompositeMeterRegistryAutoConfiguration"
        })
@ConditionalOnClass(MeterRegistry.class)
@ConditionalOnBean(MeterRegistry.class)
@ConditionalOnProperty(name = "single-flight.metrics.enabled", matchIfMissing = true)
public final class SingleFlightMetricsAutoConfiguration {

    @Bean
    @ConditionalOnMissingBean
    SingleFlightMetrics singleFlightMetrics(SingleFlightGroups groups) {
        return new SingleFlightMetrics(groups);
    }
}
