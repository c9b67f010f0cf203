package dev.singleflight.interceptor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.singleflight.SingleFlightGroup;
import dev.singleflight.SingleFlightGroups;
import dev.singleflight.annotation.SingleFlight;
import dev.singleflight.annotation.SingleFlightForget;
import dev.singleflight.autoconfigure.SingleFlightAutoConfiguration;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.reflect.Proxy;
import java.net.URL;
import java.net.URLClassLoader;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.assertj.core.api.ListAssert;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.springframework.beans.factory.FactoryBean;
import org.springframework.beans.factory.support.DefaultListableBeanFactory;
import org.springframework.beans.factory.support.RootBeanDefinition;
import org.springframework.boot.LazyInitializationBeanFactoryPostProcessor;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Lazy;
import org.springframework.context.annotation.Scope;
import org.springframework.context.annotation.ScopedProxyMode;
import org.springframework.core.NestedExceptionUtils;

/** The scan at the start looks at the types of all beans, and creates none. */
class StartCheckTests {

    private final ApplicationContextRunner contexts = new ApplicationContextRunner()
            .withConfiguration(AutoConfigurations.of(SingleFlightAutoConfiguration.class));

    static Stream<Class<?>> hidingPlaces() {
        return Stream.of(
                LazyBean.class,
                LazyInheritor.class,
                LazyMetaAnnotated.class,
                LazyForgetter.class,
                PrototypeBean.class,
                ScopedBean.class,
                FactoryMethodOfInterface.class,
                LazyFactoryMethodOfInterface.class,
                FactoryProduct.class,
                LazyFactoryProduct.class);
    }

    @ParameterizedTest
    @MethodSource("hidingPlaces")
    void aWrongDeclarationIsFoundWhereverItIs(Class<?> configuration) {
        contexts.withUserConfiguration(configuration).run(context -> {
            assertThat(context).hasFailed();
            assertThat(NestedExceptionUtils.getMostSpecificCause(context.getStartupFailure()))
                    .isInstanceOf(InvalidSingleFlightException.class)
                    .hasMessageContaining("uses #idd, which is no parameter");
        });
    }

    @Test
    void aWrongDeclarationIsFoundUnderLazyInitialization() {
        contexts.withInitializer(context ->
                        context.addBeanFactoryPostProcessor(new LazyInitializationBeanFactoryPostProcessor()))
                .withBean(Wrong.class, () -> {
                    throw new AssertionError("The scan created a bean");
                })
                .run(context -> assertThat(NestedExceptionUtils.getMostSpecificCause(context.getStartupFailure()))
                        .isInstanceOf(InvalidSingleFlightException.class));
    }

    static Stream<Arguments> notInterceptable() {
        return Stream.of(
                Arguments.of(new PrivateUsers(), "is private"),
                Arguments.of(new FinalUsers(), "is in a final class"),
                Arguments.of(new UsersRecord(), "is in a final class"),
                Arguments.of(new FinalMethodUsers(), "is final"));
    }

    @ParameterizedTest
    @MethodSource("notInterceptable")
    void whatNoProxyCanInterceptIsFoundOnLazyBeansToo(Object bean, String reason) {
        assertThatExceptionOfType(InvalidSingleFlightException.class)
                .isThrownBy(() -> startCheck(bean.getClass(), () -> {
                    throw new AssertionError("The scan created a bean");
                }))
                .satisfies(refused -> assertThat(refused.reason()).contains(reason));
    }

    /** Spring's own processors of a context would make it. */
    @Test
    void aLazyFactoryIsNotMadeToBeAskedForTheTypeOfItsProduct() {
        AtomicInteger made = new AtomicInteger();
        startCheck(UnknownFactory.class, () -> {
            made.incrementAndGet();
            return new UnknownFactory<>();
        });
        assertThat(made).hasValue(0);
    }

