package dev.singleflight.autoconfigure;

import static dev.singleflight.Callers.awaitWaiting;
import static dev.singleflight.Callers.failure;
import static dev.singleflight.Callers.group;
import static dev.singleflight.Callers.value;
import static org.assertj.core.api.Assertions.assertThat;

import dev.singleflight.Callers;
import dev.singleflight.FlightInterruptedException;
import dev.singleflight.FlightTimeoutException;
import dev.singleflight.Gate;
import dev.singleflight.annotation.SingleFlight;
import io.micrometer.observation.Observation;
import io.micrometer.observation.ObservationRegistry;
import java.io.IOException;
import java.net.URL;
import java.net.URLClassLoader;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.BiConsumer;
import org.aspectj.lang.JoinPoint;
import org.aspectj.lang.annotation.Aspect;
import org.aspectj.lang.annotation.Before;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.slf4j.MDC;
import org.springframework.beans.factory.BeanNotOfRequiredTypeException;
import org.springframework.beans.factory.support.DefaultListableBeanFactory;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.autoconfigure.aop.AopAutoConfiguration;
import org.springframework.boot.autoconfigure.task.TaskExecutionAutoConfiguration;
import org.springframework.boot.test.context.FilteredClassLoader;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.context.ApplicationContext;
import org.springframework.core.task.TaskDecorator;
import org.springframework.security.authentication.TestingAuthenticationToken;
import org.springframework.security.core.Authentication;
import org.springframework.security.core.context.SecurityContextHolder;

/** {@code execution: executor} runs calls elsewhere, with what their callers' threads have. */
class ExecutionTests {

    private static final ThreadLocal<String> OWN = new ThreadLocal<>();

    private final ObservationRegistry observations = ObservationRegistry.create();

    private final ApplicationContextRunner plain = new ApplicationContextRunner()
            .withConfiguration(AutoConfigurations.of(
                    SingleFlightAutoConfiguration.class, SingleFlightContextAutoConfiguration.class))
            .withBean(ObservationRegistry.class, () -> observations)
            .withBean(Jobs.class);

    private final ApplicationContextRunner contexts =
            plain.withPropertyValues("single-flight.defaults.execution=executor");

    @AfterEach
    void nothingIsLeftOnThisThread() {
        MDC.clear();
        SecurityContextHolder.clearContext();
        OWN.remove();
    }

    @Test
    void byDefaultACallRunsOnItsCallersThread() {
        plain.run(context ->
                assertThat(context.getBean(Jobs.class).look(1).thread()).isSameAs(Thread.currentThread()));
    }

    @Test
    void runsACallOnADaemonThreadOfOurs() {
        contexts.run(context -> {
            Thread thread = context.getBean(Jobs.class).look(1).thread();
            assertThat(thread.getName()).startsWith("single-flight-");
            assertThat(thread.isDaemon()).isTrue();
        });
    }

    @Test
    void threadsAreVirtualWhereTheJdkHasThem() {
        contexts.run(context -> {
            Thread thread = context.getBean(Jobs.class).look(1).thread();
            assertThat(thread.getClass().getName().contains("VirtualThread"))
                    .isEqualTo(Runtime.version().feature() >= 21);
        });
    }

    @Test
    void oneGroupAloneMayRunElsewhere() {
        plain.withPropertyValues("single-flight.groups.look.execution=executor").run(context -> {
            Jobs jobs = context.getBean(Jobs.class);
            assertThat(jobs.look(1).thread()).isNotSameAs(Thread.currentThread());
            assertThat(jobs.lookAll(List.of(1)).get(1).thread()).isSameAs(Thread.currentThread());
        });
    }

    @Test
    void aBeanOfTheUsersGoesBeforeOurThreads() {
        withExecutor(
                (context, jobs) -> assertThat(jobs.look(1).thread().getName()).isEqualTo("the user's"));
    }

    @Test
    void aBeanOfThatNameThatIsNoExecutorStopsTheStart() {
        contexts.withBean("singleFlightExecutor", String.class, () -> "no executor")
                .run(context -> assertThat(context)
                        .getFailure()
                        .isInstanceOf(BeanNotOfRequiredTypeException.class)
                        .hasMessageContaining("singleFlightExecutor"));
    }

