package dev.singleflight.interceptor;

import static dev.singleflight.Callers.failure;
import static dev.singleflight.Callers.group;
import static dev.singleflight.Callers.herd;
import static dev.singleflight.Callers.value;
import static org.assertj.core.api.Assertions.assertThat;

import dev.singleflight.Callers;
import dev.singleflight.Gate;
import dev.singleflight.SingleFlightGroups;
import dev.singleflight.annotation.SingleFlight;
import dev.singleflight.autoconfigure.SingleFlightAutoConfiguration;
import java.io.IOException;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.Proxy;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.aop.support.AopUtils;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.core.annotation.AliasFor;

/** Wherever the annotation stands and whatever proxy there is, a herd of callers is one run. */
class ProxiedCallTests {

    private static final int HERD = 24;

    private final ApplicationContextRunner contexts = new ApplicationContextRunner()
            .withConfiguration(AutoConfigurations.of(SingleFlightAutoConfiguration.class))
            .withBean(Gate.class);

    static Stream<Arguments> finders() {
        return Stream.of(
                        Arguments.of(AnnotatedClass.class, "ProxiedCallTests.AnnotatedClass.find"),
                        Arguments.of(OfAnnotatedInterface.class, "ProxiedCallTests.OfAnnotatedInterface.find"),
                        Arguments.of(MetaAnnotated.class, "found once"),
                        Arguments.of(OfGenericInterface.class, "ProxiedCallTests.OfGenericInterface.find"),
                        Arguments.of(
                                OfAnnotatedGenericInterface.class, "ProxiedCallTests.OfAnnotatedGenericInterface.find"),
                        Arguments.of(Inheriting.class, "ProxiedCallTests.Inheriting.find"),
                        Arguments.of(Overriding.class, "ProxiedCallTests.Overriding.find"),
                        Arguments.of(WithDefaultMethod.class, "ProxiedCallTests.WithDefaultMethod.find"))
                .flatMap(way -> Stream.of(true, false)
                        .map(classProxies -> Arguments.of(way.get()[0], way.get()[1], classProxies)));
    }

    @ParameterizedTest(name = "{0} in group {1}, class proxies: {2}")
    @MethodSource("finders")
    void aHerdIsOneRun(Class<? extends Finder<Long>> type, String group, boolean classProxies) {
        contexts.withPropertyValues("spring.aop.proxy-target-class=" + classProxies)
                .withBean(type)
                .run(context -> {
                    Finder<Long> finder = finder(context.getBean(Finder.class));
                    assertThat(AopUtils.isCglibProxy(finder)).isEqualTo(classProxies);

                    Gate gate = context.getBean(Gate.class);
                    List<CompletableFuture<String>> outcomes = herd(HERD, gate, context, group, () -> finder.find(7L));

                    assertThat(outcomes)
                            .extracting(Callers::value)
                            .hasSize(HERD)
                            .containsOnly("user 7");
                    assertThat(gate.runs()).isOne();
                    assertThat(group(context, group).stats().joined()).isEqualTo(HERD - 1);
                    assertThat(group(context, group).inFlight()).isEmpty();
                });
    }

    @ParameterizedTest(name = "class proxies: {0}")
    @ValueSource(booleans = {true, false})
    void everyCallerGetsTheVeryException(boolean classProxies) {
        contexts.withPropertyValues("spring.aop.proxy-target-class=" + classProxies)
                .withBean(FailingReader.class)
                .run(context -> {
                    Reader reader = context.getBean(Reader.class);

                    List<CompletableFuture<String>> outcomes =
                            herd(HERD, context.getBean(Gate.class), context, "failing", () -> reader.read(7));

                    assertThat(failure(outcomes.get(0)))
                            .isExactlyInstanceOf(IOException.class)
                            .hasMessage("disk 7")
                            .hasNoCause();
                    assertThat(outcomes)
                            .extracting(Callers::failure)
                            .allSatisfy(same -> assertThat(same).isSameAs(failure(outcomes.get(0))));
                });
    }