    /** As of a lazy bean of an optional library, which starts without us. */
    @Test
    void aClassThatCannotBeLoadedIsLeftToSpring() throws Exception {
        try (Forgetful loader = new Forgetful()) {
            Class<?> broken = loader.loadClass(NeedsMissing.class.getName());
            assertThatThrownBy(broken::getDeclaredMethods).isInstanceOf(NoClassDefFoundError.class);
            startCheck(broken, () -> {
                throw new AssertionError("The scan created a bean");
            });
        }
        DefaultListableBeanFactory beans = new DefaultListableBeanFactory();
        beans.registerBeanDefinition("absent", absent());
        startCheck(beans);
    }

    @Test
    void whatOnlyShowsLaterFailsAtThatBeansCreation() {
        contexts.withUserConfiguration(HiddenBeans.class).run(context -> {
            assertThat(context).hasNotFailed();
            assertThatThrownBy(() -> context.getBean("wrong"))
                    .hasRootCauseInstanceOf(InvalidSingleFlightException.class)
                    .hasStackTraceContaining("uses #idd, which is no parameter");
        });
    }

    @Test
    void aForgetOfAnUnknownGroupThatOnlyShowsLaterFailsThen() {
        contexts.withUserConfiguration(HiddenBeans.class)
                .run(context -> assertThatThrownBy(() -> context.getBean("forgetter"))
                        .hasRootCauseInstanceOf(InvalidSingleFlightException.class)
                        .hasStackTraceContaining("forgets keys of group 'lazy users', which does not exist"));
    }

    @Test
    void aForgetThatShowsLaterWithItsGroupWorks() {
        contexts.withUserConfiguration(HiddenBeans.class).run(context -> {
            assertThatThrownBy(() -> context.getBean("forgetter"))
                    .as("another's fault")
                    .isNotNull();
            ((Runnable) context.getBean("both")).run();
            assertThat(names(context.getBean(SingleFlightGroups.class))).isEmpty();
        });
    }

    @ParameterizedTest
    @MethodSource("uncreated")
    void noBeanIsCreatedToBeLookedAt(Class<?> configuration) {
        contexts.withUserConfiguration(configuration)
                .run(context -> assertThat(context).hasNotFailed());
    }

    static Stream<Class<?>> uncreated() {
        return Stream.of(UncreatedBeans.class, UncreatedFactoryOfAnything.class);
    }

    @Test
    void theGroupsOfLazyBeansAreThereFromTheStart() {
        contexts.withUserConfiguration(UncreatedBeans.class)
                .run(context -> assertThat(names(context.getBean(SingleFlightGroups.class)))
                        .contains("lazy users", "prototype users"));
    }

    @Test
    void aGroupOfALazyBeanMayBeForgotten() {
        contexts.withUserConfiguration(UncreatedBeans.class)
                .withBean(ForgetsLazy.class)
                .run(context -> assertThat(context).hasNotFailed());
    }

    @Test
    void defaultNamesAreTypeAndMethod() {
        groupsOf(TopLevelUsers.class).containsExactlyInAnyOrder("TopLevelUsers.find");
    }

    @Test
    void nestedTypesAreNamedWithTheirOuterOnes() {
        groupsOf(Outer.Inner.class).containsExactlyInAnyOrder("StartCheckTests.Outer.Inner.find");
    }

    @Test
    void annotatedOverloadsAreNamedWithTheirParameterTypes() {
        groupsOf(Overloaded.class)
                .containsExactlyInAnyOrder(
                        "StartCheckTests.Overloaded.find(int)", "StartCheckTests.Overloaded.find(String, int[])");
    }

    @Test
    void overloadsThatAreNotAnnotatedDoNotCount() {
        groupsOf(OneOfTwo.class).containsExactlyInAnyOrder("StartCheckTests.OneOfTwo.find");
    }

    @Test
    void whatIsInheritedIsNamedByTheBeansClass() {
        groupsOf(Derived.class).containsExactlyInAnyOrder("StartCheckTests.Derived.find");
    }

