package dev.singleflight;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * What was asked of a group and what came of it, and the judge of both: rules that hold for every schedule, and are
 * proven broken by the log alone.
 *
 * <p>All stamps come from one counter, so they are ordered as the steps between them were. A stamp that says "from here
 * on" is taken before the step it stands for, one that says "by now" after it: a caller <em>came</em> before it asked,
 * and an outcome was <em>learned</em> after the group gave it away. So an innocent group is never accused. Each outcome
 * names its run, hence a caller that came after another one had learned the same outcome did join a flight that had
 * landed.
 */
final class FlightLog {

    private final AtomicLong clock = new AtomicLong();

    private final Queue<Run> runs = new ConcurrentLinkedQueue<>();

    private final Queue<Forget> forgets = new ConcurrentLinkedQueue<>();

    private final Queue<String> seen = new ConcurrentLinkedQueue<>();

    /** A caller is about to ask for the key. */
    Call call(Object key) {
        return new Call(key, false, clock.incrementAndGet());
    }

    /** A caller is about to ask for the key, whose run may then be one outside any flight. */
    Call callThatMayBypass(Object key) {
        return new Call(key, true, clock.incrementAndGet());
    }

    /** The first thing that the caller's code does. */
    Run begin(Call leader) {
        Run run = new Run(leader, clock.incrementAndGet());
        runs.add(run);
        return run;
    }

    /** The last thing that the caller's code does before it ends with this outcome. */
    void end(Run run, Object outcome) {
        run.outcome = outcome;
        run.ended = clock.incrementAndGet();
    }

    /** The group has given the caller this outcome of the run. */
    void learned(Call call, Run run, Object outcome) {
        long now = clock.incrementAndGet();
        if (run.outcome != outcome) {
            seen.add("%s got an outcome that %s did not end with".formatted(call, run));
        }
        if (!run.leader.key.equals(call.key)) {
            seen.add("%s got the outcome of %s".formatted(call, run));
        }
        run.learned.accumulateAndGet(now, Math::min);
        run.lastCame.accumulateAndGet(call.came, Math::max);
        run.callers.incrementAndGet();
    }

    /** The group has told the caller the role by which it came to this run's outcome, and whether it was shared. */
    void role(Call call, Run run, Role role, boolean shared) {
        boolean own = run.leader == call;
        if (own == (role == Role.FOLLOWER)) {
            seen.add("%s is a %s of %s".formatted(call, role, run));
        }
        if (own) {
            run.alone = role == Role.BYPASS;
            run.unshared = !shared;
        }
    }

    /** A caller is about to forget the key, or all keys: where the key is null. */
    Forget forgetting(@Nullable Object key) {
        return new Forget(key, clock.incrementAndGet());
    }

    /** The caller is back. */
    void forgot(Forget forget, boolean something) {
        forget.something = something;
        forget.after = clock.incrementAndGet();
        forgets.add(forget);
    }

    Queue<Run> runs() {
        return runs;
    }

    /** What broke a rule. To be asked when all callers are back. */
    List<String> violations() {
        List<String> found = new ArrayList<>(seen);
        Map<Object, List<Run>> runsByKey = new HashMap<>();
        runs.forEach(run -> runsByKey
                .computeIfAbsent(run.leader.key, key -> new ArrayList<>())
                .add(run));
        Map<Object, List<Forget>> forgetsByKey = new HashMap<>();
        for (Forget forget : forgets) {
            if (forget.key != null) {
                forgetsByKey
                        .computeIfAbsent(forget.key, key -> new ArrayList<>())
                        .add(forget);
            } else {
                runsByKey
                        .keySet()
                        .forEach(key -> forgetsByKey
                                .computeIfAbsent(key, absent -> new ArrayList<>())
                                .add(forget));
            }
        }
        forgetsByKey.keySet().forEach(key -> runsByKey.putIfAbsent(key, List.of()));
        runsByKey.forEach((key, ofKey) -> {
            List<Forget> forgetsOfKey = forgetsByKey.getOrDefault(key, List.of());
            List<Run> sorted = new ArrayList<>(ofKey);
            sorted.sort(Comparator.comparingLong(run -> run.began));
            judgeOutcomes(sorted, found);
            judgeOverlaps(sorted, forgetsOfKey, found);
            judgeAnswersAfterForget(sorted, forgetsOfKey, found);
            judgeForgotten(sorted, forgetsOfKey, found);
        });
        return found;
    }