    @Test
    void everyCallerGetsTheVeryError() {
        contexts.withBean(Overflowing.class).run(context -> {
            Overflowing overflowing = context.getBean(Overflowing.class);

            List<CompletableFuture<String>> outcomes =
                    herd(3, context.getBean(Gate.class), context, "overflowing", overflowing::read);

            assertThat(failure(outcomes.get(0))).isExactlyInstanceOf(StackOverflowError.class);
            assertThat(outcomes)
                    .extracting(Callers::failure)
                    .allSatisfy(same -> assertThat(same).isSameAs(failure(outcomes.get(0))));
        });
    }

    @Test
    void callsOfDifferentKeysRunAtTheSameTime() {
        contexts.withBean(AnnotatedClass.class).run(context -> {
            Finder<Long> finder = finder(context.getBean(Finder.class));
            Gate gate = context.getBean(Gate.class);

            CompletableFuture<String> seven = Callers.start(() -> finder.find(7L));
            CompletableFuture<String> eight = Callers.start(() -> finder.find(8L));
            gate.awaitRuns(2);
            gate.open();

            assertThat(value(seven)).isEqualTo("user 7");
            assertThat(value(eight)).isEqualTo("user 8");
        });
    }

    @Test
    void aCallAfterTheFlightRunsAnew() {
        contexts.withBean(AnnotatedClass.class).run(context -> {
            Finder<Long> finder = finder(context.getBean(Finder.class));
            Gate gate = context.getBean(Gate.class);
            gate.open();

            finder.find(7L);
            finder.find(7L);

            assertThat(gate.runs()).isEqualTo(2);
        });
    }

    @Test
    void theLeaderRunsOnItsOwnThread() {
        contexts.withBean(WhereItRuns.class)
                .run(context ->
                        assertThat(context.getBean(WhereItRuns.class).thread()).isSameAs(Thread.currentThread()));
    }

    @Test
    void anAnnotatedMethodOfAJdkProxyIsShared() {
        Gate gate = new Gate();
        InvocationHandler client = (proxy, method, arguments) -> {
            gate.pass();
            return "client " + arguments[0];
        };
        contexts.withBean("client", Client.class, () -> (Client)
                        Proxy.newProxyInstance(Client.class.getClassLoader(), new Class<?>[] {Client.class}, client))
                .run(context -> {
                    Client proxied = context.getBean(Client.class);

                    List<CompletableFuture<String>> outcomes =
                            herd(HERD, gate, context, "ProxiedCallTests.Client.get", () -> proxied.get(7));

                    assertThat(outcomes).extracting(Callers::value).containsOnly("client 7");
                    assertThat(gate.runs()).isOne();
                });
    }

    @Test
    void aLambdaOfAnAnnotatedInterfaceIsShared() {
        Gate gate = new Gate();
        Client lambda = id -> {
            gate.pass();
            return "lambda " + id;
        };
        contexts.withBean("client", Client.class, () -> lambda).run(context -> {
            assertThat(context).hasNotFailed();
            Client proxied = context.getBean(Client.class);
            CompletableFuture<String> leader = Callers.start(() -> proxied.get(7));
            gate.awaitRuns(1);
            assertThat(context.getBean(SingleFlightGroups.class).all())
                    .singleElement()
                    .satisfies(group -> assertThat(group.stats().active()).isOne());
            gate.open();
            assertThat(value(leader)).isEqualTo("lambda 7");
        });
    }

    @Test
    void protectedAndPackagePrivateMethodsOfAClassProxyAreShared() {
        contexts.withBean(Hidden.class).run(context -> {
            Hidden hidden = context.getBean(Hidden.class);

            assertThat(hidden.ofPackage(1)).isEqualTo("package 1");
            assertThat(hidden.ofSubclasses(2)).isEqualTo("subclasses 2");

            assertThat(group(context, "of package").stats().calls()).isOne();
            assertThat(group(context, "of subclasses").stats().calls()).isOne();
        });
    }

    @Test
    void methodsWithoutTheAnnotationAreLeftAlone() {
        contexts.withBean(Plain.class)
                .run(context -> assertThat(AopUtils.isAopProxy(context.getBean(Plain.class)))
                        .isFalse());
    }

    @SuppressWarnings("unchecked") // every finder of these tests finds by Long
    private static Finder<Long> finder(Finder<?> bean) {
        return (Finder<Long>) bean;
    }

    interface Finder<K> {
        String find(K key);
    }

