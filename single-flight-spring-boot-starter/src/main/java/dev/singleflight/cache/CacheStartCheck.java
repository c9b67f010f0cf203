package dev.singleflight.cache;

import java.util.Arrays;
import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import org.springframework.aop.framework.Advised;
import org.springframework.beans.factory.SmartInitializingSingleton;
import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
import org.springframework.cache.CacheManager;

/**
 * Creates the groups of the caches that are known when the singletons are ready, so that meters and the endpoint have them
 * from the start, and reports the managers whose caches are as they were. From then on loads share flights.
 */
public final class CacheStartCheck implements SmartInitializingSingleton {

    private static final Log LOGGER = LogFactory.getLog(CacheStartCheck.class);

    private final ConfigurableListableBeanFactory beans;

    private final SingleFlightCaches caches;

    /**
     * A check of these beans.
     *
     * @param beans whose cache managers are looked at
     * @param caches is opened
     */
    public CacheStartCheck(ConfigurableListableBeanFactory beans, SingleFlightCaches caches) {
        this.beans = beans;
        this.caches = caches;
    }

    @Override
    public void afterSingletonsInstantiated() {
        caches.open();
        for (String name : beans.getBeanNamesForType(CacheManager.class, true, false)) {
            if (beans.containsSingleton(name) && beans.getSingleton(name) instanceof CacheManager manager) {
                look(name, manager);
            }
        }
    }

    private void look(String name, CacheManager manager) {
        if (isOurs(manager)) {
            manager.getCacheNames().forEach(caches::flights);
            return;
        }
        String obstacle = SingleFlightCacheAdvisor.obstacle(manager.getClass());
        LOGGER.warn("The caches of the CacheManager '" + name + "' load as without single-flight: "
                + (obstacle != null
                        ? obstacle + ". Make it open, or put it behind a CompositeCacheManager bean."
                        : "a post-processor needs it, so it was made before it could be proxied. Have that ask for it"
                                + " later, by an ObjectProvider."));
    }

    private static boolean isOurs(CacheManager manager) {
        return manager instanceof Advised proxy
                && Arrays.stream(proxy.getAdvisors()).anyMatch(SingleFlightCacheAdvisor.class::isInstance);
    }
}
