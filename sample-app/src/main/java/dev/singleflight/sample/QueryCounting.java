package dev.singleflight.sample;

import javax.sql.DataSource;
import net.ttddyy.dsproxy.listener.QueryExecutionListener;
import net.ttddyy.dsproxy.support.ProxyDataSourceBuilder;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.beans.factory.config.BeanPostProcessor;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** Puts the application's query listeners between everybody and the data source. */
@Configuration(proxyBeanMethods = false)
final class QueryCounting {

    @Bean
    static BeanPostProcessor listenedDataSource(ObjectProvider<QueryExecutionListener> listeners) {
        return new BeanPostProcessor() {
            @Override
            public Object postProcessAfterInitialization(Object bean, String beanName) {
                if (!(bean instanceof DataSource dataSource)) {
                    return bean;
                }
                ProxyDataSourceBuilder builder = ProxyDataSourceBuilder.create(dataSource);
                listeners.orderedStream().forEach(builder::listener);
                return builder.build();
            }
        };
    }
}
