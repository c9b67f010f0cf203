package dev.singleflight.interceptor;

import static dev.singleflight.Callers.awaitWaiting;
import static dev.singleflight.Callers.group;
import static dev.singleflight.Callers.value;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import dev.singleflight.Callers;
import dev.singleflight.Gate;
import dev.singleflight.SingleFlightGroup;
import dev.singleflight.SingleFlightGroups;
import dev.singleflight.annotation.SingleFlight;
import dev.singleflight.annotation.SingleFlightForget;
import dev.singleflight.autoconfigure.SingleFlightAutoConfiguration;
import java.lang.ref.WeakReference;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.aop.framework.AopProxyUtils;
import org.springframework.beans.factory.BeanFactory;
import org.springframework.beans.factory.ObjectFactory;
import org.springframework.beans.factory.config.BeanDefinition;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Scope;
import org.springframework.context.annotation.ScopedProxyMode;
import org.springframework.context.support.SimpleThreadScope;
import org.springframework.mock.web.MockHttpServletRequest;
import org.springframework.mock.web.MockHttpSession;
import org.springframework.web.context.request.RequestAttributes;
import org.springframework.web.context.request.RequestContextHolder;
import org.springframework.web.context.request.RequestScope;
import org.springframework.web.context.request.ServletRequestAttributes;
import org.springframework.web.context.request.SessionScope;

/** Beans that come and go: calls join on the same instance alone, nothing keeps it alive, and the start says so. */
@ExtendWith(OutputCaptureExtension.class)
class ScopesTests {

    private static final String USERS = "ScopesTests.Users.find";

    private final ApplicationContextRunner contexts = new ApplicationContextRunner()
            .withConfiguration(AutoConfigurations.of(SingleFlightAutoConfiguration.class))
            .withInitializer(context -> {
                context.getBeanFactory().registerScope("request", new RequestScope());
                context.getBeanFactory().registerScope("session", new SessionScope());
                context.getBeanFactory().registerScope("refresh", new Refresh());
            })
            .withBean(Gate.class);

    @Test
    void prototypesNeverShareAtTheSameTime() {
        contexts.withUserConfiguration(PrototypeUsers.class).run(context -> {
            Users one = context.getBean(Users.class);
            Users other = context.getBean(Users.class);
            Gate gate = context.getBean(Gate.class);

            CompletableFuture<String> first = Callers.start(() -> one.find(7));
            CompletableFuture<String> second = Callers.start(() -> other.find(7));
            gate.awaitRuns(2);
            CompletableFuture<String> follower = Callers.start(() -> other.find(7));
            awaitWaiting(group(context, USERS), 1);
            gate.open();

            assertThat(value(follower)).isEqualTo(value(second)).isNotEqualTo(value(first));
        });
    }

    @Test
    void requestsNeverShare() {
        contexts.withUserConfiguration(RequestUsers.class).run(context -> {
            Users users = context.getBean("users", Users.class);
            Gate gate = context.getBean(Gate.class);
            RequestAttributes one = request(new MockHttpSession());
            RequestAttributes other = request(new MockHttpSession());

            CompletableFuture<String> ofOne = Callers.start(in(one, () -> users.find(7)));
            CompletableFuture<String> ofOther = Callers.start(in(other, () -> users.find(7)));
            gate.awaitRuns(2);
            CompletableFuture<String> ofOneToo = Callers.start(in(one, () -> users.find(7)));
            awaitWaiting(group(context, USERS), 1);
            gate.open();

            assertThat(value(ofOneToo)).as("two threads of one request").isEqualTo(value(ofOne));
            assertThat(value(ofOther)).isNotEqualTo(value(ofOne));
        });
    }

    @Test
    void sessionsNeverShareButTheirRequestsDo() {
        contexts.withUserConfiguration(SessionUsers.class).run(context -> {
            Users users = context.getBean("users", Users.class);
            Gate gate = context.getBean(Gate.class);
            MockHttpSession anns = new MockHttpSession();

            CompletableFuture<String> ann = Callers.start(in(request(anns), () -> users.find(7)));
            CompletableFuture<String> bob = Callers.start(in(request(new MockHttpSession()), () -> users.find(7)));
            gate.awaitRuns(2);
            CompletableFuture<String> annToo = Callers.start(in(request(anns), () -> users.find(7)));
            awaitWaiting(group(context, USERS), 1);
            gate.open();

            assertThat(value(annToo)).as("two requests of one session").isEqualTo(value(ann));
            assertThat(value(bob)).isNotEqualTo(value(ann));
        });
    }

