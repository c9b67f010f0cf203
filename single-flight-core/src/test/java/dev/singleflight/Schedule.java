package dev.singleflight;

import static org.assertj.core.api.Assertions.assertThat;

import dev.singleflight.FlightLog.Call;
import dev.singleflight.FlightLog.Forget;
import dev.singleflight.FlightLog.Run;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;

/**
 * Callers of one group that do one thing after the other, beside the simplest model of what is to come of it: after each
 * step the test waits until every caller waits, runs or has its outcome as the model says. The {@link FlightLog} judges
 * what they got without the model.
 */
final class Schedule implements AutoCloseable {

    private final FlightLog log = new FlightLog();

    private final SingleFlightGroup<Integer, Run> group = SingleFlightGroup.create(GroupConfig.of("schedule")
            .withStuckAfter(null)
            .withShareFailure(failure -> !(failure instanceof PrivateFailure)));

    private final Callers callers = new Callers();

    private final List<Asker> askers = new ArrayList<>();

    private final Map<Integer, Plane> joinable = new HashMap<>();

    private final List<Plane> up = new ArrayList<>();

    private final IdentityHashMap<Object, Run> runsByOutcome = new IdentityHashMap<>();

    private int joined;

    private int successions;

    private int failures;

    private int forgotten;

    void take(Step step) {
        switch (step.act()) {
            case EXECUTE, START -> ask(step.key(), step.act() == Act.START);
            case VALUE, FAIL, FAIL_PRIVATELY, CANCEL_RUN -> end(step.pick(), step.act());
            case FORGET -> forget(step.key());
            case LEAVE -> leave(step.pick());
        }
        Callers.until(this + " after " + step, () -> askers.stream().allMatch(Asker::isAsExpected));
    }

    /** Lands what is up, and judges. */
    void finish() {
        while (!up.isEmpty()) {
            take(new Step(Act.VALUE, 0, 0));
        }
        Callers.assertAtRest(group);
        askers.forEach(Asker::report);
        assertThat(log.violations()).isEmpty();
        long runs = log.runs().size();
        assertThat(runs).isEqualTo(askers.size() - joined + successions);
        assertThat(group.stats())
                .isEqualTo(new FlightStats(
                        askers.size(), runs, joined, 0, 0, 0, failures, successions, 0, forgotten, 0, 0));
    }

    @Override
    public void close() {
        askers.forEach(asker -> asker.ending.complete(new CancellationException("the test is over")));
        callers.close();
    }

    private void ask(int key, boolean future) {
        Asker asker = new Asker(key);
        askers.add(asker);
        Plane plane = joinable.get(key);
        if (plane == null) {
            plane = new Plane(key, asker);
            joinable.put(key, plane);
            up.add(plane);
            asker.expected = Status.RUNS;
        } else {
            plane.followers.add(asker);
            joined++;
        }
        asker.ask(future);
        Callers.until("it has joined", () -> group.stats().joined() == joined);
    }

    private void end(int pick, Act act) {
        if (!up.isEmpty()) {
            Plane plane = up.get(pick % up.size());
            Object ending = switch (act) {
                case FAIL -> new IllegalStateException("everybody's");
                case FAIL_PRIVATELY -> new PrivateFailure();
                case CANCEL_RUN ->
                    plane.leader.future == null ? new InterruptedException() : new CancellationException();
                default -> plane.leader.run;
            };
            Asker leader = plane.leader;
            land(plane, ending, act == Act.VALUE || act == Act.FAIL);
            leader.end(ending);
        }
    }

    /** What the model says of a run that ends. */
    private void land(Plane plane, Object outcome, boolean shared) {
        Asker leader = plane.leader;
        runsByOutcome.put(outcome, leader.run);
        failures += outcome instanceof Throwable ? 1 : 0;
        leader.gets(outcome);
        if (shared) {
            plane.followers.forEach(follower -> follower.gets(outcome));
            plane.followers.clear();
        }
        Asker successor = plane.followers.poll();
        if (successor != null) {
            plane.leader = successor;
            successor.expected = Status.RUNS;
            successions++;
        } else {
            up.remove(plane);
            joinable.remove(plane.key, plane);
        }
    }

    private void forget(int key) {
        Forget forget = log.forgetting(key);
        boolean something = group.forget(key);
        log.forgot(forget, something);
        assertThat(something).isEqualTo(joinable.remove(key) != null);
        forgotten += something ? 1 : 0;
    }

