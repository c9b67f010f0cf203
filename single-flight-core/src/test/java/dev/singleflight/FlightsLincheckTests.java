package dev.singleflight;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.jetbrains.kotlinx.lincheck.Actor;
import org.jetbrains.kotlinx.lincheck.execution.ExecutionResult;
import org.jetbrains.kotlinx.lincheck.execution.ExecutionScenario;
import org.jetbrains.kotlinx.lincheck.execution.ResultWithClock;
import org.jetbrains.kotlinx.lincheck.util.ValueResult;
import org.jetbrains.lincheck.datastructures.IntGen;
import org.jetbrains.lincheck.datastructures.ManagedStrategyGuaranteeKt;
import org.jetbrains.lincheck.datastructures.ModelCheckingOptions;
import org.jetbrains.lincheck.datastructures.Operation;
import org.jetbrains.lincheck.datastructures.Options;
import org.jetbrains.lincheck.datastructures.Param;
import org.jetbrains.lincheck.datastructures.StressOptions;
import org.jetbrains.lincheck.datastructures.ThreadIdGen;
import org.jetbrains.lincheck.datastructures.Validate;
import org.jetbrains.lincheck.datastructures.verifier.Verifier;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** The table of flights against a map: three threads and two keys with equal hash codes. */
class FlightsLincheckTests {

    private static final int THREADS = 3;

    private static final int BOUND = 1;

    @Test
    void everyScheduleIsOneOfAMap() {
        check(modelChecking(), UnboundedTable.class);
    }

    @Test
    void underLoadItIsAMap() {
        check(new StressOptions().invocationsPerIteration(1_000), UnboundedTable.class);
    }

    @Test
    void everyScheduleKeepsTheBound() {
        check(modelChecking().verifier(BoundVerifier.class), BoundedTable.class);
    }

    @Test
    void underLoadTheBoundIsKept() {
        check(new StressOptions().invocationsPerIteration(1_000).verifier(BoundVerifier.class), BoundedTable.class);
    }

    /**
     * The JDK's map is checked too: were it taken as one step, the model checker would not see that a flight put there is
     * shared, and not switch threads where it is used.
     */
    private static ModelCheckingOptions modelChecking() {
        return new ModelCheckingOptions()
                .invocationsPerIteration(200)
                .addGuarantee(ManagedStrategyGuaranteeKt.forClasses(Claims.class.getName())
                        .allMethods()
                        .ignore());
    }

    private static void check(Options<?, ?> options, Class<?> table) {
        options.iterations(8)
                .threads(THREADS)
                .actorsPerThread(3)
                .actorsBefore(0)
                .actorsAfter(0)
                .sequentialSpecification(MapOfFlights.class)
                .check(table);
    }

    /** What Lincheck runs. A flight goes by the name of its claim: "thread/how many claims it had made before". */
    @Param(name = "key", gen = IntGen.class, conf = "0:1")
    @Param(name = "thread", gen = ThreadIdGen.class)
    public abstract static class Table {

        private final Flights<String> flights;

        private final Claims claims = new Claims();

        Table(int bound) {
            flights = bound == GroupConfig.UNLIMITED ? new MapFlights<>() : new BoundedFlights<>(bound);
        }

        @Operation
        public @Nullable String claim(@Param(name = "thread") int thread, @Param(name = "key") int key) {
            Flight<String> mine = newFlight(key, claims.nextName(thread));
            Flight<String> standing = flights.claim(mine);
            if (mine.is(standing)) {
                claims.keep(thread, key, mine);
            }
            return standing == null ? null : standing.key().toString();
        }

        /** Takes out the last flight of its own for the key, whether or not it is still there. */
        @SuppressWarnings("unchecked") // what was kept is a flight of this table
        @Operation
        public boolean remove(@Param(name = "thread") int thread, @Param(name = "key") int key) {
            return claims.last(thread, key) instanceof Flight<?> mine && flights.remove((Flight<String>) mine);
        }

        @Operation
        public boolean removeKey(@Param(name = "key") int key) {
            return flights.removeKey(new Key(key, "any"));
        }

        /** It lists and counts what it holds, and what it held is free again. */
        @Validate
        public void endsInOrder() {
            Object[] standing = flights.all().toArray();
            require(flights.size() == standing.length, "size() is not that of all()");
            for (Object flight : standing) {
                require(flights.removeKey(((Flight<?>) flight).key()), "what stands there cannot be removed");
            }
            require(flights.size() == 0, "something is left");
            Flight<String> first = newFlight(0, "first");
            Flight<String> second = newFlight(1, "second");
            require(first.is(flights.claim(first)), "no place for the first flight of an empty table");
            require(admitsTwo() == second.is(flights.claim(second)), "the bound leaks");
        }

        abstract boolean admitsTwo();

        private static Flight<String> newFlight(int key, String name) {
            return new Flight<>(new Key(key, name), null);
        }

        private static void require(boolean holds, String otherwise) {
            if (!holds) {
                throw new IllegalStateException(otherwise);
            }
        }
    }

    /** The table without a bound. */
    public static final class UnboundedTable extends Table {

        public UnboundedTable() {
            super(GroupConfig.UNLIMITED);
        }

        @Override
        boolean admitsTwo() {
            return true;
        }
    }

    /** The table for one flight. */
    public static final class BoundedTable extends Table {

        public BoundedTable() {
            super(BOUND);
        }

