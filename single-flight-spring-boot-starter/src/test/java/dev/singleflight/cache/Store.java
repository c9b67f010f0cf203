package dev.singleflight.cache;

import com.github.benmanes.caffeine.cache.Caffeine;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.util.List;
import java.util.UUID;
import javax.cache.Caching;
import javax.cache.configuration.MutableConfiguration;
import org.springframework.cache.CacheManager;
import org.springframework.cache.caffeine.CaffeineCacheManager;
import org.springframework.cache.concurrent.ConcurrentMapCacheManager;
import org.springframework.cache.jcache.JCacheCacheManager;
import org.springframework.data.redis.cache.RedisCacheConfiguration;
import org.springframework.data.redis.cache.RedisCacheManager;
import org.springframework.data.redis.cache.RedisCacheWriter;
import org.springframework.data.redis.connection.lettuce.LettuceConnectionFactory;
import org.springframework.util.function.SingletonSupplier;
import redis.embedded.RedisServer;

/** Each kind of cache, with a cache {@code users} of its own. */
enum Store {
    MAP {
        @Override
        CacheManager manager() {
            return new ConcurrentMapCacheManager(USERS);
        }
    },

    CAFFEINE {
        @Override
        CacheManager manager() {
            return caffeine();
        }
    },

    CAFFEINE_ASYNC {
        @Override
        CacheManager manager() {
            CaffeineCacheManager manager = new CaffeineCacheManager();
            manager.setAsyncCacheMode(true);
            manager.setCaffeine(Caffeine.newBuilder().recordStats());
            manager.setCacheNames(List.of(USERS));
            return manager;
        }
    },

    JCACHE {
        @Override
        CacheManager manager() {
            javax.cache.CacheManager caches = Caching.getCachingProvider()
                    .getCacheManager(
                            URI.create("test:" + UUID.randomUUID()), getClass().getClassLoader());
            caches.createCache(
                    USERS, new MutableConfiguration<>().setStoreByValue(false).setStatisticsEnabled(true));
            return new JCacheCacheManager(caches);
        }
    },

    REDIS {
        @Override
        CacheManager manager() {
            return redis(RedisCacheWriter.nonLockingRedisCacheWriter(CONNECTIONS.obtain()));
        }
    },

    REDIS_LOCKING {
        @Override
        CacheManager manager() {
            return redis(RedisCacheWriter.lockingRedisCacheWriter(CONNECTIONS.obtain()));
        }
    };

    static final String USERS = "users";

    private static final SingletonSupplier<LettuceConnectionFactory> CONNECTIONS =
            SingletonSupplier.of(Store::connections);

    abstract CacheManager manager();

    static CaffeineCacheManager caffeine() {
        CaffeineCacheManager manager = new CaffeineCacheManager(USERS);
        manager.setCaffeine(Caffeine.newBuilder().recordStats());
        return manager;
    }

    /** It keeps statistics. */
    static RedisCacheManager redis(RedisCacheWriter writer) {
        RedisCacheManager manager = RedisCacheManager.builder(writer)
                .cacheDefaults(RedisCacheConfiguration.defaultCacheConfig()
                        .prefixCacheNameWith(UUID.randomUUID().toString()))
                .enableStatistics()
                .build();
        manager.afterPropertiesSet();
        return manager;
    }

    /** To a server that lives as long as this JVM. */
    private static LettuceConnectionFactory connections() {
        int port = freePort();
        RedisServer server = RedisServer.builder()
                .port(port)
                .bind("127.0.0.1")
                .setting("save \"\"")
                .build();
        server.start();
        Runtime.getRuntime().addShutdownHook(new Thread(server::stop));
        LettuceConnectionFactory factory = new LettuceConnectionFactory("127.0.0.1", port);
        factory.afterPropertiesSet();
        factory.start();
        return factory;
    }

    private static int freePort() {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        } catch (IOException failed) {
            throw new UncheckedIOException(failed);
        }
    }
}
