package dev.singleflight.interceptor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.singleflight.annotation.SingleFlight;
import dev.singleflight.autoconfigure.SingleFlightAutoConfiguration;
import java.io.IOException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIf;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.aop.SpringProxy;
import org.springframework.aop.framework.ProxyFactoryBean;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.beans.factory.config.BeanDefinition;
import org.springframework.beans.factory.config.BeanPostProcessor;
import org.springframework.boot.LazyInitializationBeanFactoryPostProcessor;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.test.context.assertj.AssertableApplicationContext;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.boot.test.context.runner.ContextConsumer;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Role;
import org.springframework.core.NestedExceptionUtils;
import org.springframework.security.access.AccessDeniedException;
import org.springframework.security.access.prepost.PostAuthorize;
import org.springframework.security.access.prepost.PreAuthorize;
import org.springframework.security.authentication.TestingAuthenticationToken;
import org.springframework.security.authorization.method.AuthorizationManagerBeforeMethodInterceptor;
import org.springframework.security.config.annotation.method.configuration.EnableMethodSecurity;
import org.springframework.security.core.context.SecurityContextHolder;
import org.springframework.util.ClassUtils;

/** Security that stands inside single-flight stops the start, whatever put it there. */
class SecurityOrderTests {

    private static final String LEGACY =
            "org.springframework.security.config.annotation.method.configuration.EnableGlobalMethodSecurity";

    private final ApplicationContextRunner contexts = new ApplicationContextRunner()
            .withConfiguration(AutoConfigurations.of(SingleFlightAutoConfiguration.class));

    @AfterEach
    void nobodyIsSignedIn() {
        SecurityContextHolder.clearContext();
    }

    @Test
    void anOffsetStopsTheStartAndTheActionNamesBothOrders() {
        contexts.withUserConfiguration(Offset.class).withBean(Reports.class).run(stopped(invalid -> {
            assertThat(invalid.reason())
                    .startsWith("SecurityOrderTests.Reports.secret(int): Spring Security's ")
                    .contains("has the order 5200 and so stands inside single-flight, which has the order 1000:");
            assertThat(invalid.action())
                    .startsWith("Set single-flight.order above 5200 (it is 1000), or give Spring Security an order"
                            + " below 1000 (it has 5200): ");
        }));
    }

    @Test
    void theInnermostOrderIsNamedSoThatTheActionIsEnough() {
        contexts.withUserConfiguration(Offset.class)
                .withBean(TwiceSecured.class)
                .run(stopped(invalid -> assertThat(invalid.action()).contains("single-flight.order above 5500")));
        contexts.withUserConfiguration(Offset.class)
                .withPropertyValues("single-flight.order=5501")
                .withBean(TwiceSecured.class)
                .run(context -> assertThat(context).hasNotFailed());
    }

    @Test
    void theActionHelps() {
        contexts.withUserConfiguration(Offset.class)
                .withPropertyValues("single-flight.order=5201")
                .withBean(Reports.class)
                .run(context -> refusesBob(context.getBean(Reports.class)));
    }

    @Test
    void anOrderOfOursOutsideSecurityStopsTheStart() {
        contexts.withUserConfiguration(Secured.class)
                .withPropertyValues("single-flight.order=150")
                .withBean(Reports.class)
                .run(stopped(invalid -> assertThat(invalid.action())
                        .contains("single-flight.order above 200 (it is 150)")
                        .contains("an order below 150 (it has 200)")));
    }

    @Test
    void anAdvisorOfOnesOwnThatIsSpringSecuritysStopsTheStart() {
        contexts.withUserConfiguration(OwnOrder.class)
                .withBean(Reports.class)
                .run(stopped(invalid -> assertThat(invalid.action()).contains("above 2000", "below 1000")));
    }

