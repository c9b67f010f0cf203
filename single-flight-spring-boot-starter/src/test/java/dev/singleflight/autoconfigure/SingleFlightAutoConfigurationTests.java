package dev.singleflight.autoconfigure;

import static dev.singleflight.Callers.group;
import static org.assertj.core.api.Assertions.assertThat;

import dev.singleflight.GroupConfig;
import dev.singleflight.SingleFlightGroup;
import dev.singleflight.SingleFlightGroups;
import dev.singleflight.annotation.SingleFlight;
import dev.singleflight.endpoint.SingleFlightEndpoint;
import dev.singleflight.endpoint.SingleFlightEndpointWebExtension;
import dev.singleflight.interceptor.SingleFlightAdvisor;
import dev.singleflight.interceptor.SingleFlightOperations;
import dev.singleflight.interceptor.SingleFlightStartCheck;
import dev.singleflight.metrics.SingleFlightMetrics;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.aop.support.AopUtils;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.autoconfigure.aop.AopAutoConfiguration;
import org.springframework.boot.test.context.FilteredClassLoader;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.boot.test.context.runner.WebApplicationContextRunner;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.EnableAspectJAutoProxy;

/** What the starter brings, and what it does without. */
@SuppressWarnings("FutureReturnValueIgnored") // flights that stay up
class SingleFlightAutoConfigurationTests {

    private final ApplicationContextRunner contexts = new ApplicationContextRunner()
            .withConfiguration(AutoConfigurations.of(
                    SingleFlightAutoConfiguration.class,
                    SingleFlightMetricsAutoConfiguration.class,
                    SingleFlightEndpointAutoConfiguration.class));

    static Stream<Class<?>> alwaysThere() {
        return Stream.of(
                SingleFlightGroups.class,
                SingleFlightProperties.class,
                SingleFlightOperations.class,
                SingleFlightAdvisor.class,
                SingleFlightStartCheck.class);
    }

    @ParameterizedTest
    @MethodSource("alwaysThere")
    void isThereOnce(Class<?> bean) {
        contexts.run(context -> assertThat(context).hasSingleBean(bean));
    }

    @Test
    void theGroupsAreABeanOfThatName() {
        contexts.run(
                context -> assertThat(context).getBean("singleFlightGroups").isInstanceOf(SingleFlightGroups.class));
    }

    @Test
    void metersAreThereWhereThereIsARegistry() {
        contexts.withBean(MeterRegistry.class, SimpleMeterRegistry::new)
                .run(context -> assertThat(context).hasSingleBean(SingleFlightMetrics.class));
    }

    @Test
    void metersAreNotThereWithoutARegistry() {
        contexts.run(context -> assertThat(context).doesNotHaveBean(SingleFlightMetrics.class));
    }

    @Test
    void metersCanBeSwitchedOff() {
        contexts.withBean(MeterRegistry.class, SimpleMeterRegistry::new)
                .withPropertyValues("single-flight.metrics.enabled=false")
                .run(context -> assertThat(context).doesNotHaveBean(SingleFlightMetrics.class));
    }

    @Test
    void theEndpointIsThereWhereItIsExposed() {
        contexts.withPropertyValues("management.endpoints.web.exposure.include=singleflight")
                .run(context -> assertThat(context)
                        .hasSingleBean(SingleFlightEndpoint.class)
                        .hasSingleBean(SingleFlightEndpointWebExtension.class));
    }