        @Override
        boolean admitsTwo() {
            return false;
        }
    }

    /** What the table without a bound is, one call at a time. */
    public static final class MapOfFlights {

        private final Map<Integer, String> standing = new HashMap<>();

        private final Claims claims = new Claims();

        /** Lincheck makes many. */
        public MapOfFlights() {}

        public String claim(int thread, int key) {
            String mine = claims.nextName(thread);
            String there = standing.putIfAbsent(key, mine);
            if (there == null) {
                claims.keep(thread, key, mine);
            }
            return there == null ? mine : there;
        }

        public boolean remove(int thread, int key) {
            return claims.last(thread, key) instanceof String mine && standing.remove(key, mine);
        }

        public boolean removeKey(int key) {
            return standing.remove(key) != null;
        }
    }

    /** Each thread's claims: their names, and what stands for the last that got the key's place. */
    private static final class Claims {

        private final int[] made;

        private final Object[] last;

        Claims() {
            made = new int[THREADS + 1]; // threads count from one
            last = new Object[2 * made.length];
        }

        Claims(Claims before) {
            made = before.made.clone();
            last = before.last.clone();
        }

        String nextName(int thread) {
            return thread + "/" + made[thread]++;
        }

        void keep(int thread, int key, Object mine) {
            last[2 * thread + key] = mine;
        }

        @Nullable
        Object last(int thread, int key) {
            return last[2 * thread + key];
        }
    }

    /**
     * Explains what a bounded table answered, where a removal is two steps: the flight goes, then its place is free. So
     * a claim in between may find neither the flight nor a place; that is the price of never holding more than the
     * bound.
     */
    public static final class BoundVerifier implements Verifier {

        /** Lincheck hands over the sequential specification, which has no two steps. */
        public BoundVerifier(Class<?> unused) {}

        @Override
        public boolean verifyResults(ExecutionScenario scenario, ExecutionResult results) {
            List<Caller> callers = new ArrayList<>();
            for (int i = 0; i < scenario.getNThreads(); i++) {
                callers.add(new Caller(
                        scenario.getThreads().get(i),
                        results.getThreadsResultsWithClock().get(i)));
            }
            return isExplained(callers, new Moment(callers.size()));
        }

        private static boolean isExplained(List<Caller> callers, Moment moment) {
            boolean over = true;
            for (int i = 0; i < callers.size(); i++) {
                if (moment.done[i] < callers.get(i).calls.size()) {
                    over = false;
                    if (callers.get(i).mayGoOn(moment, i)) {
                        Moment next = new Moment(moment);
                        if (callers.get(i).goesOn(next, i) && isExplained(callers, next)) {
                            return true;
                        }
                    }
                }
            }
            return over;
        }

        /** What the table is after some of the calls. */
        private static final class Moment {

            private final int[] done;

            private final boolean[] removing;

            private final Claims claims;

            private final Map<Integer, String> standing = new HashMap<>();

            private int taken;

            Moment(int callers) {
                done = new int[callers];
                removing = new boolean[callers];
                claims = new Claims();
            }

            Moment(Moment before) {
                done = before.done.clone();
                removing = before.removing.clone();
                claims = new Claims(before.claims);
                standing.putAll(before.standing);
                taken = before.taken;
            }
        }

        /** A thread's calls and what they were answered. */
        private record Caller(List<Actor> calls, List<ResultWithClock> answers) {

            /** Whether all that was over when the call began is over. */
            boolean mayGoOn(Moment moment, int self) {
                int[] before = answers.get(moment.done[self]).getClockOnStart().getClock();
                return IntStream.range(0, moment.done.length).allMatch(i -> i == self || moment.done[i] >= before[i]);
            }

            /** Takes the thread's next step; false where it was answered otherwise. */
            boolean goesOn(Moment moment, int self) {
                if (moment.removing[self]) {
                    moment.removing[self] = false;
                    moment.taken--;
                    moment.done[self]++;
                    return true;
                }
                Actor call = calls.get(moment.done[self]);
                int thread = (int) call.getArguments().get(0);
                int key = (int) call.getArguments().get(call.getArguments().size() - 1);
                Object answer = switch (call.getMethod().getName()) {
                    case "claim" -> claim(moment, thread, key);
                    case "remove" ->
                        moment.claims.last(thread, key) instanceof String mine && moment.standing.remove(key, mine);
                    default -> moment.standing.remove(key) != null;
                };
                boolean asAnswered = new ValueResult(answer)
                        .equals(answers.get(moment.done[self]).getResult());
                moment.removing[self] = Boolean.TRUE.equals(answer);
                if (!moment.removing[self]) {
                    moment.done[self]++;
                }
                return asAnswered;
            }

            private static @Nullable String claim(Moment moment, int thread, int key) {
                String mine = moment.claims.nextName(thread);
                if (moment.standing.containsKey(key) || moment.taken == BOUND) {
                    return moment.standing.get(key);
                }
                moment.taken++;
                moment.standing.put(key, mine);
                moment.claims.keep(thread, key, mine);
                return mine;
            }
        }
    }

    /** A key whose hash code is that of every other, and which carries the name of its flight. */
    private record Key(int number, String name) {

        @Override
        public boolean equals(Object other) {
            return other instanceof Key key && key.number == number;
        }

        @Override
        public int hashCode() {
            return 7;
        }

        @Override
        public String toString() {
            return name;
        }
    }
}
