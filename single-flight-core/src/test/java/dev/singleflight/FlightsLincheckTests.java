package dev.singleflight;

import java.lang.reflect.Method;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jetbrains.kotlinx.lincheck.Actor;
import org.jetbrains.kotlinx.lincheck.execution.ExecutionScenario;
import org.jetbrains.lincheck.datastructures.IntGen;
import org.jetbrains.lincheck.datastructures.ManagedStrategyGuaranteeKt;
import org.jetbrains.lincheck.datastructures.ModelCheckingOptions;
import org.jetbrains.lincheck.datastructures.Operation;
import org.jetbrains.lincheck.datastructures.Options;
import org.jetbrains.lincheck.datastructures.Param;
import org.jetbrains.lincheck.datastructures.StressOptions;
import org.jetbrains.lincheck.datastructures.ThreadIdGen;
import org.jetbrains.lincheck.datastructures.Validate;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The table of flights against a map: three threads and two keys with equal hash codes. */
class FlightsLincheckTests {

    private static final int THREADS = 3;

    @ParameterizedTest
    @ValueSource(classes = {MapTable.class, SlotTable.class, EnteredTable.class})
    void everyScheduleIsOneOfAMap(Class<?> table) {
        check(modelChecking().sequentialSpecification(MapOfFlights.class), table);
    }

    /** What random calls meet too rarely: a flight that is forgotten while its leader leaves. */
    @ParameterizedTest
    @ValueSource(classes = {SlotTable.class, EnteredTable.class})
    void everyScheduleOfChosenCallsIsOneOfAMap(Class<?> table) {
        modelChecking()
                .invocationsPerIteration(400)
                .iterations(0)
                .addCustomScenario(scenario("claim remove", "removeKey claim"))
                .addCustomScenario(scenario("claim remove", "claim remove"))
                .sequentialSpecification(MapOfFlights.class)
                .check(table);
    }

    @ParameterizedTest
    @ValueSource(classes = {MapTable.class, SlotTable.class, EnteredTable.class})
    void underLoadItIsAMap(Class<?> table) {
        check(stress().sequentialSpecification(MapOfFlights.class), table);
    }

    @Test
    void everyScheduleKeepsTheBound() {
        check(modelChecking().sequentialSpecification(MapOfOneFlight.class), BoundedTable.class);
    }

    @Test
    void underLoadTheBoundIsKept() {
        check(stress().sequentialSpecification(MapOfOneFlight.class), BoundedTable.class);
    }

    /** The calls of each thread, all for one key. */
    private static ExecutionScenario scenario(String... threads) {
        List<List<Actor>> calls = new ArrayList<>();
        for (int i = 0; i < threads.length; i++) {
            int thread = i + 1;
            calls.add(Arrays.stream(threads[i].split(" "))
                    .map(call -> call.equals("removeKey")
                            ? new Actor(method(call, int.class), List.of(0))
                            : new Actor(method(call, int.class, int.class), List.of(thread, 0)))
                    .toList());
        }
        return new ExecutionScenario(List.of(), calls, List.of(), new Actor(method("endsInOrder"), List.of()));
    }

    private static Method method(String name, Class<?>... parameters) {
        try {
            return Table.class.getMethod(name, parameters);
        } catch (NoSuchMethodException missing) {
            throw new IllegalArgumentException(missing);
        }
    }

    private static StressOptions stress() {
        return new StressOptions().invocationsPerIteration(1_000);
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
        options.iterations(5)
                .threads(THREADS)
                .actorsPerThread(3)
                .actorsBefore(0)
                .actorsAfter(0)
                .check(table);
    }

    /** What Lincheck runs. A flight goes by the name of its claim: "thread/how many claims it had made before". */
    @Param(name = "key", gen = IntGen.class, conf = "0:1")
    @Param(name = "thread", gen = ThreadIdGen.class)
    public abstract static class Table {

        private final Flights<String> flights;

        private final Claims claims = new Claims();

        Table(Flights<String> flights) {
            this.flights = flights;
        }

        @Operation
        public @Nullable String claim(@Param(name = "thread") int thread, @Param(name = "key") int key) {
            Claim claim = claim(new Key(key, claims.nextName(thread)));
            if (claim.removal() != null) {
                claims.keep(thread, key, claim.removal());
            }
            return claim.standing();
        }