    @Test
    void springBootStillMakesItsOwnExecutor() {
        contexts.withConfiguration(AutoConfigurations.of(TaskExecutionAutoConfiguration.class))
                .run(context -> assertThat(context).hasBean("applicationTaskExecutor"));
    }

    @Test
    void aCallHasTheContextOfItsCallerAndLeavesNoneBehind() {
        withExecutor((context, jobs) -> {
            Observation observation = Observation.start("request", observations);
            Seen seen;
            Observation.Scope scope = observation.openScope();
            try {
                MDC.put("request", "7");
                Authentication ann = signIn("ann");
                OWN.set("own");

                seen = jobs.look(1);

                assertThat(seen.request()).isEqualTo("7");
                assertThat(seen.user()).isSameAs(ann);
                assertThat(seen.observation()).isSameAs(observation);
                assertThat(seen.own()).isEqualTo("own");
                assertThat(MDC.get("request")).as("of the caller").isEqualTo("7");
            } finally {
                scope.close();
            }
            Seen after = value(onUsersThread(context));
            assertThat(after.thread()).isSameAs(seen.thread());
            assertThat(after.isEmpty()).as("nothing is left on %s", after).isTrue();
        });
    }

    @Test
    void aCallHasTheClassLoaderOfItsCaller() {
        withExecutor((context, jobs) -> {
            ClassLoader before = Thread.currentThread().getContextClassLoader();
            jobs.look(0);
            ClassLoader callers = new URLClassLoader(new URL[0], before);
            Thread.currentThread().setContextClassLoader(callers);
            try {
                assertThat(jobs.look(1).loader()).isSameAs(callers);
            } finally {
                Thread.currentThread().setContextClassLoader(before);
            }
            assertThat(value(onUsersThread(context)).loader()).isNotSameAs(callers);
        });
    }

    @Test
    void aBatchHasTheContextOfItsCallerToo() {
        withExecutor((context, jobs) -> {
            MDC.put("request", "7");
            Map<Integer, Seen> seen = jobs.lookAll(List.of(1, 2));
            assertThat(seen).hasSize(2);
            assertThat(seen.get(2).request()).isEqualTo("7");
            assertThat(seen.get(2).thread().getName()).isEqualTo("the user's");
        });
    }

    @Test
    void aSuccessorHasTheContextOfItsOwnCaller() {
        contexts.run(context -> {
            Jobs jobs = context.getBean(Jobs.class);
            MDC.put("request", "leader's");
            CompletableFuture<Seen> leader = jobs.later(1);
            Callers.awaitUntil(() -> jobs.stages().size() == 1);
            MDC.put("request", "follower's");
            CompletableFuture<Seen> follower = jobs.later(1);

            jobs.stages().get(0).cancel(true);
            Callers.awaitUntil(() -> jobs.stages().size() == 2);
            jobs.stages().get(1).complete(jobs.seen().get(1));

            Callers.awaitUntil(leader::isCompletedExceptionally);
            assertThat(value(follower).request()).isEqualTo("follower's");
        });
    }

    @ParameterizedTest
    @ValueSource(strings = {"caller", "executor"})
    void adviceInsideFindsTheCallWhereverItRuns(String execution) {
        plain.withPropertyValues("single-flight.defaults.execution=" + execution)
                .withConfiguration(AutoConfigurations.of(AopAutoConfiguration.class))
                .withBean(Watching.class)
                .run(context -> {
                    Jobs jobs = context.getBean(Jobs.class);
                    jobs.look(1);
                    jobs.lookAll(List.of(2));
                    CompletableFuture<Seen> leader = jobs.later(3);
                    Callers.awaitUntil(() -> jobs.stages().size() == 1);
                    CompletableFuture<Seen> successor = jobs.later(3);
                    jobs.stages().get(0).cancel(true);
                    Callers.awaitUntil(() -> jobs.stages().size() == 2 || successor.isDone());
                    jobs.stages().get(1).complete(jobs.seen().get(1));

                    Callers.awaitUntil(leader::isCompletedExceptionally);
                    assertThat(value(successor)).isNotNull();
                    assertThat(context.getBean(Watching.class).calls())
                            .containsExactly("look", "lookAll", "later", "later");
                });
    }