    @ParameterizedTest(name = "class proxies: {0}")
    @ValueSource(booleans = {true, false})
    @EnabledIf("hasLegacySecurity")
    void legacySecurityStopsTheStart(boolean classProxies, @TempDir Path classes) throws Exception {
        try (URLClassLoader legacy = legacy("", classes)) {
            contexts.withPropertyValues("spring.aop.proxy-target-class=" + classProxies)
                    .withClassLoader(legacy)
                    .withUserConfiguration(legacy.loadClass("Legacy"))
                    .withBean(ReportsOfInterface.class)
                    .run(stopped(invalid -> {
                        assertThat(invalid.reason()).contains("MethodSecurityInterceptor has the order 2147483647");
                        assertThat(invalid.action())
                                .startsWith("Give Spring Security an order below 1000 (it has 2147483647): ")
                                .contains("@EnableGlobalMethodSecurity takes order = 500");
                    }));
        }
    }

    @Test
    @EnabledIf("hasLegacySecurity")
    void legacySecurityOfALowerOrderRefusesTheUnauthorised(@TempDir Path classes) throws Exception {
        try (URLClassLoader legacy = legacy(", order = 500", classes)) {
            contexts.withClassLoader(legacy)
                    .withUserConfiguration(legacy.loadClass("Legacy"))
                    .withBean(Reports.class)
                    .run(context -> refusesBob(context.getBean(Reports.class)));
        }
    }

    /** Spring Security 7 has moved what it needs to a library of its own. */
    static boolean hasLegacySecurity() {
        return ClassUtils.isPresent(
                "org.springframework.security.access.intercept.aopalliance.MethodSecurityMetadataSourceAdvisor", null);
    }

    @Test
    void methodsThatShareNothingMayBeSecuredInside() {
        contexts.withUserConfiguration(Offset.class)
                .withBean(SecuredElsewhere.class)
                .run(context -> assertThat(context).hasNotFailed());
    }

    @Test
    void beansInACircleAreLookedAt() {
        contexts.withAllowCircularReferences(true)
                .withUserConfiguration(Offset.class, Circle.class)
                .run(stopped(invalid -> assertThat(invalid.reason()).contains("the order 5200")));
    }

    @Test
    void lazyBeansInACircleAreLookedAtWhenTheyAreMade() {
        contexts.withAllowCircularReferences(true)
                .withInitializer(context ->
                        context.addBeanFactoryPostProcessor(new LazyInitializationBeanFactoryPostProcessor()))
                .withUserConfiguration(Offset.class, Circle.class)
                .run(context -> {
                    assertThat(context).hasNotFailed();
                    assertThatExceptionOfType(Exception.class)
                            .isThrownBy(() -> context.getBean(Reports.class))
                            .havingRootCause()
                            .isInstanceOf(InvalidSingleFlightException.class);
                });
    }

    @Test
    void beansThatOtherPostProcessorsNeedAreLookedAt() {
        contexts.withUserConfiguration(Offset.class, EarlyBird.class)
                .withBean(Reports.class)
                .run(stopped(invalid -> assertThat(invalid.reason()).contains("the order 5200")));
    }

    @Test
    void securityInAProxyWithinTheProxyStopsTheStart() {
        contexts.withUserConfiguration(ProxyWithinTheProxy.class).run(stopped(invalid -> {
            assertThat(invalid.reason()).startsWith("SecurityOrderTests.Finder.find(int): ");
            assertThat(invalid.action())
                    .startsWith("It belongs to a proxy within the proxy (a ProxyFactoryBean's?).")
                    .contains("an order below 1000 instead of order 200");
        }));
    }

    @Test
    void aPrototypeIsLookedAtWhenItIsMade() {
        contexts.withUserConfiguration(Offset.class)
                .withBean(
                        "reports",
                        Reports.class,
                        Reports::new,
                        definition -> definition.setScope(BeanDefinition.SCOPE_PROTOTYPE))
                .run(context -> {
                    assertThat(context).hasNotFailed();
                    assertThatExceptionOfType(Exception.class)
                            .isThrownBy(() -> context.getBean(Reports.class))
                            .havingRootCause()
                            .isInstanceOf(InvalidSingleFlightException.class);
                });
    }

    private static void refusesBob(Reports reports) {
        SecurityContextHolder.getContext().setAuthentication(new TestingAuthenticationToken("bob", "", "ROLE_USER"));
        assertThatExceptionOfType(AccessDeniedException.class).isThrownBy(() -> reports.secret(7));
    }

