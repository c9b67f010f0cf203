package dev.singleflight.benchmarks.spring;

import com.alicp.jetcache.anno.CacheConsts;
import com.alicp.jetcache.anno.config.EnableMethodCache;
import com.alicp.jetcache.anno.support.GlobalCacheConfig;
import com.alicp.jetcache.anno.support.JetCacheBaseBeans;
import com.alicp.jetcache.embedded.CaffeineCacheBuilder;
import java.util.Map;
import org.springframework.context.annotation.Bean;

/** JetCache for Spring, on Caffeine, without a remote cache and without its statistics. */
@EnableMethodCache(basePackages = "dev.singleflight.benchmarks.spring", proxyTargetClass = true)
class JetCaching extends JetCacheBaseBeans {

    @Bean
    GlobalCacheConfig jetCacheConfig() {
        GlobalCacheConfig config = new GlobalCacheConfig();
        config.setStatIntervalMinutes(0);
        config.setLocalCacheBuilders(
                Map.of(CacheConsts.DEFAULT_AREA, CaffeineCacheBuilder.createCaffeineCacheBuilder()));
        config.setRemoteCacheBuilders(Map.of());
        return config;
    }
}