    @Test
    void aFailureReachesItsCallersAsItIs() {
        contexts.run(context -> assertThat(
                        failure(Callers.start(() -> context.getBean(Jobs.class).fail())))
                .isExactlyInstanceOf(IOException.class)
                .hasMessage("checked"));
    }

    @Test
    void aRunSurvivesItsFirstCallersInterrupt() {
        contexts.run(context -> {
            Jobs jobs = context.getBean(Jobs.class);
            CompletableFuture<Thread> callerThread = new CompletableFuture<>();
            CompletableFuture<String> first = Callers.start(() -> {
                callerThread.complete(Thread.currentThread());
                return jobs.slow(1);
            });
            jobs.gate().awaitRuns(1);
            CompletableFuture<String> follower = Callers.start(() -> jobs.slow(1));
            awaitWaiting(group(context, "slow"), 2);

            value(callerThread).interrupt();

            assertThat(failure(first)).isInstanceOf(FlightInterruptedException.class);
            jobs.gate().open();
            assertThat(value(follower)).isEqualTo("slow 1");
            assertThat(jobs.gate().runs()).isOne();
        });
    }

    @Test
    void theWaitTimeoutBindsTheFirstCallerToo() {
        contexts.run(context -> {
            Jobs jobs = context.getBean(Jobs.class);
            CompletableFuture<String> first = Callers.start(() -> jobs.impatient(1));
            assertThat(failure(first)).isInstanceOf(FlightTimeoutException.class);
            jobs.gate().open();
        });
    }

    @ParameterizedTest
    @ValueSource(strings = {"org.springframework.security", "io.micrometer.context", "org.slf4j.MDC"})
    void aLibraryMayBeAbsent(String library) {
        contexts.withClassLoader(new FilteredClassLoader(library)).run(context -> {
            assertThat(context).hasNotFailed();
            assertThat(context.getBeansOfType(CallerContext.class)).hasSize(2);
            assertThat(context.getBean(Jobs.class).look(1).thread()).isNotSameAs(Thread.currentThread());
        });
    }

    @Test
    void aDecoratorThatDropsTheCallIsSaidTo() {
        contexts.withBean("dropping", TaskDecorator.class, () -> run -> () -> {})
                .run(context -> assertThat(failure(
                                Callers.start(() -> context.getBean(Jobs.class).look(1))))
                        .isInstanceOf(IllegalStateException.class)
                        .hasMessageStartingWith("A TaskDecorator did not run ")
                        .hasMessageContaining("look"));
    }

    @Test
    void anAbandonedCallIsCancelledWhereTheGroupSaysSo() {
        plain.withPropertyValues("single-flight.groups.later.abandoned=cancel").run(context -> {
            Jobs jobs = context.getBean(Jobs.class);
            jobs.later(1).cancel(true);
            assertThat(jobs.stages().get(0)).isCancelled();
        });
    }

    @Test
    void anAbandonedCallCompletesByDefault() {
        plain.run(context -> {
            Jobs jobs = context.getBean(Jobs.class);
            jobs.later(1).cancel(true);
            assertThat(jobs.stages().get(0)).isNotDone();
        });
    }

    @Test
    void theThreadsOfOursEndWithTheContextAndWhatComesLaterRunsAtOnce() {
        FlightExecutor executor = new FlightExecutor(new DefaultListableBeanFactory());
        Executor pool = executor.ours(null);
        CompletableFuture<Thread> before = new CompletableFuture<>();
        pool.execute(() -> before.complete(Thread.currentThread()));
        assertThat(value(before).getName()).startsWith("single-flight-");
        assertThat(value(before).isDaemon()).isTrue();

        executor.destroy();

        Callers.awaitUntil(() -> !value(before).isAlive());
        List<Thread> after = new ArrayList<>();
        pool.execute(() -> after.add(Thread.currentThread()));
        assertThat(after).containsExactly(Thread.currentThread());
    }

