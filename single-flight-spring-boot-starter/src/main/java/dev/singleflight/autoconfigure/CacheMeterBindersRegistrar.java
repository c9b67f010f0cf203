package dev.singleflight.autoconfigure;

import dev.singleflight.cache.CacheMeterBinders;
import java.util.List;
import java.util.stream.Stream;
import org.springframework.beans.factory.support.BeanDefinitionRegistry;
import org.springframework.beans.factory.support.RootBeanDefinition;
import org.springframework.context.annotation.ImportBeanDefinitionRegistrar;
import org.springframework.core.ResolvableType;
import org.springframework.core.type.AnnotationMetadata;
import org.springframework.util.ClassUtils;

/**
 * Brings the metrics of caches to decorated ones, where Spring Boot has any. By definition and not by a bean method, whose type
 * could not name the interface: it has moved.
 */
final class CacheMeterBindersRegistrar implements ImportBeanDefinitionRegistrar {

    private static final String MICROMETER = "io.micrometer.core.instrument.binder.MeterBinder";

    /** Of Spring Boot 3.5, and of 4. */
    private static final List<String> PROVIDERS = List.of(
            "org.springframework.boot.actuate.metrics.cache.CacheMeterBinderProvider",
            "org.springframework.boot.cache.metrics.CacheMeterBinderProvider");

    private final ClassLoader loader;

    CacheMeterBindersRegistrar(ClassLoader loader) {
        this.loader = loader;
    }

    @Override
    public void registerBeanDefinitions(AnnotationMetadata importing, BeanDefinitionRegistry registry) {
        Stream<String> present = PROVIDERS.stream().filter(this::isPresent);
        present.filter(type -> isPresent(MICROMETER))
                .findFirst()
                .map(type -> definition(ClassUtils.resolveClassName(type, loader)))
                .ifPresent(definition -> registry.registerBeanDefinition("singleFlightCacheMeterBinders", definition));
    }

    private boolean isPresent(String type) {
        return ClassUtils.isPresent(type, loader);
    }

    private static RootBeanDefinition definition(Class<?> type) {
        RootBeanDefinition definition = new RootBeanDefinition(CacheMeterBinders.class);
        definition.setTargetType(ResolvableType.forClassWithGenerics(CacheMeterBinders.class, type));
        definition.getConstructorArgumentValues().addIndexedArgumentValue(0, type);
        return definition;
    }
}
