package dev.singleflight;

import java.time.Duration;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Predicate;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A group within one JVM. A call claims its key with a flight of its own, or joins the flight that is there; what
 * happens to a flight, and in which order, stands at {@link Flight}.
 */
final class LocalGroup<K, V extends @Nullable Object> implements SingleFlightGroup<K, V> {

    private final Tower<V> tower;

    private final BlockingCalls<V> blocking;

    private final AsyncCalls<V> async;

    private final long patience;

    private volatile boolean enabled;

    LocalGroup(GroupConfig config) {
        this.patience = Tower.nanos(config.waitTimeout());
        this.tower = new Tower<>(config);
        this.blocking = new BlockingCalls<>(tower);
        this.async = new AsyncCalls<>(tower);
        this.enabled = config.enabled();
    }

    @Override
    public String name() {
        return config().name();
    }

    @Override
    public <X extends Exception> V execute(K key, FlightCall<? extends V, X> call) throws X {
        return call(key, patience, call, (value, role, shared, stale) -> value);
    }

    @Override
    public <X extends Exception> V execute(K key, Duration waitTimeout, FlightCall<? extends V, X> call) throws X {
        return call(key, patience(waitTimeout), call, (value, role, shared, stale) -> value);
    }

    @Override
    public <X extends Exception> FlightResult<V> fly(K key, FlightCall<? extends V, X> call) throws X {
        return call(
                key,
                patience,
                call,
                (value, role, shared, stale) -> new FlightResult<>(value, role, shared, stale, true));
    }

    @Override
    public CompletableFuture<V> executeAsync(K key, Supplier<? extends CompletionStage<? extends V>> call) {
        return callAsync(key, patience, call);
    }

    @Override
    public CompletableFuture<V> executeAsync(
            K key, Duration waitTimeout, Supplier<? extends CompletionStage<? extends V>> call) {
        return callAsync(key, patience(waitTimeout), call);
    }

    @Override
    public <X extends Exception> Map<K, V> executeAll(Collection<? extends K> keys, FlightBatchCall<K, V, X> call)
            throws X {
        return callAll(keys, patience, call);
    }

    @Override
    public <X extends Exception> Map<K, V> executeAll(
            Collection<? extends K> keys, Duration waitTimeout, FlightBatchCall<K, V, X> call) throws X {
        return callAll(keys, patience(waitTimeout), call);
    }

    @Override
    public <X extends Exception> V bypass(FlightCall<? extends V, X> call) throws X {
        Objects.requireNonNull(call, "call");
        return enabled ? blocking.alone(call) : call.call();
    }

    @Override
    public <X extends Exception> Map<K, V> bypassAll(Collection<? extends K> keys, FlightBatchCall<K, V, X> call)
            throws X {
        Objects.requireNonNull(call, "call");
        Set<K> asked = distinct(keys);
        return enabled && !asked.isEmpty()
                ? new Batch<>(tower, patience, call).<X>runAlone(asked)
                : straight(asked, call);
    }

    @Override
    public CompletableFuture<V> bypassAsync(Supplier<? extends CompletionStage<? extends V>> call) {
        Objects.requireNonNull(call, "call");
        return enabled ? async.alone(call) : async.straight(call);
    }

    @Override
    public boolean forget(K key) {
        requireKey(key);
        boolean flight = tower.flights().removeKey(key);
        boolean forgotten = tower.values().forget(key) || flight;
        if (forgotten) {
            tower.tally().forgotten(1);
        }
        return forgotten;
    }

    @Override
    public int forgetAll() {
        return forgetIf(key -> true);
    }

    @Override
    @SuppressWarnings("unchecked") // every key in the table came in as a K
    public int forgetIf(Predicate<? super K> keys) {
        int forgotten = 0;
        try {
            for (Flight<V> flight : tower.flights().all()) {
                if (keys.test((K) flight.key())) {
                    boolean removed = tower.flights().remove(flight);
                    forgotten += tower.values().forget(flight.key()) || removed ? 1 : 0;
                }
            }
            for (Object key : tower.values().keys()) {
                forgotten += keys.test((K) key) && tower.values().forget(key) ? 1 : 0;
            }
        } finally {
            tower.tally().forgotten(forgotten);
        }
        return forgotten;
    }

    @Override
    public List<FlightInfo> inFlight() {
        long now = tower.now();
        return Stream.concat(
                        tower.flights().all().stream().map(flight -> look(flight, now)),
                        tower.relief().stuck(now).stream())
                .toList();
    }

    @Override
    public FlightStats stats() {
        return tower.tally().snapshot(tower.flights().size());
    }

    @Override
    public GroupConfig config() {
        return tower.config();
    }

    @Override
    public boolean enabled() {
        return enabled;
    }

    @Override
    public void enabled(boolean enabled) {
        this.enabled = enabled;
    }

    @Override
    public String toString() {
        return "SingleFlightGroup[" + name() + "]";
    }

    private <X extends Exception, R extends @Nullable Object> R call(
            K key, long patience, FlightCall<? extends V, X> call, BlockingCalls.Shape<V, R> shape) throws X {
        requireKey(key);
        Objects.requireNonNull(call, "call");
        return enabled ? blocking.call(key, patience, call, shape) : shape.of(call.call(), Role.BYPASS, false, false);
    }

    private <X extends Exception> Map<K, V> callAll(
            Collection<? extends K> keys, long patience, FlightBatchCall<K, V, X> call) throws X {
        Objects.requireNonNull(call, "call");
        Set<K> asked = distinct(keys);
        return enabled && !asked.isEmpty() ? new Batch<>(tower, patience, call).<X>fly(asked) : straight(asked, call);
    }

    private <X extends Exception> Map<K, V> straight(Set<K> keys, FlightBatchCall<K, V, X> call) throws X {
        return keys.isEmpty() ? new LinkedHashMap<>() : Batch.inOrder(keys, Batch.returned(name(), keys, call));
    }

    private Set<K> distinct(Collection<? extends K> keys) {
        Set<K> distinct = new LinkedHashSet<>();
        for (K key : keys) {
            requireKey(key);
            distinct.add(key);
        }
        return distinct;
    }

    private CompletableFuture<V> callAsync(
            K key, long patience, Supplier<? extends CompletionStage<? extends V>> call) {
        requireKey(key);
        Objects.requireNonNull(call, "call");
        return enabled ? async.call(key, patience, call) : async.straight(call);
    }

    private long patience(Duration waitTimeout) {
        GroupConfig.requirePatience(name(), waitTimeout);
        return Tower.nanos(waitTimeout);
    }

    private void requireKey(@Nullable Object key) {
        if (key == null) {
            throw new IllegalArgumentException(
                    "Group '" + name()
                            + "' was given a null key, which tells no two calls apart. Give the call a key, or run it without the group");
        }
    }

    private FlightInfo look(Flight<V> flight, long now) {
        Followers<V> followers = flight.followers();
        Long since = followers == null ? null : followers.since();
        return FlightInfo.of(
                flight, since == null ? 0 : now - since, followers == null ? 0 : followers.waiting(), false);
    }
}
