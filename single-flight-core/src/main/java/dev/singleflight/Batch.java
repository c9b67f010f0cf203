package dev.singleflight;

import dev.singleflight.Caller.Arrival;
import dev.singleflight.ParkedWaiter.Left;
import dev.singleflight.Tower.Admission;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * One call for many keys. It claims what nobody is running, runs that at once, lands it, and only then waits for what
 * others are running: while it waits nobody waits for it, so batches that overlap never wait for each other.
 */
final class Batch<K, V extends @Nullable Object> {

    private final Tower<V> tower;

    private final FlightBatchCall<K, V, ?> call;

    private final Patience patience;

    private final Map<K, Flight<V>> claimed = new LinkedHashMap<>();

    /** Keys that must not be shared, which the run takes along. */
    private final Set<K> alone = new LinkedHashSet<>();

    private final Map<K, Flight<V>> found = new LinkedHashMap<>();

    private final Map<K, V> values = new LinkedHashMap<>();

    /** Stands for all flights of the run where its caller waits for it: each of them may end for itself. */
    private final Flight<V> whole = new Flight<>("batch", (Thread) null);

    /** The run on an executor; null where the caller runs. */
    private final @Nullable BatchRun<K, V> run;

    private @Nullable ParkedWaiter<V> caller; // written before the run is queued

    private Outcome<V> result = Outcome.value(null); // by who runs, before the caller is told

    Batch(Tower<V> tower, long patience, FlightBatchCall<K, V, ?> call) {
        this.tower = tower;
        this.call = call;
        this.patience = new Patience(patience);
        this.run = tower.executor() == null ? null : new BatchRun<>(this);
    }

    /** The values of the keys that have one, in the order of the keys. */
    <X extends Exception> Map<K, V> fly(Set<K> keys) throws X {
        claim(keys);
        if (!claimed.isEmpty() || !alone.isEmpty()) {
            depart().<X>get();
        }
        for (Map.Entry<K, Flight<V>> flight : found.entrySet()) {
            K key = flight.getKey();
            if (new KeyCaller(key).join(flight.getValue()).end() instanceof Outcome<V> outcome) {
                values.put(key, outcome.<X>get());
            }
        }
        Map<K, V> inOrder = new LinkedHashMap<>();
        for (K key : keys) {
            if (values.containsKey(key)) {
                inOrder.put(key, values.get(key));
            }
        }
        return inOrder;
    }

    /** Runs the call for what was claimed and what must not be shared, and lands it. Called once. */
    void run() {
        whole.leader(Thread.currentThread());
        claimed.values().forEach(flight -> flight.leader(Thread.currentThread()));
        long start = tower.watch().start();
        Set<K> keys = new LinkedHashSet<>(claimed.keySet());
        keys.addAll(alone);
        Outcome<Map<K, V>> outcome = called(keys);
        whole.leader(null);
        if (outcome.failure() == null) {
            values.putAll(outcome.<RuntimeException>get());
            claimed.forEach(this::land);
        } else {
            landFailed(outcome.failure(), Landings.isCancelled(outcome.failure()));
        }
        tellCaller();
        tower.watch().ran(start, outcome.failure());
    }

    /** The run could not begin. */
    void fail(Throwable failure) {
        long start = tower.watch().start();
        tower.tally().failed();
        landFailed(failure, false);
        tellCaller();
        tower.watch().ran(start, failure);
    }

    private void claim(Set<K> keys) {
        try {
            keys.forEach(this::claim);
        } catch (Throwable refused) {
            claimed.values().forEach(flight -> {
                flight.leader(null);
                tower.landings().handOver(flight);
            });
            throw refused;
        }
    }

    private void claim(K key) {
        if (reuse(key)) {
            return;
        }
        Flight<V> mine = newFlight(key);
        Admission<V> admission = tower.meet(mine, tower.flights().claim(mine), () -> newFlight(key));
        switch (admission.role()) {
            case LEADER -> {
                if (reuse(key)) {
                    tower.landings().landKept(admission.flight(), Outcome.value(values.get(key)));
                } else {
                    claimed.put(key, admission.flight());
                }
            }
            case FOLLOWER -> found.put(key, admission.flight());
            default -> alone.add(key);
        }
    }

    private boolean reuse(K key) {
        Outcome<V> kept = tower.keepsValues() ? tower.freshOutcome(key) : null;
        if (kept != null) {
            tower.tally().reused();
            values.put(key, kept.<RuntimeException>get());
        }
        return kept != null;
    }

    private Flight<V> newFlight(K key) {
        Flight<V> flight = new Flight<>(key, run == null ? Thread.currentThread() : null);
        if (run != null) {
            flight.run(run);
        }
        return flight;
    }