    @Test
    void theEndpointIsNotThereWhereItIsNotExposed() {
        contexts.run(context -> assertThat(context)
                .doesNotHaveBean(SingleFlightEndpoint.class)
                .doesNotHaveBean(SingleFlightEndpointWebExtension.class));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "management.endpoint.singleflight.access=NONE",
                "management.endpoints.access.default=NONE",
            })
    void theEndpointIsNotThereWhereNobodyMayAccessIt(String property) {
        contexts.withPropertyValues("management.endpoints.web.exposure.include=*", property)
                .run(context -> assertThat(context).doesNotHaveBean(SingleFlightEndpoint.class));
    }

    @Test
    void theUsersOwnGroupsWin() {
        SingleFlightGroups own =
                new SingleFlightGroups(name -> GroupConfig.of(name).withMaxFlights(17));
        contexts.withBean(SingleFlightGroups.class, () -> own)
                .withBean(Users.class)
                .run(context -> {
                    assertThat(context).getBean(SingleFlightGroups.class).isSameAs(own);
                    context.getBean(Users.class).find(7);
                    assertThat(group(context, "users").config().maxFlights()).isEqualTo(17);
                });
    }

    @Test
    void theProgrammaticApiAndTheAnnotationShareGroups() {
        contexts.withBean(Users.class).run(context -> {
            SingleFlightGroup<Object, String> users =
                    context.getBean(SingleFlightGroups.class).group("users");
            context.getBean(Users.class).later(7);
            CompletableFuture<String> follower =
                    users.executeAsync(7, () -> CompletableFuture.completedFuture("of code"));
            assertThat(follower).isNotDone();
        });
    }

    static Stream<Arguments> libraries() {
        return Stream.of(
                Arguments.of("Actuator", new String[] {"org.springframework.boot.actuate"}),
                Arguments.of("Micrometer", new String[] {"io.micrometer"}),
                Arguments.of("AspectJ", new String[] {"org.aspectj"}),
                Arguments.of("Servlets", new String[] {"jakarta.servlet", "org.springframework.web"}),
                Arguments.of("transactions", new String[] {"org.springframework.transaction"}),
                Arguments.of("Reactor", new String[] {"reactor", "org.reactivestreams"}),
                Arguments.of("any of them", new String[] {
                    "org.springframework.boot.actuate",
                    "io.micrometer",
                    "org.aspectj",
                    "jakarta.servlet",
                    "org.springframework.web",
                    "org.springframework.transaction",
                    "reactor",
                    "org.reactivestreams"
                }));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("libraries")
    void worksWithout(String library, String[] packages) {
        contexts.withClassLoader(new FilteredClassLoader(packages))
                .withBean(Users.class)
                .run(context -> {
                    assertThat(context).as("without %s", library).hasNotFailed();
                    assertShared(context.getBean(Users.class));
                });
    }

    @Test
    void withoutActuatorThereIsNoEndpoint() {
        contexts.withClassLoader(new FilteredClassLoader("org.springframework.boot.actuate"))
                .withPropertyValues("management.endpoints.web.exposure.include=*")
                .run(context -> assertThat(context).doesNotHaveBean(SingleFlightEndpoint.class));
    }

    @Test
    void worksInAWebApplication() {
        new WebApplicationContextRunner()
                .withConfiguration(AutoConfigurations.of(SingleFlightAutoConfiguration.class))
                .withBean(Users.class)
                .run(context -> assertShared(context.getBean(Users.class)));
    }

    @ParameterizedTest
    @ValueSource(strings = {"spring.aop.auto=false", "spring.aop.auto=true", "spring.aop.proxy-target-class=false"})
    void worksWithSpringsOwnProxies(String property) {
        contexts.withConfiguration(AutoConfigurations.of(AopAutoConfiguration.class))
                .withPropertyValues(property)
                .withBean(Users.class)
                .run(context -> assertShared(context.getBean(Users.class)));
    }

    @ParameterizedTest
    @ValueSource(strings = {"spring.aop.auto=false", "spring.aop.auto=true"})
    void classesAreProxiedByDefault(String property) {
        contexts.withConfiguration(AutoConfigurations.of(AopAutoConfiguration.class))
                .withPropertyValues(property)
                .withBean(Finder.class, FinderOfUsers::new)
                .run(context -> assertThat(AopUtils.isCglibProxy(context.getBean(Finder.class)))
                        .isTrue());
    }

    @ParameterizedTest
    @ValueSource(strings = {"spring.aop.auto=false", "spring.aop.auto=true"})
    void interfacesAreProxiedWhereThePropertySaysSo(String property) {
        contexts.withConfiguration(AutoConfigurations.of(AopAutoConfiguration.class))
                .withPropertyValues(property, "spring.aop.proxy-target-class=false")
                .withBean(Finder.class, FinderOfUsers::new)
                .run(context -> assertThat(AopUtils.isJdkDynamicProxy(context.getBean(Finder.class)))
                        .isTrue());
    }

    /** The start check asks what proxies there are, not what the property says. */
    @Test
    void aMethodOfNoInterfaceIsAdvisedWhereSomebodyElseHasClassesProxied() {
        contexts.withUserConfiguration(ClassProxies.class)
                .withPropertyValues("spring.aop.proxy-target-class=false")
                .withBean(Overloading.class)
                .run(context -> {
                    context.getBean(Overloading.class).find("seven");
                    assertThat(group(context, "own").stats().calls()).isEqualTo(1);
                });
    }

    @Test
    void switchedOffCallsGoStraightThroughAndUncounted() {
        contexts.withPropertyValues("single-flight.enabled=false")
                .withBean(Users.class)
                .run(context -> {
                    Users users = context.getBean(Users.class);
                    users.later(7);
                    users.later(7);
                    assertThat(users.runs()).hasValue(2);
                    assertThat(group(context, "users").stats().calls()).isZero();
                });
    }

    @ParameterizedTest
    @MethodSource("alwaysThere")
    void switchedOffEveryBeanStays(Class<?> bean) {
        contexts.withPropertyValues("single-flight.enabled=false")
                .run(context -> assertThat(context).hasSingleBean(bean));
    }

    @Test
    void switchedOffADeclarationIsStillChecked() {
        contexts.withPropertyValues("single-flight.enabled=false")
                .withBean(Wrong.class)
                .run(context -> assertThat(context).hasFailed());
    }

    @Test
    void oneGroupCanBeSwitchedOff() {
        contexts.withPropertyValues("single-flight.groups.users.enabled=false")
                .withBean(Users.class)
                .run(context -> {
                    Users users = context.getBean(Users.class);
                    users.later(7);
                    users.later(7);
                    users.others(7);
                    users.others(7);
                    assertThat(users.runs()).hasValue(3);
                    assertThat(group(context, "users").stats().calls()).isZero();
                    assertThat(group(context, "others").stats().calls()).isEqualTo(2);
                });
    }

    @Test
    void aGroupThatIsSwitchedOnAtRunTimeShares() {
        contexts.withPropertyValues("single-flight.groups.users.enabled=false")
                .withBean(Users.class)
                .run(context -> {
                    Users users = context.getBean(Users.class);
                    group(context, "users").enabled(true);
                    assertShared(users);
                });
    }

    @Test
    void ourConfigurationsHaveNoPublicMembers() {
        assertThat(Stream.of(
                                SingleFlightAutoConfiguration.class,
                                SingleFlightMetricsAutoConfiguration.class,
                                SingleFlightEndpointAutoConfiguration.class)
                        .flatMap(configuration -> Stream.of(configuration.getMethods()))
                        .filter(method -> method.getDeclaringClass() != Object.class))
                .isEmpty();
    }

    private static void assertShared(Users users) {
        users.later(7);
        users.later(7);
        assertThat(users.runs()).hasValue(1);
    }

    static class Wrong {
        @SingleFlight(key = "#idd")
        public String find(int id) {
            return "user " + id;
        }
    }

    interface Finder {
        String find(int id);
    }

    static class FinderOfUsers implements Finder {
        @Override
        @SingleFlight("finder")
        public String find(int id) {
            return "user " + id;
        }
    }

    @Configuration(proxyBeanMethods = false)
    @EnableAspectJAutoProxy(proxyTargetClass = true)
    static class ClassProxies {}

    static class Overloading extends FinderOfUsers {
        @SingleFlight("own")
        public String find(String name) {
            return "user " + name;
        }
    }

    /** Public: its proxy is made by another class loader where libraries are absent. */
    public static class Users {
        private final AtomicInteger runs = new AtomicInteger();

        public AtomicInteger runs() {
            return runs;
        }

        @SingleFlight("users")
        public String find(int id) {
            return "user " + id;
        }

        @SingleFlight("users")
        public CompletableFuture<String> later(int id) {
            runs.incrementAndGet();
            return new CompletableFuture<>();
        }

        @SingleFlight("others")
        public CompletableFuture<String> others(int id) {
            runs.incrementAndGet();
            return new CompletableFuture<>();
        }
    }
}
