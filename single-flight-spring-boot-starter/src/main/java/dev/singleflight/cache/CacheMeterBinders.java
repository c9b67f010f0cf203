package dev.singleflight.cache;

import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.util.Objects;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.springframework.beans.factory.BeanFactory;
import org.springframework.beans.factory.BeanFactoryAware;
import org.springframework.beans.factory.FactoryBean;
import org.springframework.cache.Cache;
import org.springframework.core.ResolvableType;
import org.springframework.util.ReflectionUtils;

/**
 * Lets Spring Boot's cache metrics see through our decoration: they choose a {@code CacheMeterBinderProvider} by the type of
 * the cache. This is one more of them, which asks the others about the cache itself. By reflection, for the interface has
 * moved between Spring Boot 3.5 and 4.
 *
 * @param <T> the interface
 */
public final class CacheMeterBinders<T> implements FactoryBean<T>, BeanFactoryAware {

    private final Class<T> type;

    private final Method binder;

    private @Nullable BeanFactory beans; // set once, before it is used

    /**
     * A provider of that type.
     *
     * @param type the interface
     */
    public CacheMeterBinders(Class<T> type) {
        this.type = type;
        this.binder =
                Objects.requireNonNull(ReflectionUtils.findMethod(type, "getMeterBinder", Cache.class, Iterable.class));
    }

    @Override
    public void setBeanFactory(BeanFactory beans) {
        this.beans = beans;
    }

    @Override
    public Class<T> getObjectType() {
        return type;
    }

    @Override
    public T getObject() {
        return type.cast(Proxy.newProxyInstance(
                type.getClassLoader(), new Class<?>[] {type}, (proxy, method, arguments) -> switch (method.getName()) {
                    case "getMeterBinder" ->
                        arguments[0] instanceof SingleFlightCache cache
                                ? binder(proxy, cache.target(), arguments[1])
                                : null;
                    case "equals" -> proxy == arguments[0];
                    case "hashCode" -> System.identityHashCode(proxy);
                    default -> getClass().getName();
                }));
    }

    private @Nullable Object binder(Object own, Cache cache, Object tags) {
        Stream<?> others = Objects.requireNonNull(beans).getBeanProvider(type).orderedStream();
        return others.filter(other -> other != own && isFor(cache, other))
                .map(other -> ReflectionUtils.invokeMethod(binder, other, cache, tags))
                .filter(Objects::nonNull)
                .findFirst()
                .orElse(null);
    }

    /** As Spring Boot sees it. */
    private boolean isFor(Cache cache, Object provider) {
        return ResolvableType.forInstance(provider)
                .as(type)
                .getGeneric()
                .resolve(Cache.class)
                .isInstance(cache);
    }
}
