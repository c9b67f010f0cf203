package dev.singleflight.benchmarks.contender;

import dev.singleflight.GroupConfig;
import dev.singleflight.SingleFlightGroup;
import java.util.function.Supplier;

/** Who takes part, by the name that stands in the report. */
public enum Contender {
    NOTHING("the mere call, nothing shared", () -> (key, call) -> call.call()),
    IDIOM_A("idiom A: `putIfAbsent`, `CompletableFuture`", FutureIdiom::new),
    IDIOM_B("idiom B: `putIfAbsent`, `FutureTask`", FutureTaskIdiom::new),
    GO("Go's design: lock, `HashMap`, latch", GoDesign::new),
    CONCURRENT_MAP_CACHE("Spring `ConcurrentMapCache`, get and evict", Caches::concurrentMapCache),
    CAFFEINE("Caffeine, get and invalidate", Caches::caffeine),
    CAFFEINE_ASYNC("Caffeine `AsyncCache`, put and remove", CaffeineAsync::new),
    GUAVA("Guava, get and invalidate", Caches::guava),
    CACHE2K("cache2k, computeIfAbsent and remove", Caches::cache2k),
    JETCACHE("JetCache with penetration protection, and remove", Caches::jetCache),
    GROUP("**single-flight group**", Contender::group);

    /** Of those that must have a bound: far more than ever are in flight. */
    static final int CACHE_SIZE = 10_000;

    private final String title;

    @SuppressWarnings("ImmutableEnumChecker") // a constructor reference
    private final Supplier<SharedCalls> open;

    Contender(String title, Supplier<SharedCalls> open) {
        this.title = title;
        this.open = open;
    }

    public String title() {
        return title;
    }

    /** A new, empty one. */
    public SharedCalls open() {
        return open.get();
    }

    private static SharedCalls group() {
        SingleFlightGroup<Object, Object> group = SingleFlightGroup.create(GroupConfig.of("calls"));
        return group::execute;
    }
}