    @Test
    void aRefreshedBeanNeverJoinsTheFlightOfTheOldOne() {
        contexts.withUserConfiguration(RefreshedUsers.class).run(context -> {
            Users users = context.getBean("users", Users.class);
            Gate gate = context.getBean(Gate.class);

            CompletableFuture<String> old = Callers.start(() -> users.find(7));
            gate.awaitRuns(1);
            ((Refresh) Objects.requireNonNull(context.getBeanFactory().getRegisteredScope("refresh"))).now();
            CompletableFuture<String> fresh = Callers.start(() -> users.find(7));
            gate.awaitRuns(1);
            gate.open();

            assertThat(value(fresh)).isNotEqualTo(value(old));
            assertThat(group(context, USERS).stats().joined()).isZero();
        });
    }

    @ParameterizedTest
    @ValueSource(classes = {PrototypeUsers.class, RequestUsers.class, SessionUsers.class, RefreshedUsers.class})
    void theGroupIsThereFromTheStartUnderTheNameOfTheUsersClass(Class<?> configuration) {
        contexts.withUserConfiguration(configuration)
                .run(context -> assertThat(
                                context.getBean(SingleFlightGroups.class).all())
                        .extracting(SingleFlightGroup::name)
                        .containsExactlyInAnyOrder(USERS, "ScopesTests.Users.load", "ScopesTests.Users.later"));
    }

    @Test
    void aTargetThatIsGoneIsNotKeptAlive() {
        contexts.withUserConfiguration(PrototypeUsers.class).run(context -> {
            context.getBean(Gate.class).open();
            WeakReference<Object> first = used(context);
            WeakReference<Object> later = used(context);
            Callers.awaitUntil(() -> {
                System.gc();
                return first.refersTo(null) && later.refersTo(null);
            });
            assertThat(context.getBean(Users.class).find(7)).as("the next one").startsWith("user 7 of ");
        });
    }

    @Test
    void aFlightThatIsUpKeepsItsTargetApartFromTheNext() {
        contexts.withUserConfiguration(PrototypeUsers.class).run(context -> {
            CompletableFuture<String> pending = new CompletableFuture<>();
            CompletableFuture<String> caller = later(context, pending);
            System.gc();
            assertThat(later(context, new CompletableFuture<>())).isNotDone();
            assertThat(group(context, "ScopesTests.Users.later").inFlight()).hasSize(2);

            pending.complete("late");
            assertThat(value(caller)).isEqualTo("late");
            assertThat(group(context, "ScopesTests.Users.later").inFlight()).hasSize(1);
        });
    }

    @Test
    void aPrototypeIsReportedOnceAtTheStart(CapturedOutput output) {
        contexts.withUserConfiguration(PrototypeUsers.class).run(context -> {
            assertThat(reports(output))
                    .singleElement()
                    .asString()
                    .contains("The bean 'users' of scope prototype has @SingleFlight on ScopesTests.Users.find(int),"
                            + " ScopesTests.Users.later(int, CompletableFuture), ScopesTests.Users.load(int): calls join"
                            + " only on the same instance, and each injection and each look-up makes one.")
                    .endsWith("To have more callers share, move @SingleFlight to a method of a singleton that this bean"
                            + " calls with what is its own as arguments.");

            context.getBean(Gate.class).open();
            context.getBean(Users.class).find(7);
            context.getBean(Users.class).find(7);
            assertThat(reports(output)).hasSize(1);
        });
    }

    @Test
    void aRequestScopedBeanIsReportedOnceAtTheStartByTheNameItWasGiven(CapturedOutput output) {
        contexts.withUserConfiguration(RequestUsers.class)
                .run(context -> assertThat(reports(output))
                        .singleElement()
                        .asString()
                        .contains("The bean 'users' of scope request has @SingleFlight on ")
                        .contains(", and each request has its own."));
    }

    @Test
    void aSessionScopedBeanIsReportedOnceAtTheStart(CapturedOutput output) {
        contexts.withUserConfiguration(SessionUsers.class)
                .run(context -> assertThat(reports(output))
                        .singleElement()
                        .asString()
                        .contains("The bean 'users' of scope session has @SingleFlight on ")
                        .contains(", and each session has its own."));
    }

