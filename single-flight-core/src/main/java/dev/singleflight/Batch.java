package dev.singleflight;

import dev.singleflight.Admissions.Admission;
import dev.singleflight.ParkedWaiter.Left;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * One call for many keys. It claims what nobody is running, runs that at once, lands it, and only then waits for what
 * others are running: while it waits nobody waits for it, so batches that overlap never wait for each other.
 *
 * <p>From the first claim to the last landing no key is asked for its hash code or compared outside the call's own guard:
 * what a key throws there would leave flights up that nobody leads. So values are found by the very key object.
 */
final class Batch<K, V extends @Nullable Object> {

    private final Tower<V> tower;

    private final FlightBatchCall<K, V, ?> call;

    private final Patience patience;

    private final List<Met<K, V>> claimed = new ArrayList<>();

    /** Keys that must not be shared, which the run takes along. */
    private final List<K> alone = new ArrayList<>();

    private final List<Met<K, V>> found = new ArrayList<>();

    /** Confined to the caller's thread. */
    private final IdentityHashMap<K, V> values = new IdentityHashMap<>();

    /** Stands for all flights of the run where its caller waits for it: each of them may end for itself. */
    private final Flight<V> whole = new Flight<>("batch", (Thread) null);

    /** The run on an executor; null where the caller runs. */
    private final @Nullable BatchRun<K, V> run;

    private @Nullable ParkedWaiter<V> caller; // written before anybody can find the run

    private Outcome<IdentityHashMap<K, V>> result =
            Outcome.value(new IdentityHashMap<>()); // by who runs, before it tells

    Batch(Tower<V> tower, long patience, FlightBatchCall<K, V, ?> call) {
        this.tower = tower;
        this.call = call;
        this.patience = new Patience(patience);
        this.run = tower.executor() == null ? null : new BatchRun<>(this);
    }

    /** The values of the keys that have one, in the order of the keys. */
    <X extends Exception> Map<K, V> fly(Set<K> keys) throws X {
        claim(keys);
        int passedOver = found.size();
        try {
            if (!claimed.isEmpty() || !alone.isEmpty()) {
                values.putAll(depart().<X>get());
            }
            for (Met<K, V> met : found) {
                passedOver--;
                if (new KeyCaller(met.key()).join(met.flight()).end() instanceof Outcome<V> outcome) {
                    values.put(met.key(), outcome.<X>get());
                }
            }
        } finally {
            tower.tally().passedOver(passedOver);
        }
        return inOrder(keys, values);
    }

    /** The values of the keys that have one, of a run outside any flight. */
    <X extends Exception> Map<K, V> runAlone(Set<K> keys) throws X {
        alone.addAll(keys);
        return inOrder(keys, depart().<X>get());
    }

    /** Runs the call for what was claimed and what must not be shared, and lands it. Called once. */
    void run() {
        whole.leader(Thread.currentThread());
        claimed.forEach(met -> met.flight().leader(Thread.currentThread()));
        long start = tower.watch().start();
        Outcome<IdentityHashMap<K, V>> outcome = called(keysOfRun());
        whole.leader(null);
        Throwable failure = outcome.failure();
        if (failure == null) {
            IdentityHashMap<K, V> returned = outcome.<RuntimeException>get();
            claimed.forEach(met -> land(met.key(), met.flight(), returned));
            result = outcome;
        } else {
            landFailed(failure, Landings.isCancelled(failure));
        }
        tellCaller();
        tower.watch().ran(start, failure);
    }

    /** The run could not begin. */
    void fail(Throwable failure) {
        long start = tower.watch().start();
        tower.tally().failed();
        landFailed(failure, false);
        tellCaller();
        tower.watch().ran(start, failure);
    }

    /** What the call returns for those of these keys that it returns something for, by the very key objects. */
    static <K, V extends @Nullable Object, X extends Exception> IdentityHashMap<K, V> returned(
            String group, Collection<K> keys, FlightBatchCall<K, V, X> call) throws X {
        Map<K, V> returned = Objects.requireNonNull(
                call.call(Collections.unmodifiableSet(new LinkedHashSet<>(keys))),
                () -> "The call of a batch of group '" + group + "' returned null; return a map");
        IdentityHashMap<K, V> own = new IdentityHashMap<>();
        for (K key : keys) {
            if (returned.containsKey(key)) {
                own.put(key, returned.get(key));
            }
        }
        return own;
    }

    static <K, V extends @Nullable Object> Map<K, V> inOrder(Set<K> keys, IdentityHashMap<K, V> values) {
        Map<K, V> inOrder = new LinkedHashMap<>();
        for (K key : keys) {
            if (values.containsKey(key)) {
                inOrder.put(key, values.get(key));
            }
        }
        return inOrder;
    }

    private void claim(Set<K> keys) {
        try {
            keys.forEach(this::claim);
        } catch (Throwable refused) {
            if (refused instanceof FlightRejectedException) {
                tower.tally().rejected(keys.size() - values.size() - 1); // one is counted already
            }
            claimed.forEach(met -> {
                met.flight().leader(null);
                tower.landings().handOver(met.flight());
            });
            throw refused;
        }
    }