    private static ContextConsumer<AssertableApplicationContext> stopped(
            Consumer<InvalidSingleFlightException> message) {
        return context -> assertThat(context)
                .getFailure()
                .satisfies(failure -> assertThat(NestedExceptionUtils.getMostSpecificCause(failure))
                        .isInstanceOfSatisfying(InvalidSingleFlightException.class, message));
    }

    /** Knows a configuration of this name, compiled here because it does not compile on every line. */
    private static URLClassLoader legacy(String attributes, Path classes) throws IOException {
        Path source = Files.writeString(
                classes.resolve("Legacy.java"),
                "@" + LEGACY + "(prePostEnabled = true" + attributes + ") public class Legacy {}");
        String classPath = System.getProperty("java.class.path");
        int failed = ToolProvider.getSystemJavaCompiler()
                .run(null, null, null, "-proc:none", "-nowarn", "-cp", classPath, source.toString());
        assertThat(failed).isZero();
        return new URLClassLoader(new URL[] {classes.toUri().toURL()}, SecurityOrderTests.class.getClassLoader());
    }

    @Configuration(proxyBeanMethods = false)
    @EnableMethodSecurity
    static class Secured {}

    @Configuration(proxyBeanMethods = false)
    @EnableMethodSecurity(offset = 5000)
    static class Offset {}

    @Configuration(proxyBeanMethods = false)
    static class OwnOrder {
        @Bean
        @Role(BeanDefinition.ROLE_INFRASTRUCTURE)
        static AuthorizationManagerBeforeMethodInterceptor authorization() {
            AuthorizationManagerBeforeMethodInterceptor authorization =
                    AuthorizationManagerBeforeMethodInterceptor.preAuthorize();
            authorization.setOrder(2000);
            return authorization;
        }
    }

    @Configuration(proxyBeanMethods = false)
    static class Circle {
        @Bean
        InCircle reports() {
            return new InCircle();
        }

        @Bean
        Neighbour neighbour(InCircle reports) {
            return new Neighbour(reports);
        }
    }

    @Configuration(proxyBeanMethods = false)
    static class EarlyBird {
        @Bean
        static BeanPostProcessor needsReports(Reports reports) {
            assertThat(reports).isNotNull();
            return new BeanPostProcessor() {};
        }
    }

    @Configuration(proxyBeanMethods = false)
    static class ProxyWithinTheProxy {
        @Bean
        ProxyFactoryBean finder() {
            ProxyFactoryBean finder = new ProxyFactoryBean();
            finder.setInterfaces(Finder.class);
            finder.setTarget(new SecuredFinder());
            finder.addAdvisor(AuthorizationManagerBeforeMethodInterceptor.preAuthorize());
            return finder;
        }

        @Bean
        AtomicReference<Finder> injected(Finder finder) {
            return new AtomicReference<>(finder);
        }
    }

    static class Reports {
        @PreAuthorize("hasRole('ADMIN')")
        @SingleFlight(key = "#id")
        public String secret(int id) {
            return "secret " + id;
        }
    }

    static class InCircle extends Reports {
        @Autowired
        void neighbour(Neighbour neighbour) {
            assertThat(neighbour.reports()).isInstanceOf(SpringProxy.class);
        }
    }

    record Neighbour(Reports reports) {}

    static class TwiceSecured {
        @PreAuthorize("hasRole('ADMIN')")
        @PostAuthorize("hasRole('ADMIN')")
        @SingleFlight(key = "#id")
        public String secret(int id) {
            return "secret " + id;
        }
    }

    static class SecuredElsewhere {
        @PreAuthorize("hasRole('ADMIN')")
        public String secret(int id) {
            return "secret " + id;
        }

        @SingleFlight(key = "#id")
        public String open(int id) {
            return "open " + id;
        }
    }

    public interface Finder { // by a class loader below this one's
        @SingleFlight(key = "#id")
        String find(int id);
    }

    static class ReportsOfInterface implements Finder {
        @Override
        @PreAuthorize("hasRole('ADMIN')")
        public String find(int id) {
            return "secret " + id;
        }
    }

    static class SecuredFinder implements Finder {
        @Override
        @PreAuthorize("hasRole('ADMIN')")
        public String find(int id) {
            return "secret " + id;
        }
    }
}
