package dev.singleflight.cache;

import dev.singleflight.SingleFlightGroup;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.springframework.cache.Cache;
import org.springframework.core.task.TaskDecorator;

/**
 * The flights of all caches of one name. What holds:
 *
 * <ul>
 *   <li><b>No second load for want of a look.</b> A leader that found nothing before it claimed its key looks again where a
 *       load has stored something in between. A load counts as stored before its flight lands, so who claims a key after a
 *       flight of it has landed sees that.
 *   <li><b>No old value stays.</b> Who changes a key first outdates its load, then changes the cache, then forgets the
 *       flight. A load looks whether it is outdated before it stores, and again after: what came too late it evicts.
 * </ul>
 */
final class CacheFlights {

    private final SingleFlightGroup<CacheKey, @Nullable Object> group;

    private final Supplier<TaskDecorator> context;

    /** What runs of each key: more than one where a flight was forgotten or is stuck, or a call runs alone. Lists never change. */
    private final ConcurrentHashMap<CacheKey, List<Load>> loads = new ConcurrentHashMap<>();

    private final AtomicLong stored = new AtomicLong();

    CacheFlights(SingleFlightGroup<CacheKey, @Nullable Object> group, Supplier<TaskDecorator> context) {
        this.group = group;
        this.context = context;
    }

    SingleFlightGroup<CacheKey, @Nullable Object> group() {
        return group;
    }

    /** How many values were stored so far. */
    long stored() {
        return stored.get();
    }

    void hasStored() {
        stored.incrementAndGet();
    }

    /** A load that begins now. */
    Load begin(CacheKey key) {
        Load load = new Load();
        List<Load> alone = List.of(load);
        loads.merge(
                key,
                alone,
                (others, one) -> Stream.concat(others.stream(), one.stream()).toList());
        return load;
    }

    void end(CacheKey key, Load load) {
        loads.computeIfPresent(key, (same, running) -> {
            List<Load> others = running.stream().filter(other -> other != load).toList();
            return others.isEmpty() ? null : others;
        });
    }

    /** What is to run in a flight: on an executor it takes its caller's context along. */
    <V extends @Nullable Object> Supplier<V> travelling(Supplier<V> load) {
        return group.config().executor() == null ? load : new TravellingLoad<>(load, context.get());
    }

    /** Changes a key in the cache. A call that begins after this gets no value whose load began before. */
    <R extends @Nullable Object> R changing(CacheKey key, Supplier<R> change) {
        loads.getOrDefault(key, List.of()).forEach(Load::outdate);
        try {
            return change.get();
        } finally {
            group.forget(key);
        }
    }

    /** Changes every key in the cache. */
    <R extends @Nullable Object> R changingAll(Cache cache, Supplier<R> change) {
        loads.forEach((key, running) -> {
            if (key.isOf(cache)) {
                running.forEach(Load::outdate);
            }
        });
        try {
            return change.get();
        } finally {
            group.forgetIf(key -> key.isOf(cache));
        }
    }
}