    private void claim(K key) {
        if (reuse(key)) {
            return;
        }
        Flight<V> mine = newFlight(key);
        Admission<V> admission = tower.admissions().meet(mine, tower.flights().claim(mine), () -> newFlight(key));
        switch (admission.role()) {
            case LEADER -> {
                if (reuse(key)) {
                    tower.landings().landKept(admission.flight(), Outcome.value(values.get(key)));
                } else {
                    claimed.add(new Met<>(key, admission.flight()));
                }
            }
            case FOLLOWER -> found.add(new Met<>(key, admission.flight()));
            default -> alone.add(key);
        }
    }

    private boolean reuse(K key) {
        Outcome<V> kept = tower.values().fresh(key);
        if (kept != null) {
            tower.tally().reused();
            values.put(key, kept.<RuntimeException>get());
        }
        return kept != null;
    }

    private Flight<V> newFlight(K key) {
        return new Flight<>(key, run == null ? Thread.currentThread() : null);
    }

    private List<K> keysOfRun() {
        List<K> keys = new ArrayList<>(alone);
        claimed.forEach(met -> keys.add(met.key()));
        return keys;
    }

    /** Has the run done, here or on the executor. What bypasses stays here, unless it goes along with others. */
    private Outcome<IdentityHashMap<K, V>> depart() {
        claimed.forEach(met -> tower.tally().led());
        alone.forEach(key -> tower.tally().bypassed());
        tower.tally().merged(claimed.size() + alone.size());
        if (run == null || claimed.isEmpty()) {
            run();
            return result;
        }
        ParkedWaiter<V> waiter = ParkedWaiter.leading(tower, patience, whole, run);
        caller = waiter;
        tower.tally().waitBegan();
        claimed.forEach(met -> met.flight().runLate(run));
        run.queue(tower.config());
        new KeyCaller(claimed.get(0).key()).await(waiter);
        if (waiter.toLead() != null) {
            run(); // its executor has not started it in all that time
        } else if (waiter.left() == Left.CIRCLE) {
            tower.tally().succeeded();
            return circled();
        } else if (waiter.left() != null) {
            return gaveUp(waiter.left());
        }
        return result;
    }

    /** The run waits for this thread: it runs the call itself, outside any flight. */
    private Outcome<IdentityHashMap<K, V>> circled() {
        long start = tower.watch().start();
        Outcome<IdentityHashMap<K, V>> outcome = called(keysOfRun());
        tower.watch().ran(start, outcome.failure());
        return outcome;
    }

    /** Where an earlier value stands in for each key, the end of its caller's patience is no failure. */
    private Outcome<IdentityHashMap<K, V>> gaveUp(Left why) {
        IdentityHashMap<K, V> stale = new IdentityHashMap<>();
        for (K key : keysOfRun()) {
            stale.put(key, new KeyCaller(key).gaveUp(why).<RuntimeException>get());
        }
        return Outcome.value(stale);
    }

    private Outcome<IdentityHashMap<K, V>> called(List<K> keys) {
        Outcome<IdentityHashMap<K, V>> outcome =
                Outcome.of(() -> returned(tower.config().name(), keys, call));
        if (outcome.failure() != null) {
            tower.tally().failed();
        }
        return outcome;
    }

    private End<V> land(K key, Flight<V> flight, IdentityHashMap<K, V> returned) {
        return returned.containsKey(key)
                ? tower.landings().landCall(flight, Outcome.value(returned.get(key)), false)
                : tower.landings().landAbsent(flight);
    }

    /** Where an earlier value stands in for each key, there is no failure. */
    private void landFailed(Throwable failure, boolean cancelled) {
        IdentityHashMap<K, V> stale = new IdentityHashMap<>();
        for (Met<K, V> met : claimed) {
            Outcome<V> told = tower.landings().landCall(met.flight(), Outcome.failure(failure), cancelled);
            if (told.failure() == null) {
                stale.put(met.key(), told.<RuntimeException>get());
            }
        }
        boolean failed = !alone.isEmpty() || stale.size() < claimed.size();
        result = failed ? Outcome.failure(failure) : Outcome.value(stale);
    }

    private void tellCaller() {
        ParkedWaiter<V> waiting = caller;
        if (waiting != null) {
            waiting.tell(Outcome.value(null)); // what it is told stands in the result
        }
    }

    /** A key, and the flight that it claimed or found. */
    private record Met<K, V extends @Nullable Object>(K key, Flight<V> flight) {}

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
            long start = tower.watch().start();
            Outcome<IdentityHashMap<K, V>> outcome = called(List.of(key));
            Throwable failure = outcome.failure();
            End<V> end = failure == null
                    ? land(key, flight, outcome.<RuntimeException>get())
                    : tower.landings().landCall(flight, Outcome.failure(failure), Landings.isCancelled(failure));
            tower.watch().ran(start, failure);
            return end;
        }

        @Override
        End<V> alone() {
            long start = tower.watch().start();
            Outcome<IdentityHashMap<K, V>> outcome = called(List.of(key));
            tower.watch().ran(start, outcome.failure());
            if (outcome.failure() != null) {
                return Outcome.failure(outcome.failure());
            }
            IdentityHashMap<K, V> returned = outcome.<RuntimeException>get();
            return returned.containsKey(key) ? Outcome.value(returned.get(key)) : Absent.fromBatch();
        }

        @Override
        boolean takes(End<V> end) {
            return end instanceof Outcome<V> || (end instanceof Absent<V> absent && absent.isKnown());
        }
    }
}
