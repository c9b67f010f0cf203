package dev.singleflight.autoconfigure;

import dev.singleflight.FlightListener;
import dev.singleflight.SingleFlightGroups;
import dev.singleflight.interceptor.FlightKeyContributor;
import dev.singleflight.interceptor.SecurityOrderGuard;
import dev.singleflight.interceptor.SingleFlightAdvisor;
import dev.singleflight.interceptor.SingleFlightInterceptor;
import dev.singleflight.interceptor.SingleFlightOperations;
import dev.singleflight.interceptor.SingleFlightStartCheck;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.springframework.beans.factory.BeanFactory;
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
import org.springframework.core.task.TaskDecorator;
import org.springframework.util.function.SingletonSupplier;

/**
 * Brings {@link dev.singleflight.annotation.SingleFlight} to life: the groups, configured by {@code single-flight.*}, and
 * the advice on annotated methods.
 */
@AutoConfiguration
@EnableConfigurationProperties(SingleFlightProperties.class)
@Import(AutoProxyRegistrar.class)
public final class SingleFlightAutoConfiguration {

    private static final String ORDER = "single-flight.order";

    @Bean
    GroupSettings singleFlightGroupSettings(
            SingleFlightProperties properties, Environment environment, ConfigurableListableBeanFactory beans) {
        return new GroupSettings(properties, environment, beans.getBeanClassLoader());
    }

    @Bean
    FlightExecutor singleFlightExecution(BeanFactory beans) {
        return new FlightExecutor(beans);
    }

    @Bean
    LostSettings singleFlightLostSettings(SingleFlightGroups groups) {
        return new LostSettings(groups);
    }

    /** A post-processor may need it: what it needs of other beans it asks for when the first group is created. */
    @Bean
    @ConditionalOnMissingBean
    @Role(BeanDefinition.ROLE_INFRASTRUCTURE)
    static SingleFlightGroups singleFlightGroups(
            ObjectProvider<GroupSettings> settings,
            ObjectProvider<SingleFlightOperations> operations,
            ObjectProvider<FlightListener> listeners,
            ObjectProvider<FlightExecutor> executor) {
        SingletonSupplier<GroupSettings> known = SingletonSupplier.of(settings::getObject);
        SingletonSupplier<List<FlightListener>> told =
                SingletonSupplier.of(() -> listeners.orderedStream().toList());
        return new SingleFlightGroups(name -> known.obtain()
                .config(
                        name,
                        operations.getObject().isReactive(name),
                        told.obtain().stream().reduce(FlightListener::andThen).orElse(null),
                        () -> executor.getObject().executor()));
    }

    @Bean
    @Role(BeanDefinition.ROLE_INFRASTRUCTURE)
    static SingleFlightOperations singleFlightOperations(ConfigurableListableBeanFactory beans) {
        return new SingleFlightOperations(beans, AutoProxyRegistrar.extendsClasses(beans));
    }

    /** Made before most beans: what it needs of them it asks for when they are there. */
    @Bean
    @Role(BeanDefinition.ROLE_INFRASTRUCTURE)
    static SingleFlightInterceptor singleFlightInterceptor(
            ConfigurableListableBeanFactory beans,
            SingleFlightOperations operations,
            ObjectProvider<SingleFlightGroups> groups,
            ObjectProvider<FlightKeyContributor> contributors,
            ObjectProvider<GroupSettings> settings,
            ObjectProvider<TaskDecorator> decorators,
            ObjectProvider<CallerContext> contexts) {
        return new SingleFlightInterceptor(
                operations,
                groups::getObject,
                () -> isolation(contributors.orderedStream(), settings.getObject(), beans.getBeanClassLoader()),
                settings::getObject,
                () -> CallerContext.all(decorators, contexts),
                () -> ReactiveIsolation.callers(beans, settings.getObject().isolatesByPrincipal()));
    }

    private static List<FlightKeyContributor> isolation(
            Stream<FlightKeyContributor> contributors, GroupSettings settings, @Nullable ClassLoader loader) {
        Stream<FlightKeyContributor> ours =
                settings.isolatesByPrincipal() ? Stream.of(PrincipalIsolation.with(loader)) : Stream.empty();
        return Stream.concat(ours, contributors).toList();
    }

    @Bean
    @Role(BeanDefinition.ROLE_INFRASTRUCTURE)
    static SingleFlightAdvisor singleFlightAdvisor(
            SingleFlightOperations operations, SingleFlightInterceptor interceptor, Environment environment) {
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
            SingleFlightInterceptor interceptor,
            ObjectProvider<SingleFlightGroups> groups,
            ObjectProvider<GroupSettings> settings) {
        return new SingleFlightStartCheck(
                beans,
                operations,
                interceptor,
                groups::getObject,
                group -> settings.getObject().isNamed(group));
    }
}