    @Test
    void ofAJdkProxyTheInterfaceGivesTheName() {
        contexts.withBean("client", Client.class, StartCheckTests::client)
                .run(context -> assertThat(names(context.getBean(SingleFlightGroups.class)))
                        .containsExactly("StartCheckTests.Client.get"));
    }

    @Test
    void twoJdkProxiesOfOneInterfaceHaveOneGroup() {
        contexts.withBean("one", Client.class, StartCheckTests::client)
                .withBean("two", Client.class, StartCheckTests::client)
                .run(context -> assertThat(names(context.getBean(SingleFlightGroups.class)))
                        .containsExactly("StartCheckTests.Client.get"));
    }

    @Test
    void twoBeansOfOneClassHaveOneGroup() {
        contexts.withBean("one", TopLevelUsers.class)
                .withBean("two", TopLevelUsers.class)
                .run(context -> assertThat(names(context.getBean(SingleFlightGroups.class)))
                        .containsExactly("TopLevelUsers.find"));
    }

    @Test
    void anExplicitNameIsTakenAsItIs() {
        groupsOf(Named.class).containsExactlyInAnyOrder("Kunden: Adressen");
    }

    @Test
    void theClassOfAnInterfacesImplementationGivesTheName() {
        groupsOf(ClientImplementation.class).containsExactlyInAnyOrder("StartCheckTests.ClientImplementation.get");
    }

    @Test
    void theClassGivesTheNameBehindAnInterfaceProxyToo() {
        contexts.withPropertyValues("spring.aop.proxy-target-class=false")
                .withBean(ClientImplementation.class)
                .run(context -> {
                    assertThat(context.getBean(Client.class).get(7)).isEqualTo("got 7");
                    assertThat(names(context.getBean(SingleFlightGroups.class)))
                            .containsExactly("StartCheckTests.ClientImplementation.get");
                });
    }

    @Test
    void aScopedProxyAndItsTargetHaveOneGroup() {
        contexts.withUserConfiguration(ScopedUsers.class).run(context -> {
            assertThat(context.getBean("scopedUsers", TopLevelUsers.class).find(7))
                    .isEqualTo("user 7");
            assertThat(names(context.getBean(SingleFlightGroups.class))).containsExactly("TopLevelUsers.find");
        });
    }

    private static void startCheck(Class<?> type, Supplier<Object> supplier) {
        DefaultListableBeanFactory beans = new DefaultListableBeanFactory();
        RootBeanDefinition definition = new RootBeanDefinition(type);
        definition.setLazyInit(true);
        definition.setInstanceSupplier(supplier);
        beans.registerBeanDefinition("lazy", definition);
        startCheck(beans);
    }

    /** Whatever the group. */
    private static final GroupRules NO_RULES = new GroupRules() {
        @Override
        public boolean overridesWaitTimeout(String group) {
            return false;
        }

        @Override
        public boolean joinsInTransaction(String group) {
            return false;
        }

        @Override
        public int fluxMaxElements(String group) {
            return Integer.MAX_VALUE;
        }
    };

    private static void startCheck(DefaultListableBeanFactory beans) {
        SingleFlightOperations operations = new SingleFlightOperations(beans, true);
        SingleFlightInterceptor interceptor = new SingleFlightInterceptor(
                operations,
                SingleFlightGroups::new,
                List::of,
                () -> NO_RULES,
                () -> run -> run,
                () -> new ReactiveCallers(List.of(), true));
        new SingleFlightStartCheck(beans, operations, interceptor, SingleFlightGroups::new, group -> false)
                .afterSingletonsInstantiated();
    }

    private static RootBeanDefinition absent() {
        RootBeanDefinition absent = new RootBeanDefinition();
        absent.setBeanClassName("dev.singleflight.Absent");
        absent.setLazyInit(true);
        return absent;
    }

    private ListAssert<String> groupsOf(Class<?> bean) {
        List<String> names = new ArrayList<>();
        contexts.withBean(bean).run(context -> names.addAll(names(context.getBean(SingleFlightGroups.class))));
        return assertThat(names);
    }

    private static List<String> names(SingleFlightGroups groups) {
        return groups.all().stream().map(SingleFlightGroup::name).toList();
    }

