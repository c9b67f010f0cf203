package dev.singleflight.autoconfigure;

import dev.singleflight.FlightListener;
import dev.singleflight.SingleFlightGroups;
import dev.singleflight.interceptor.FlightKeyContributor;
import dev.singleflight.interceptor.SecurityOrderGuard;
import dev.singleflight.interceptor.SingleFlightAdvisor;
import dev.singleflight.interceptor.SingleFlightInterceptor;
import dev.singleflight.interceptor.SingleFlightOperations;
import dev.singleflight.interceptor.SingleFlightStartCheck;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.beans.factory.config.BeanDefinition;
import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Import;
import org.springframework.context.annotation.Lazy;
import org.springframework.context.annotation.Role;
import org.springframework.core.env.Environment;

/**
 * Brings {@link dev.singleflight.annotation.SingleFlight} to life: the groups, configured by {@code single-flight.*}, and
 * the advice on annotated methods.
 */
@AutoConfiguration
@EnableConfigurationProperties(SingleFlightProperties.class)
@Import({AutoProxyRegistrar.class, PrincipalIsolation.class})
public final class SingleFlightAutoConfiguration {

    private static final String ORDER = "single-flight.order";

    @Bean
    GroupSettings singleFlightGroupSettings(SingleFlightProperties properties, Environment environment) {
        return new GroupSettings(properties, environment);
    }

    @Bean
    LostSettings singleFlightLostSettings(SingleFlightGroups groups) {
        return new LostSettings(groups);
    }

    @Bean
    @ConditionalOnMissingBean
    SingleFlightGroups singleFlightGroups(GroupSettings settings, ObjectProvider<FlightListener> listeners) {
        return new SingleFlightGroups(name -> settings.config(
                name, listeners.orderedStream().reduce(FlightListener::andThen).orElse(null)));
    }

    @Bean
    @Role(BeanDefinition.ROLE_INFRASTRUCTURE)
    static SingleFlightOperations singleFlightOperations(
            ConfigurableListableBeanFactory beans, Environment environment) {
        return new SingleFlightOperations(beans, AutoProxyRegistrar.extendsClasses(environment));
    }

    /** Made before most beans: what it needs of them it asks for when the first call comes. */
    @Bean
    @Role(BeanDefinition.ROLE_INFRASTRUCTURE)
    static SingleFlightAdvisor singleFlightAdvisor(
            SingleFlightOperations operations,
            ObjectProvider<SingleFlightGroups> groups,
            ObjectProvider<FlightKeyContributor> contributors,
            ObjectProvider<GroupSettings> settings,
            Environment environment) {
        SingleFlightInterceptor interceptor = new SingleFlightInterceptor(
                operations,
                groups::getObject,
                () -> contributors.orderedStream().toList(),
                settings::getObject);
        return new SingleFlightAdvisor(operations, interceptor, environment.getProperty(ORDER, Integer.class, 1000));
    }

    @Bean
    @Role(BeanDefinition.ROLE_INFRASTRUCTURE)
    static SecurityOrderGuard singleFlightSecurityOrderGuard(
            ConfigurableListableBeanFactory beans, SingleFlightOperations operations) {
        return new SecurityOrderGuard(beans, operations);
    }

    @Bean
    @Lazy(false)
    @Role(BeanDefinition.ROLE_INFRASTRUCTURE)
    static SingleFlightStartCheck singleFlightStartCheck(
            ConfigurableListableBeanFactory beans,
            SingleFlightOperations operations,
            ObjectProvider<SingleFlightGroups> groups,
            ObjectProvider<GroupSettings> settings) {
        return new SingleFlightStartCheck(
                beans,
                operations,
                groups::getObject,
                group -> settings.getObject().isNamed(group));
    }
}
