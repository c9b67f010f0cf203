package dev.singleflight.autoconfigure;

import dev.singleflight.SingleFlightGroups;
import dev.singleflight.cache.CacheStartCheck;
import dev.singleflight.cache.SingleFlightCacheAdvisor;
import dev.singleflight.cache.SingleFlightCaches;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.beans.factory.config.BeanDefinition;
import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnProperty;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Import;
import org.springframework.context.annotation.Lazy;
import org.springframework.context.annotation.Role;
import org.springframework.core.task.TaskDecorator;

/** Makes the loads of every {@code CacheManager}'s caches share flights, where that is asked for. */
@AutoConfiguration(after = SingleFlightAutoConfiguration.class)
@ConditionalOnProperty("single-flight.cache.enabled")
@Import(CacheMeterBindersRegistrar.class)
public final class SingleFlightCacheAutoConfiguration {

    @Bean
    @Role(BeanDefinition.ROLE_INFRASTRUCTURE)
    static SingleFlightCaches singleFlightCaches(
            ObjectProvider<SingleFlightGroups> groups,
            ObjectProvider<TaskDecorator> decorators,
            ObjectProvider<CallerContext> contexts) {
        return new SingleFlightCaches(groups::getObject, () -> CallerContext.all(decorators, contexts));
    }

    @Bean
    @Role(BeanDefinition.ROLE_INFRASTRUCTURE)
    static SingleFlightCacheAdvisor singleFlightCacheAdvisor(SingleFlightCaches caches) {
        return new SingleFlightCacheAdvisor(caches);
    }

    @Bean
    @Lazy(false)
    @Role(BeanDefinition.ROLE_INFRASTRUCTURE)
    static CacheStartCheck singleFlightCacheStartCheck(
            ConfigurableListableBeanFactory beans, SingleFlightCaches caches) {
        return new CacheStartCheck(beans, caches);
    }
}
