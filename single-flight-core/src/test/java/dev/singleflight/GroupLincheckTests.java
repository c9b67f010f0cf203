package dev.singleflight;

import dev.singleflight.FlightLog.Call;
import dev.singleflight.FlightLog.Forget;
import dev.singleflight.FlightLog.Run;
import java.lang.reflect.Method;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import org.jetbrains.kotlinx.lincheck.Actor;
import org.jetbrains.kotlinx.lincheck.execution.ExecutionScenario;
import org.jetbrains.lincheck.datastructures.IntGen;
import org.jetbrains.lincheck.datastructures.ManagedStrategyGuarantee;
import org.jetbrains.lincheck.datastructures.ManagedStrategyGuaranteeKt;
import org.jetbrains.lincheck.datastructures.ModelCheckingOptions;
import org.jetbrains.lincheck.datastructures.Operation;
import org.jetbrains.lincheck.datastructures.Options;
import org.jetbrains.lincheck.datastructures.Param;
import org.jetbrains.lincheck.datastructures.StressOptions;
import org.jetbrains.lincheck.datastructures.Validate;
import org.jetbrains.lincheck.datastructures.verifier.EpsilonVerifier;
import org.junit.jupiter.api.Test;

/**
 * A group under three threads that execute, start and forget. What a call is answered depends on the schedule, so no
 * sequential specification says it; the {@link FlightLog} judges each schedule instead.
 */
class GroupLincheckTests {

    @Test
    void everyScheduleOfBlockingCallsKeepsTheRules() {
        random(modelChecking(200), BlockingGroup.class);
    }

    @Test
    void everyScheduleWithFuturesKeepsTheRules() {
        random(modelChecking(200), ExecutorGroup.class);
    }

    @Test
    void everyScheduleOfChosenBlockingCallsKeepsTheRules() {
        chosen(modelChecking(1_000).addGuarantee(aMapOfSingleSteps()), BlockingGroup.class);
    }

    @Test
    void everyScheduleOfChosenCallsOnAnExecutorKeepsTheRules() {
        chosen(modelChecking(1_000).addGuarantee(aMapOfSingleSteps()), ExecutorGroup.class);
    }

    @Test
    void underLoadTheRulesAreKept() {
        random(new StressOptions().invocationsPerIteration(1_000), PlainGroup.class);
    }

    /** Counters and the log are no steps of the group. */
    private static ModelCheckingOptions modelChecking(int schedules) {
        return new ModelCheckingOptions()
                .invocationsPerIteration(schedules)
                .addGuarantee(ManagedStrategyGuaranteeKt.forClasses(
                                "java.util.concurrent.atomic.LongAdder", FlightLog.class.getName())
                        .allMethods()
                        .ignore());
    }

    /**
     * Takes the JDK's map at its word, so that more schedules are about the group's own steps. It has a price: the model
     * checker does not see then that a flight in the map is shared, and some steps of its leader stay together. Hence
     * some tests do so and some do not.
     */
    private static ManagedStrategyGuarantee aMapOfSingleSteps() {
        return ManagedStrategyGuaranteeKt.forClasses("java.util.concurrent.ConcurrentHashMap")
                .allMethods()
                .treatAsAtomic();
    }

    private static void random(Options<?, ?> options, Class<?> group) {
        options.iterations(5)
                .threads(3)
                .actorsPerThread(3)
                .actorsBefore(0)
                .actorsAfter(0)
                .verifier(EpsilonVerifier.class)
                .check(group);
    }

    /** What random calls meet too rarely: a forget by one who knows the outcome, and a flight that was overtaken. */
    private static void chosen(ModelCheckingOptions options, Class<?> group) {
        options.iterations(0)
                .addCustomScenario(scenario("execute", "executeWithoutWaiting forget"))
                .addCustomScenario(scenario("execute", "forget execute", "execute"))
                .verifier(EpsilonVerifier.class)
                .check(group);
    }