    private void leave(int pick) {
        List<Asker> there =
                askers.stream().filter(asker -> asker.expected != Status.ENDED).toList();
        if (there.isEmpty()) {
            return;
        }
        Asker asker = there.get(pick % there.size());
        if (asker.future != null) {
            up.forEach(plane -> plane.followers.remove(asker));
            asker.getsOneOf(CancellationException.class);
            asker.future.cancel(true); // a leader's run goes on
        } else if (asker.expected == Status.WAITS) {
            up.forEach(plane -> plane.followers.remove(asker));
            asker.getsOneOf(FlightInterruptedException.class);
            asker.thread.interrupt();
        } else {
            Plane plane =
                    up.stream().filter(led -> led.leader == asker).findAny().orElseThrow();
            InterruptedException ending = new InterruptedException();
            land(plane, ending, false);
            asker.interruptRun(ending);
        }
    }

    @Override
    public String toString() {
        return askers.toString();
    }

    enum Act {
        EXECUTE,
        START,
        VALUE,
        FAIL,
        FAIL_PRIVATELY,
        CANCEL_RUN,
        FORGET,
        LEAVE
    }

    /** What is done next, for a key or by one of those who are there. */
    record Step(Act act, int key, int pick) {}

    private enum Status {
        WAITS,
        RUNS,
        ENDED
    }

    private static final class PrivateFailure extends RuntimeException {

        private static final long serialVersionUID = 1;
    }

    /** The model of a flight. */
    private static final class Plane {

        private final int key;

        private final Deque<Asker> followers = new ArrayDeque<>();

        private Asker leader;

        Plane(int key, Asker leader) {
            this.key = key;
            this.leader = leader;
        }
    }

    /** One caller, what the model expects of it, and what has become of it. */
    private final class Asker {

        private final int key;

        private final Call call;

        private final CompletableFuture<Object> ending = new CompletableFuture<>();

        private final CompletableFuture<Run> stage = new CompletableFuture<>();

        private CompletableFuture<Run> future;

        private Thread thread;

        private Status expected = Status.WAITS;

        private Object outcome; // what it is to get: this very object, or one of this class

        private volatile Run run;

        private volatile Object got;

        Asker(int key) {
            this.key = key;
            this.call = log.call(key);
        }

        void ask(boolean inFuture) {
            if (inFuture) {
                future = group.executeAsync(key, () -> {
                    run = log.begin(call);
                    return stage;
                });
                CompletableFuture<Void> unused = future.handle((value, failure) -> {
                    got = failure == null ? value : cause(failure);
                    return null;
                });
            } else {
                thread = callers.start(() -> {
                            try {
                                got = group.execute(key, this::lead);
                            } catch (Throwable failure) {
                                got = failure;
                            }
                            return null;
                        })
                        .thread();
            }
        }

        void end(Object as) {
            if (future == null) {
                ending.complete(as);
                return;
            }
            log.end(run, as);
            if (as instanceof Throwable failure) {
                stage.completeExceptionally(failure);
            } else {
                stage.complete(run);
            }
        }

        /** The call itself is interrupted, and ends with this failure. */
        void interruptRun(InterruptedException as) {
            thread.interrupt();
            ending.complete(as);
        }

        void gets(Object it) {
            if (expected != Status.ENDED) { // a leader that has cancelled its future has what it wanted
                expected = Status.ENDED;
                outcome = it;
            }
        }

        void getsOneOf(Class<? extends Throwable> kind) {
            expected = Status.ENDED;
            outcome = kind;
        }

        boolean isAsExpected() {
            return switch (expected) {
                case WAITS -> run == null && got == null;
                case RUNS -> run != null && got == null;
                case ENDED -> outcome instanceof Class<?> kind ? kind.isInstance(got) : got == outcome;
            };
        }

        void report() {
            if (!(outcome instanceof Class<?>)) {
                log.learned(call, runsByOutcome.get(got), got);
            }
        }

        private Run lead() throws Exception {
            run = log.begin(call);
            Object as = awaitEnding();
            log.end(run, as);
            if (as instanceof Exception failure) {
                throw failure;
            }
            return run;
        }

        private Object awaitEnding() throws Exception {
            try {
                return ending.get(Callers.LIMIT.toSeconds(), TimeUnit.SECONDS);
            } catch (InterruptedException interrupt) {
                return ending.get(Callers.LIMIT.toSeconds(), TimeUnit.SECONDS);
            }
        }

        private Object cause(Throwable failure) {
            return failure instanceof CompletionException && failure.getCause() != null ? failure.getCause() : failure;
        }

        @Override
        public String toString() {
            return "%s[key=%s, expected %s %s, run %s, got %s]"
                    .formatted(future == null ? "Thread" : "Future", key, expected, outcome, run, got);
        }
    }
}