    private static Client client() {
        return (Client) Proxy.newProxyInstance(
                Client.class.getClassLoader(), new Class<?>[] {Client.class}, (proxy, method, arguments) -> "got");
    }

    interface Users {
        @SingleFlight(key = "#idd")
        String find(int id);
    }

    static class Wrong implements Users {
        @Override
        public String find(int id) {
            return "user " + id;
        }
    }

    @Configuration(proxyBeanMethods = false)
    static class LazyBean {
        @Bean
        @Lazy
        Wrong wrong() {
            throw new AssertionError("The scan created a bean");
        }
    }

    abstract static class WrongBase {
        @SingleFlight(key = "#idd")
        public String find(int id) {
            return "user " + id;
        }
    }

    static class Inheritor extends WrongBase {}

    @SingleFlight(key = "#idd")
    @Retention(RetentionPolicy.RUNTIME)
    @interface Wrongly {}

    static class MetaAnnotated {
        @Wrongly
        public String find(int id) {
            return "user " + id;
        }
    }

    static class WrongForgetter {
        @SingleFlightForget(group = "a", key = "#id")
        @SingleFlightForget(group = "b", key = "#idd")
        public void update(int id) {}
    }

    @Configuration(proxyBeanMethods = false)
    static class LazyInheritor {
        @Bean
        @Lazy
        Inheritor wrong() {
            throw new AssertionError("The scan created a bean");
        }
    }

    @Configuration(proxyBeanMethods = false)
    static class LazyMetaAnnotated {
        @Bean
        @Lazy
        MetaAnnotated wrong() {
            throw new AssertionError("The scan created a bean");
        }
    }

    @Configuration(proxyBeanMethods = false)
    static class LazyForgetter {
        @Bean
        @Lazy
        WrongForgetter wrong() {
            throw new AssertionError("The scan created a bean");
        }
    }

    /** Whose classes nobody knows before they are made. */
    @Configuration(proxyBeanMethods = false)
    static class HiddenBeans {
        @Bean
        @Lazy
        Object wrong() {
            return new Wrong();
        }

        @Bean
        @Lazy
        Object forgetter() {
            return new ForgetsLazy();
        }

        @Bean
        @Lazy
        Object both() {
            return new ForgetsItsOwn();
        }
    }

    static class ForgetsItsOwn implements Runnable {
        @Override
        @SingleFlightForget(group = "late users", key = "'all'")
        public void run() {}

        @SingleFlight("late users")
        public String find(int id) {
            return "user " + id;
        }
    }

    static class PrivateUsers {
        public String get() {
            return find();
        }

        @SingleFlight
        private String find() {
            return "user";
        }
    }

    static final class FinalUsers {
        @SingleFlight
        public String find(int id) {
            return "user " + id;
        }
    }

    record UsersRecord() {
        @SingleFlight
        public String find(int id) {
            return "user " + id;
        }
    }

    static class FinalMethodUsers {
        @SingleFlight
        public final String find(int id) {
            return "user " + id;
        }
    }

    /** Of which nobody can tell without an instance what it makes. */
    static class UnknownFactory<T> implements FactoryBean<T> {
        @Override
        public T getObject() {
            throw new AssertionError("The scan created a bean");
        }

        @Override
        public Class<?> getObjectType() {
            return Wrong.class;
        }
    }

    static class Missing {}

    static class NeedsMissing {
        public void need(Missing missing) {}
    }

    /** Loads this test's classes anew, but not the one that is missing. */
    private static final class Forgetful extends URLClassLoader {
        Forgetful() {
            super(
                    new URL[] {
                        NeedsMissing.class.getProtectionDomain().getCodeSource().getLocation()
                    },
                    StartCheckTests.class.getClassLoader());
        }