    interface FinderById extends Finder<Long> {
        @Override
        String find(Long id);
    }

    static class AnnotatedClass implements FinderById {
        private final Gate gate;

        AnnotatedClass(Gate gate) {
            this.gate = gate;
        }

        @Override
        @SingleFlight(key = "#id")
        public String find(Long id) {
            gate.pass();
            return "user " + id;
        }
    }

    interface AnnotatedFinder extends Finder<Long> {
        @Override
        @SingleFlight(key = "#id")
        String find(Long id);
    }

    static class OfAnnotatedInterface implements AnnotatedFinder {
        private final Gate gate;

        OfAnnotatedInterface(Gate gate) {
            this.gate = gate;
        }

        @Override
        public String find(Long named) {
            gate.pass();
            return "user " + named;
        }
    }

    @Target(ElementType.METHOD)
    @Retention(RetentionPolicy.RUNTIME)
    @SingleFlight(group = "found once")
    @interface FoundOnce {
        @AliasFor(annotation = SingleFlight.class, attribute = "key")
        String by();
    }

    static class MetaAnnotated implements FinderById {
        private final Gate gate;

        MetaAnnotated(Gate gate) {
            this.gate = gate;
        }

        @Override
        @FoundOnce(by = "#id")
        public String find(Long id) {
            gate.pass();
            return "user " + id;
        }
    }

    static class OfGenericInterface implements Finder<Long> {
        private final Gate gate;

        OfGenericInterface(Gate gate) {
            this.gate = gate;
        }

        @Override
        @SingleFlight(key = "#id")
        public String find(Long id) {
            gate.pass();
            return "user " + id;
        }
    }

    interface AnnotatedGenericFinder<K> extends Finder<K> {
        @Override
        @SingleFlight(key = "#key")
        String find(K key);
    }

    static class OfAnnotatedGenericInterface implements AnnotatedGenericFinder<Long> {
        private final Gate gate;

        OfAnnotatedGenericInterface(Gate gate) {
            this.gate = gate;
        }

        @Override
        public String find(Long id) {
            gate.pass();
            return "user " + id;
        }
    }

    abstract static class Base {
        private final Gate gate;

        Base(Gate gate) {
            this.gate = gate;
        }

        @SingleFlight(key = "#id")
        public String find(Long id) {
            gate.pass();
            return "user " + id;
        }
    }

    static class Inheriting extends Base implements FinderById {
        Inheriting(Gate gate) {
            super(gate);
        }
    }

    static class Overriding extends Base implements FinderById {
        Overriding(Gate gate) {
            super(gate);
        }

        @Override
        public String find(Long other) {
            return super.find(other);
        }
    }

    interface DefaultFinder extends Finder<Long> {
        @Override
        @SingleFlight(key = "#id")
        default String find(Long id) {
            return load(id);
        }

        String load(Long id);
    }

    static class WithDefaultMethod implements DefaultFinder {
        private final Gate gate;

        WithDefaultMethod(Gate gate) {
            this.gate = gate;
        }

        @Override
        public String load(Long id) {
            gate.pass();
            return "user " + id;
        }
    }

    interface Reader {
        String read(int sector) throws IOException;
    }

    static class FailingReader implements Reader {
        private final Gate gate;

        FailingReader(Gate gate) {
            this.gate = gate;
        }

        @Override
        @SingleFlight(group = "failing", key = "#sector")
        public String read(int sector) throws IOException {
            gate.pass();
            throw new IOException("disk " + sector);
        }
    }

    static class Overflowing {
        private final Gate gate;

        Overflowing(Gate gate) {
            this.gate = gate;
        }

        @SingleFlight("overflowing")
        public String read() {
            gate.pass();
            throw new StackOverflowError();
        }
    }

    static class WhereItRuns {
        @SingleFlight("where")
        public Thread thread() {
            return Thread.currentThread();
        }
    }

    interface Client {
        @SingleFlight(key = "#id")
        String get(int id);
    }

    static class Hidden {
        @SingleFlight("of package")
        String ofPackage(int id) {
            return "package " + id;
        }

        @SingleFlight("of subclasses")
        protected String ofSubclasses(int id) {
            return "subclasses " + id;
        }
    }

    static class Plain {
        public String find(int id) {
            return "plain " + id;
        }
    }
}