    @Test
    void theThreadsOfOursInheritNothing() {
        InheritableThreadLocal<String> inheritable = new InheritableThreadLocal<>();
        inheritable.set("another caller's");
        Executor pool = new FlightExecutor(new DefaultListableBeanFactory()).ours(null);
        CompletableFuture<String> found = new CompletableFuture<>();
        pool.execute(() -> found.complete(String.valueOf(inheritable.get())));
        assertThat(value(found)).isEqualTo("null");
    }

    private void withExecutor(BiConsumer<ApplicationContext, Jobs> test) {
        contexts.withBean(
                        "singleFlightExecutor",
                        ExecutorService.class,
                        () -> Executors.newSingleThreadExecutor(task -> {
                            Thread thread = new Thread(task, "the user's");
                            thread.setDaemon(true);
                            return thread;
                        }))
                .withBean("own", TaskDecorator.class, () -> ExecutionTests::withOwn)
                .run(context -> test.accept(context, context.getBean(Jobs.class)));
    }

    private CompletableFuture<Seen> onUsersThread(ApplicationContext context) {
        CompletableFuture<Seen> seen = new CompletableFuture<>();
        context.getBean(ExecutorService.class).execute(() -> seen.complete(Seen.here(observations)));
        return seen;
    }

    private static Runnable withOwn(Runnable run) {
        String callers = OWN.get();
        return () -> {
            OWN.set(callers);
            try {
                run.run();
            } finally {
                OWN.remove();
            }
        };
    }

    private static Authentication signIn(String user) {
        Authentication signedIn = new TestingAuthenticationToken(user, "");
        SecurityContextHolder.getContext().setAuthentication(signedIn);
        return signedIn;
    }

    /** What a thread has. */
    public record Seen(
            Thread thread,
            @Nullable ClassLoader loader,
            @Nullable String request,
            @Nullable Authentication user,
            @Nullable Observation observation,
            @Nullable String own) {

        static Seen here(ObservationRegistry observations) {
            Thread here = Thread.currentThread();
            return new Seen(
                    here,
                    here.getContextClassLoader(),
                    MDC.get("request"),
                    SecurityContextHolder.getContext().getAuthentication(),
                    observations.getCurrentObservation(),
                    OWN.get());
        }

        boolean isEmpty() {
            return request == null && user == null && observation == null && own == null;
        }
    }

    @Aspect
    static class Watching {

        private final List<String> calls = new CopyOnWriteArrayList<>();

        List<String> calls() {
            return calls;
        }

        @Before(
                "within(dev.singleflight.autoconfigure.ExecutionTests.Jobs) && (execution(* look*(..)) || execution(* later(..)))")
        void see(JoinPoint point) {
            calls.add(point.getSignature().getName());
        }
    }

    /** Public: its proxy is made by another class loader where libraries are absent. */
    public static class Jobs {

        private final ObservationRegistry observations;

        private final Gate gate = new Gate();

        private final List<CompletableFuture<Seen>> stages = new CopyOnWriteArrayList<>();

        private final List<Seen> seen = new CopyOnWriteArrayList<>();

        public Jobs(ObservationRegistry observations) {
            this.observations = observations;
        }

        public Gate gate() {
            return gate;
        }

        public List<CompletableFuture<Seen>> stages() {
            return stages;
        }

        public List<Seen> seen() {
            return seen;
        }

        @SingleFlight("look")
        public Seen look(int id) {
            return Seen.here(observations);
        }

        @SingleFlight(group = "look all", batch = true)
        public Map<Integer, Seen> lookAll(Collection<Integer> ids) {
            Map<Integer, Seen> all = new LinkedHashMap<>();
            ids.forEach(id -> all.put(id, Seen.here(observations)));
            return all;
        }

        @SingleFlight("later")
        public CompletableFuture<Seen> later(int id) {
            CompletableFuture<Seen> stage = new CompletableFuture<>();
            seen.add(Seen.here(observations));
            stages.add(stage);
            return stage;
        }

        @SingleFlight("slow")
        public String slow(int id) {
            gate.pass();
            return "slow " + id;
        }

        @SingleFlight(group = "impatient", waitTimeout = "1ms")
        public String impatient(int id) {
            gate.pass();
            return "impatient " + id;
        }

        @SingleFlight("fail")
        public String fail() throws IOException {
            throw new IOException("checked");
        }
    }
}
