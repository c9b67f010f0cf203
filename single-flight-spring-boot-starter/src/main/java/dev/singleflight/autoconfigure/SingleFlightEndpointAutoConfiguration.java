package dev.singleflight.autoconfigure;

import dev.singleflight.SingleFlightGroups;
import dev.singleflight.endpoint.SingleFlightEndpoint;
import dev.singleflight.endpoint.SingleFlightEndpointWebExtension;
import org.springframework.boot.actuate.autoconfigure.endpoint.condition.ConditionalOnAvailableEndpoint;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** The actuator endpoint {@code singleflight}, where it is enabled and exposed. */
@AutoConfiguration(after = SingleFlightAutoConfiguration.class)
@ConditionalOnClass(ConditionalOnAvailableEndpoint.class)
public final class SingleFlightEndpointAutoConfiguration {

    /** On a class of its own: beside the condition on the class it would be evaluated where the class is absent. */
    @Configuration(proxyBeanMethods = false)
    @ConditionalOnAvailableEndpoint(endpoint = SingleFlightEndpoint.class)
    @EnableConfigurationProperties(SingleFlightEndpointProperties.class)
    static class Exposed {

        @Bean
        @ConditionalOnMissingBean
        SingleFlightEndpoint singleFlightEndpoint(
                SingleFlightGroups groups, SingleFlightEndpointProperties properties) {
            return new SingleFlightEndpoint(groups, properties.showKeys().isShown(true));
        }

        @Bean
        @ConditionalOnMissingBean
        SingleFlightEndpointWebExtension singleFlightEndpointWebExtension(
                SingleFlightEndpoint endpoint, SingleFlightEndpointProperties properties) {
            return new SingleFlightEndpointWebExtension(endpoint, properties.showKeys(), properties.roles());
        }
    }
}