        @Override
        protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
            if (name.equals(Missing.class.getName())) {
                throw new ClassNotFoundException(name);
            }
            return name.equals(NeedsMissing.class.getName()) ? findClass(name) : super.loadClass(name, resolve);
        }
    }

    @Configuration(proxyBeanMethods = false)
    static class PrototypeBean {
        @Bean
        @Scope("prototype")
        Wrong wrong() {
            throw new AssertionError("The scan created a bean");
        }
    }

    @Configuration(proxyBeanMethods = false)
    static class ScopedBean {
        @Bean
        @Scope(scopeName = "prototype", proxyMode = ScopedProxyMode.TARGET_CLASS)
        Wrong wrong() {
            throw new AssertionError("The scan created a bean");
        }
    }

    @Configuration(proxyBeanMethods = false)
    static class FactoryMethodOfInterface {
        @Bean
        Users wrong() {
            return new Wrong();
        }
    }

    @Configuration(proxyBeanMethods = false)
    static class LazyFactoryMethodOfInterface {
        @Bean
        @Lazy
        Users wrong() {
            throw new AssertionError("The scan created a bean");
        }
    }

    @Configuration(proxyBeanMethods = false)
    static class FactoryProduct {
        @Bean
        WrongFactory wrong() {
            return new WrongFactory();
        }
    }

    @Configuration(proxyBeanMethods = false)
    static class LazyFactoryProduct {
        @Bean
        @Lazy
        FactoryBean<Wrong> wrong() {
            throw new AssertionError("The scan created a bean");
        }
    }

    static class WrongFactory implements FactoryBean<Wrong> {
        @Override
        public Wrong getObject() {
            throw new AssertionError("The scan created a bean");
        }

        @Override
        public Class<?> getObjectType() {
            return Wrong.class;
        }
    }

    @Configuration(proxyBeanMethods = false)
    static class UncreatedBeans {
        @Bean
        @Lazy
        LazyUsers lazyUsers() {
            throw new AssertionError("The scan created a bean");
        }

        @Bean
        @Scope("prototype")
        PrototypeUsers prototypeUsers() {
            throw new AssertionError("The scan created a bean");
        }

        @Bean
        @Lazy
        FactoryBean<TopLevelUsers> factory() {
            throw new AssertionError("The scan created a bean");
        }
    }

    @Configuration(proxyBeanMethods = false)
    static class UncreatedFactoryOfAnything {
        @Bean
        @Lazy
        FactoryBean<?> factory() {
            throw new AssertionError("The scan created a bean");
        }
    }

    @Configuration(proxyBeanMethods = false)
    static class ScopedUsers {
        @Bean
        @Scope(scopeName = "prototype", proxyMode = ScopedProxyMode.TARGET_CLASS)
        TopLevelUsers scopedUsers() {
            return new TopLevelUsers();
        }
    }

    static class LazyUsers {
        @SingleFlight("lazy users")
        public String find(int id) {
            return "user " + id;
        }
    }

    static class PrototypeUsers {
        @SingleFlight("prototype users")
        public String find(int id) {
            return "user " + id;
        }
    }

    static class ForgetsLazy {
        @SingleFlightForget("lazy users")
        public void update(int id) {}
    }

    static final class Outer {
        private Outer() {}

        static class Inner {
            @SingleFlight
            public String find(int id) {
                return "user " + id;
            }
        }
    }

    static class Overloaded {
        @SingleFlight
        public String find(int id) {
            return "user " + id;
        }

        @SingleFlight
        public String find(String name, int[] ids) {
            return name + ids.length;
        }
    }

    static class OneOfTwo {
        @SingleFlight
        public String find(int id) {
            return "user " + id;
        }

        public String find(String name) {
            return name;
        }
    }

    abstract static class Base {
        @SingleFlight
        public String find(int id) {
            return "user " + id;
        }
    }

    static class Derived extends Base {}

    interface Client {
        @SingleFlight
        String get(int id);
    }

    static class ClientImplementation implements Client {
        @Override
        public String get(int id) {
            return "got " + id;
        }
    }

    static class Named {
        @SingleFlight("Kunden: Adressen")
        public String find(int id) {
            return "user " + id;
        }
    }
}