    /** The calls of each thread, all for one key. */
    private static ExecutionScenario scenario(String... threads) {
        return new ExecutionScenario(
                List.of(),
                Arrays.stream(threads)
                        .map(thread -> Arrays.stream(thread.split(" "))
                                .map(call -> new Actor(method(call, int.class), List.of(0)))
                                .toList())
                        .toList(),
                List.of(),
                new Actor(method("keepsTheRules"), List.of()));
    }

    private static Method method(String name, Class<?>... parameters) {
        try {
            return LoggedGroup.class.getMethod(name, parameters);
        } catch (NoSuchMethodException missing) {
            throw new IllegalArgumentException(missing);
        }
    }

    /** What Lincheck runs. */
    @Param(name = "key", gen = IntGen.class, conf = "0:1")
    public abstract static class LoggedGroup {

        private final FlightLog log = new FlightLog();

        private final SingleFlightGroup<Key, Run> group;

        private final AtomicInteger runs = new AtomicInteger();

        LoggedGroup(GroupConfig config) {
            // Whoever has patience has it for ever, and whoever has none leaves at once: no schedule depends on time.
            group = SingleFlightGroup.create(config.withTicker(() -> 0).withStuckAfter(null));
        }

        @Operation
        public String execute(@Param(name = "key") int key) {
            Call call = log.call(new Key(key));
            FlightResult<Run> result = group.fly(new Key(key), () -> run(call));
            log.learned(call, result.value(), result.value());
            log.role(call, result.value(), result.role(), result.shared());
            return result.role().name();
        }

        @Operation
        public String executeWithoutWaiting(@Param(name = "key") int key) {
            Call call = log.call(new Key(key));
            try {
                Run run = group.execute(new Key(key), Duration.ZERO, () -> run(call));
                log.learned(call, run, run);
                return "an outcome";
            } catch (FlightTimeoutException left) {
                return "left";
            }
        }

        @Operation
        public boolean forget(@Param(name = "key") int key) {
            Forget forget = log.forgetting(new Key(key));
            boolean something = group.forget(new Key(key));
            log.forgot(forget, something);
            return something;
        }

        @Validate
        public void keepsTheRules() {
            List<String> violations = log.violations();
            if (!violations.isEmpty()) {
                throw new IllegalStateException(violations.toString());
            }
            FlightStats stats = group.stats();
            if (stats.active() != 0
                    || stats.waiting() != 0
                    || stats.runs() != runs.get()
                    || stats.calls() != stats.runs() + stats.joined()) {
                throw new IllegalStateException(stats.toString());
            }
        }

        String executeAndJoin(int key) {
            Call call = log.call(new Key(key));
            Run run = group.executeAsync(new Key(key), () -> CompletableFuture.completedFuture(run(call)))
                    .join();
            log.learned(call, run, run);
            return run.leader() == call ? "led" : "joined";
        }

        private Run run(Call call) {
            Run run = log.begin(call);
            runs.incrementAndGet(); // a step of this thread: here another one may come in
            log.end(run, run);
            return run;
        }
    }

    /** The group as it comes, without futures: the model checker cannot see the common pool, which completes them. */
    public static final class BlockingGroup extends LoggedGroup {

        public BlockingGroup() {
            super(GroupConfig.of("blocking"));
        }
    }

    /** The group with futures, on an executor of which all is seen: the thread that hands over. */
    public static final class ExecutorGroup extends LoggedGroup {

        public ExecutorGroup() {
            super(GroupConfig.of("executor").withExecutor(Runnable::run));
        }

        @Operation
        public String executeAsync(@Param(name = "key") int key) {
            return executeAndJoin(key);
        }
    }

    /** The group as it comes, with futures. */
    public static final class PlainGroup extends LoggedGroup {

        public PlainGroup() {
            super(GroupConfig.of("plain"));
        }

        @Operation
        public String executeAsync(@Param(name = "key") int key) {
            return executeAndJoin(key);
        }
    }

    /** A key whose hash code is that of every other. */
    private record Key(int number) {

        @Override
        public int hashCode() {
            return 7;
        }
    }
}
