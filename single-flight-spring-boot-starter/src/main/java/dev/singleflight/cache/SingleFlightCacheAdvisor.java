package dev.singleflight.cache;

import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.lang.reflect.Proxy;
import java.util.Arrays;
import java.util.stream.Stream;
import org.aopalliance.intercept.MethodInterceptor;
import org.jspecify.annotations.Nullable;
import org.springframework.aop.support.StaticMethodMatcherPointcutAdvisor;
import org.springframework.cache.Cache;
import org.springframework.cache.CacheManager;
import org.springframework.util.ClassUtils;

/**
 * Decorates the caches that a {@link CacheManager} bean gives. The manager is proxied as any bean that is advised, and so
 * keeps its type: {@code CaffeineCacheManager} may be injected as before.
 */
public final class SingleFlightCacheAdvisor extends StaticMethodMatcherPointcutAdvisor {

    private static final long serialVersionUID = 1L;

    /**
     * Advises cache managers.
     *
     * @param caches decorates what they give
     */
    public SingleFlightCacheAdvisor(SingleFlightCaches caches) {
        super((MethodInterceptor)
                invocation -> invocation.proceed() instanceof Cache cache ? caches.decorated(cache) : null);
        setClassFilter(type -> CacheManager.class.isAssignableFrom(type) && obstacle(type) == null);
    }

    @Override
    public boolean matches(Method method, Class<?> type) {
        return method.getName().equals("getCache")
                && method.getParameterCount() == 1
                && Cache.class.isAssignableFrom(method.getReturnType());
    }

    /** Why no proxy can stand for a manager of this class; null where one can. */
    static @Nullable String obstacle(Class<?> type) {
        if (Proxy.isProxyClass(type)) {
            return null;
        }
        Class<?> own = ClassUtils.getUserClass(type);
        if (Modifier.isFinal(own.getModifiers())) {
            return "its class is final";
        }
        return Stream.<Class<?>>iterate(own, one -> one != null && one != Object.class, Class::getSuperclass)
                .flatMap(one -> Arrays.stream(one.getDeclaredMethods()))
                .filter(SingleFlightCacheAdvisor::runsOnProxy)
                .findFirst()
                .map(method -> "its method " + method.getName() + " is final and would run on the proxy")
                .orElse(null);
    }

    /** Protected ones are for subclasses, which call them on the bean. */
    private static boolean runsOnProxy(Method method) {
        int modifiers = method.getModifiers();
        return Modifier.isFinal(modifiers)
                && (modifiers & (Modifier.PRIVATE | Modifier.PROTECTED | Modifier.STATIC)) == 0
                && !method.isSynthetic();
    }
}