    private static void judgeOutcomes(List<Run> runs, List<String> found) {
        for (Run run : runs) {
            if (run.lastCame.get() > run.learned.get()) {
                found.add("%s was joined by one that came at %s, after its outcome was known at %s"
                        .formatted(run, run.lastCame, run.learned));
            }
            if (run.unshared && run.callers.get() > 1) {
                found.add("%s was not shared and has %s callers".formatted(run, run.callers));
            }
        }
    }

    /** Runs of a key overlap only where one of them was forgotten before the other one's key was claimed. */
    private static void judgeOverlaps(List<Run> runs, List<Forget> forgets, List<String> found) {
        List<Run> up = new ArrayList<>();
        for (Run run : runs) {
            if (run.alone) {
                continue;
            }
            up.removeIf(earlier -> earlier.ended < run.began);
            for (Run other : up) {
                if (forgets.stream()
                        .noneMatch(forget -> isBetween(forget, other, run) || isBetween(forget, run, other))) {
                    found.add("%s began during %s, and none was forgotten".formatted(run, other));
                }
            }
            up.add(run);
        }
    }

    private static boolean isBetween(Forget forget, Run first, Run second) {
        return forget.something && first.leader.came < forget.after && forget.before < second.began;
    }

    /** Who came when a forget was over got no run that was there when the forget began, whether or not it found it. */
    private static void judgeAnswersAfterForget(List<Run> runs, List<Forget> forgets, List<String> found) {
        for (Run run : runs) {
            forgets.stream()
                    .filter(forget -> forget.before > run.began && forget.after < run.lastCame.get())
                    .findAny()
                    .ifPresent(
                            forget -> found.add("%s was joined at %s, after %s".formatted(run, run.lastCame, forget)));
        }
    }

    /** What was forgotten was up, and each run is forgotten once: a matching of forgets with runs. */
    private static void judgeForgotten(List<Run> runs, List<Forget> forgets, List<String> found) {
        Map<Run, Forget> matched = new HashMap<>();
        for (Forget forget : forgets) {
            if (forget.key != null && forget.something && !match(forget, runs, matched, new HashSet<>())) {
                found.add("%s found a run where none was up".formatted(forget));
            }
        }
    }

    private static boolean match(Forget forget, List<Run> runs, Map<Run, Forget> matched, Set<Run> tried) {
        for (Run run : runs) {
            if (run.leader.came < forget.after
                    && forget.before < run.learned.get()
                    && tried.add(run)
                    && (!matched.containsKey(run) || match(matched.get(run), runs, matched, tried))) {
                matched.put(run, forget);
                return true;
            }
        }
        return false;
    }

    /** One request, and when it was made. */
    static final class Call {

        private final Object key;

        private final long came;

        private final boolean mayBypass;

        private Call(Object key, boolean mayBypass, long came) {
            this.key = key;
            this.mayBypass = mayBypass;
            this.came = came;
        }

        @Override
        public String toString() {
            return "Call[key=%s, came=%s]".formatted(key, came);
        }
    }

    /** One request to forget. */
    static final class Forget {

        private final @Nullable Object key;

        private final long before;

        private long after; // this and the next are written by the caller, before it is put on the list

        private boolean something;

        private Forget(@Nullable Object key, long before) {
            this.key = key;
            this.before = before;
        }

        @Override
        public String toString() {
            return "Forget[key=%s, from=%s, to=%s, something=%s]".formatted(key, before, after, something);
        }
    }

    /** One run of a caller's code. */
    static final class Run {

        private final Call leader;

        private final long began;

        private final AtomicLong learned = new AtomicLong(Long.MAX_VALUE);

        private final AtomicLong lastCame = new AtomicLong();

        private final AtomicLong callers = new AtomicLong();

        private volatile @Nullable Object outcome;

        private volatile long ended = Long.MAX_VALUE;

        private volatile boolean alone; // it is or may be outside any flight

        private volatile boolean unshared;

        private Run(Call leader, long began) {
            this.leader = leader;
            this.began = began;
            this.alone = leader.mayBypass;
        }

        Call leader() {
            return leader;
        }

        @Override
        public String toString() {
            return "Run[key=%s, leader came=%s, began=%s, ended=%s]".formatted(leader.key, leader.came, began, ended);
        }
    }
}