    @Test
    void whatLivesLongOrSharesNothingIsNotReported(CapturedOutput output) {
        contexts.withUserConfiguration(RefreshedUsers.class)
                .withBean("singleton", Users.class)
                .withBean("only forgets", Forgetful.class, Forgetful::new, ScopesTests::prototype)
                .withBean("plain", Object.class, Object::new, ScopesTests::prototype)
                .run(context -> {
                    assertThat(context).hasNotFailed();
                    assertThat(reports(output)).isEmpty();
                });
    }

    @Test
    void theReportMakesNoBean() {
        AtomicInteger made = new AtomicInteger();
        contexts.withBean(
                        "users",
                        Users.class,
                        () -> {
                            made.incrementAndGet();
                            return new Users(new Gate());
                        },
                        ScopesTests::prototype)
                .run(context -> {
                    assertThat(context).hasNotFailed();
                    assertThat(made).hasValue(0);
                });
    }

    /** Used in every way, then dropped. */
    private static WeakReference<Object> used(BeanFactory beans) {
        Users users = beans.getBean(Users.class);
        users.find(7);
        assertThatIllegalStateException().isThrownBy(() -> users.load(-1));
        CompletableFuture<String> stage = new CompletableFuture<>();
        CompletableFuture<String> caller = users.later(7, stage);
        CompletableFuture<String> follower = users.later(7, stage);
        stage.complete("done");
        assertThat(value(caller)).isEqualTo(value(follower)).isEqualTo("done");
        return new WeakReference<>(AopProxyUtils.getSingletonTarget(users));
    }

    private static CompletableFuture<String> later(BeanFactory beans, CompletableFuture<String> stage) {
        return beans.getBean(Users.class).later(7, stage);
    }

    private static List<String> reports(CapturedOutput output) {
        return output.getAll()
                .lines()
                .filter(line -> line.contains("calls join only on the same instance"))
                .toList();
    }

    private static void prototype(BeanDefinition definition) {
        definition.setScope(BeanDefinition.SCOPE_PROTOTYPE);
    }

    private static RequestAttributes request(MockHttpSession session) {
        MockHttpServletRequest request = new MockHttpServletRequest();
        request.setSession(session);
        return new ServletRequestAttributes(request);
    }

    private static <T> Callable<T> in(RequestAttributes request, Callable<T> call) {
        return () -> {
            RequestContextHolder.setRequestAttributes(request);
            try {
                return call.call();
            } finally {
                RequestContextHolder.resetRequestAttributes();
            }
        };
    }

    @Configuration(proxyBeanMethods = false)
    static class PrototypeUsers {
        @Bean
        @Scope("prototype")
        Users users(Gate gate) {
            return new Users(gate);
        }
    }

    @Configuration(proxyBeanMethods = false)
    static class RequestUsers {
        @Bean
        @Scope(value = "request", proxyMode = ScopedProxyMode.TARGET_CLASS)
        Users users(Gate gate) {
            return new Users(gate);
        }
    }

    @Configuration(proxyBeanMethods = false)
    static class SessionUsers {
        @Bean
        @Scope(value = "session", proxyMode = ScopedProxyMode.TARGET_CLASS)
        Users users(Gate gate) {
            return new Users(gate);
        }
    }

    @Configuration(proxyBeanMethods = false)
    static class RefreshedUsers {
        @Bean
        @Scope(value = "refresh", proxyMode = ScopedProxyMode.TARGET_CLASS)
        Users users(Gate gate) {
            return new Users(gate);
        }
    }

    /** Each instance answers with its own name. */
    static class Users {
        private final Gate gate;

        Users(Gate gate) {
            this.gate = gate;
        }

        @SingleFlight(key = "#id")
        public String find(int id) {
            gate.pass();
            return "user " + id + " of " + System.identityHashCode(this);
        }

        @SingleFlight(key = "#id")
        public String load(int id) {
            throw new IllegalStateException("load " + id);
        }

        @SingleFlight(key = "#id")
        public CompletableFuture<String> later(int id, CompletableFuture<String> stage) {
            assertThat(id).isPositive();
            return stage;
        }
    }

    static class Forgetful {
        @SingleFlightForget(group = USERS, key = "#id")
        public void forget(int id) {
            assertThat(id).isPositive();
        }
    }

    /** Spring Cloud's, in short: one instance, until it is to be another. */
    private static final class Refresh extends SimpleThreadScope {
        private final ConcurrentHashMap<String, Object> instances = new ConcurrentHashMap<>();

        void now() {
            instances.clear();
        }

        @Override
        public Object get(String name, ObjectFactory<?> factory) {
            return instances.computeIfAbsent(name, absent -> factory.getObject());
        }
    }
}