        /** Takes out the last flight of its own for the key, whether or not it is still there; once, as a leader does. */
        @Operation
        public boolean remove(@Param(name = "thread") int thread, @Param(name = "key") int key) {
            Object removal = claims.last(thread, key);
            claims.keep(thread, key, null);
            return removal instanceof Removal last && last.remove();
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
            endsEmpty();
            Flight<String> first = newFlight(0, "first");
            Flight<String> second = newFlight(1, "second");
            require(first.is(flights.claim(first)), "no place for the first flight of an empty table");
            require(second.is(flights.claim(second)) != flights instanceof BoundedFlights<?>, "the bound leaks");
        }

        void endsEmpty() {
            require(flights.size() == 0, "something is left");
        }

        /** Claims the key for a flight of its own. */
        Claim claim(Key key) {
            Flight<String> mine = new Flight<>(key, null);
            Flight<String> there = flights.claim(mine);
            return new Claim(
                    there == null ? null : there.key().toString(), mine.is(there) ? () -> flights.remove(mine) : null);
        }

        private static Flight<String> newFlight(int key, String name) {
            return new Flight<>(new Key(key, name), null);
        }

        static void require(boolean holds, String otherwise) {
            if (!holds) {
                throw new IllegalStateException(otherwise);
            }
        }
    }

    /**
     * What came of a claim.
     *
     * @param standing the name of the flight that stands for the key; null where there is none
     * @param removal takes out the flight of this claim; null where that is not the one
     */
    private record Claim(
            @Nullable String standing, @Nullable Removal removal) {}

    private interface Removal {
        boolean remove();
    }

    /** The map. */
    public static final class MapTable extends Table {

        public MapTable() {
            super(new MapFlights<>());
        }
    }

    /** The map within a bound. */
    public static final class BoundedTable extends Table {

        public BoundedTable() {
            super(new BoundedFlights<>(1));
        }
    }

    /** The slots where every call has a flight. */
    public static final class SlotTable extends Table {

        private final SlotFlights<String> slots;

        public SlotTable() {
            this(new SlotFlights<>(2));
        }

        private SlotTable(SlotFlights<String> slots) {
            super(slots);
            this.slots = slots;
        }

        @Override
        void endsEmpty() {
            super.endsEmpty();
            Key key = new Key(0, "last");
            Slot<String> slot = slots.enter(key);
            require(slot != null && slot.leave(key), "a slot without flights is not empty");
        }
    }

    /** The slots where a call enters with its key where it can. */
    public static final class EnteredTable extends Table {

        private final SlotFlights<String> slots;

        public EnteredTable() {
            this(new SlotFlights<>(2));
        }

        private EnteredTable(SlotFlights<String> slots) {
            super(slots);
            this.slots = slots;
        }

        @Override
        Claim claim(Key mine) {
            Slot<String> slot = slots.enter(mine);
            return slot == null
                    ? super.claim(mine)
                    : new Claim(mine.toString(), () -> slot.leave(mine) || slots.remove(slot.settle()));
        }
    }

    /** What a table is, one call at a time. */
    public static class MapOfFlights {

        private final Map<Integer, String> standing = new HashMap<>();

        private final Claims claims = new Claims();

        /** Lincheck makes many. */
        public MapOfFlights() {}

        public @Nullable String claim(int thread, int key) {
            String mine = claims.nextName(thread);
            String there = standing.get(key);
            if (there != null || isFull(standing.size())) {
                return there;
            }
            standing.put(key, mine);
            claims.keep(thread, key, mine);
            return mine;
        }

        public boolean remove(int thread, int key) {
            return claims.last(thread, key) instanceof String mine && standing.remove(key, mine);
        }

        public boolean removeKey(int key) {
            return standing.remove(key) != null;
        }

        boolean isFull(int flights) {
            return false;
        }
    }

    /** What a table within a bound of one is. */
    public static final class MapOfOneFlight extends MapOfFlights {

        /** Lincheck makes many. */
        public MapOfOneFlight() {}

        @Override
        boolean isFull(int flights) {
            return flights == 1;
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

        String nextName(int thread) {
            return thread + "/" + made[thread]++;
        }

        void keep(int thread, int key, @Nullable Object mine) {
            last[2 * thread + key] = mine;
        }

        @Nullable
        Object last(int thread, int key) {
            return last[2 * thread + key];
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