    /** Has the run done, here or on the executor. What bypasses stays here, unless it goes along with others. */
    private Outcome<V> depart() {
        claimed.values().forEach(flight -> tower.tally().led());
        alone.forEach(key -> tower.tally().bypassed());
        tower.tally().merged(claimed.size() + alone.size());
        if (run == null || claimed.isEmpty()) {
            run();
            return result;
        }
        ParkedWaiter<V> waiter = ParkedWaiter.leading(tower, patience, whole, run);
        caller = waiter;
        tower.tally().waitBegan();
        run.queue(tower.config());
        KeyCaller first = new KeyCaller(claimed.keySet().iterator().next());
        first.await(waiter);
        if (waiter.toLead() != null) {
            run(); // its executor has not started it in all that time
        } else if (waiter.left() == Left.CIRCLE) {
            tower.tally().succeeded();
            return circled();
        } else if (waiter.left() != null) {
            throw first.gaveUp(waiter.left());
        }
        return result;
    }

    /** The run waits for this thread: it runs the call itself, outside any flight. */
    private Outcome<V> circled() {
        Set<K> keys = new LinkedHashSet<>(claimed.keySet());
        keys.addAll(alone);
        Outcome<Map<K, V>> outcome = called(keys);
        Throwable failure = outcome.failure();
        if (failure != null) {
            return Outcome.failure(failure);
        }
        values.putAll(outcome.<RuntimeException>get());
        return Outcome.value(null);
    }

    /** What the call returns for those of these keys that it returns something for. */
    private Outcome<Map<K, V>> called(Set<K> keys) {
        Outcome<Map<K, V>> outcome = Outcome.of(() -> {
            Map<K, V> returned = Objects.requireNonNull(
                    call.call(Collections.unmodifiableSet(keys)),
                    () -> "The call of a batch of group '" + tower.config().name() + "' returned null; return a map");
            Map<K, V> own = new LinkedHashMap<>();
            for (K key : keys) {
                if (returned.containsKey(key)) {
                    own.put(key, returned.get(key));
                }
            }
            return own;
        });
        if (outcome.failure() != null) {
            tower.tally().failed();
        }
        return outcome;
    }

    private End<V> land(K key, Flight<V> flight) {
        return values.containsKey(key)
                ? tower.landings().landCall(flight, Outcome.value(values.get(key)), false)
                : tower.landings().landAbsent(flight);
    }

    /** Where an earlier value stands in for each key, there is no failure. */
    private void landFailed(Throwable failure, boolean cancelled) {
        boolean failed = !alone.isEmpty();
        for (Map.Entry<K, Flight<V>> flight : claimed.entrySet()) {
            Outcome<V> told = tower.landings().landCall(flight.getValue(), Outcome.failure(failure), cancelled);
            if (told.failure() == null) {
                values.put(flight.getKey(), told.<RuntimeException>get());
            } else {
                failed = true;
            }
        }
        if (failed) {
            result = Outcome.failure(failure);
        }
    }

    private void tellCaller() {
        ParkedWaiter<V> waiting = caller;
        if (waiting != null) {
            waiting.tell(result);
        }
    }

    /** The caller, for one of the keys that others are running. */
    private final class KeyCaller extends Caller<V> {

        private final K key;

        private KeyCaller(K key) {
            super(tower, key, patience);
            this.key = key;
        }

        @Override
        End<V> lead(Flight<V> flight) {
            flight.leader(Thread.currentThread());
            return run(flight);
        }

        @Override
        End<V> alone() {
            return run(null);
        }

        @Override
        boolean takes(End<V> end) {
            return end instanceof Outcome<V> || (end instanceof Absent<V> absent && absent.isKnown());
        }

        @Override
        Flight<V> newFlight() {
            return new Flight<>(key, Thread.currentThread());
        }

        @Override
        Arrival<V> depart(Flight<V> claimed) {
            tower.tally().led();
            return led(lead(claimed));
        }

        private End<V> run(@Nullable Flight<V> flight) {
            long start = tower.watch().start();
            Outcome<Map<K, V>> outcome = called(Set.of(key));
            Throwable failure = outcome.failure();
            boolean cancelled = Landings.isCancelled(failure);
            if (failure == null) {
                values.putAll(outcome.<RuntimeException>get());
            }
            End<V> end;
            if (flight != null && failure == null) {
                end = land(key, flight);
            } else if (flight != null) {
                end = tower.landings().landCall(flight, Outcome.failure(Objects.requireNonNull(failure)), cancelled);
            } else if (failure != null) {
                end = Outcome.failure(failure);
            } else {
                end = values.containsKey(key) ? Outcome.value(values.get(key)) : Absent.fromBatch();
            }
            tower.watch().ran(start, failure);
            return end;
        }
    }
}
