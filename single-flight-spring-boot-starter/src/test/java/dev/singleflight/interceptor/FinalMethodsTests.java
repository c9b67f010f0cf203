package dev.singleflight.interceptor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatNullPointerException;

import dev.singleflight.annotation.SingleFlight;
import dev.singleflight.autoconfigure.SingleFlightAutoConfiguration;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.springframework.aop.Advisor;
import org.springframework.aop.framework.Advised;
import org.springframework.aop.interceptor.DebugInterceptor;
import org.springframework.aop.support.ComposablePointcut;
import org.springframework.aop.support.DefaultPointcutAdvisor;
import org.springframework.aop.support.RootClassFilter;
import org.springframework.beans.factory.config.BeanDefinition;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;

/** Final methods beside annotated ones work until a proxy comes; who has one because of us alone is told. */
@ExtendWith(OutputCaptureExtension.class)
class FinalMethodsTests {

    private static final String REPORT = "has final methods";

    private final ApplicationContextRunner contexts = new ApplicationContextRunner()
            .withConfiguration(AutoConfigurations.of(SingleFlightAutoConfiguration.class));

    @Test
    void theFieldsOfTheProxyAreNull() {
        contexts.withBean(Greeter.class).run(context -> {
            Greeter greeter = context.getBean(Greeter.class);
            assertThat(greeter.greet("Ann")).isEqualTo("Hello, Ann");
            assertThatNullPointerException().isThrownBy(() -> greeter.greeting(2));
        });
    }

    @Test
    void aClassIsReportedOnce(CapturedOutput output) {
        contexts.withBean("one", Greeter.class)
                .withBean("two", Greeter.class)
                .run(
                        context -> assertThat(output)
                                .containsOnlyOnce(REPORT)
                                .contains(
                                        Greeter.class.getName()
                                                + " is proxied for @SingleFlight or @SingleFlightForget, and has final"
                                                + " methods: greeting(int), inherited(). Called by other beans they run on the proxy, whose fields are"
                                                + " null, not on the bean. Remove 'final', or move what is annotated to a class of its own."));
    }

    static Stream<Class<?>> harmless() {
        return Stream.of(Plain.class, WithoutFields.class, NotAnnotated.class);
    }

    @ParameterizedTest
    @MethodSource("harmless")
    void whatNoCallerCanNoticeIsNotReported(Class<?> bean, CapturedOutput output) {
        contexts.withBean(bean).run(context -> {
            assertThat(context).hasNotFailed();
            assertThat(output).doesNotContain(REPORT);
        });
    }

    @Test
    void aProxyByInterfacesIsNotReported(CapturedOutput output) {
        contexts.withPropertyValues("spring.aop.proxy-target-class=false")
                .withBean(PoliteGreeter.class)
                .run(context -> {
                    assertThat(context.getBean(Polite.class).greet("Ann")).isEqualTo("Hello, Ann");
                    assertThat(output).doesNotContain(REPORT);
                });
    }

    @Test
    void aProxyThatWouldBeThereWithoutUsIsNotReported(CapturedOutput output) {
        contexts.withBean(Greeter.class)
                .withBean(
                        "other",
                        Advisor.class,
                        () -> new DefaultPointcutAdvisor(
                                new ComposablePointcut(new RootClassFilter(Greeter.class)), new DebugInterceptor()),
                        definition -> definition.setRole(BeanDefinition.ROLE_INFRASTRUCTURE))
                .run(context -> {
                    assertThat(((Advised) context.getBean(Greeter.class)).getAdvisors())
                            .hasSize(2);
                    assertThat(output).doesNotContain(REPORT);
                });
    }

    interface Polite {
        String greet(String name);
    }

    static class Politeness {
        public final String inherited() {
            return "please";
        }
    }

    static class Greeter extends Politeness {
        private final String hello = String.valueOf("Hello");

        @SingleFlight(key = "#name")
        public String greet(String name) {
            return hello + ", " + name;
        }

        public final String greeting(int times) {
            return hello.repeat(times);
        }
    }

    static class Plain {
        private final String hello = String.valueOf("Hello");

        @SingleFlight(key = "#name")
        public String greet(String name) {
            return greeting() + name + separator();
        }

        private final String greeting() {
            return hello + farewell();
        }

        protected final String farewell() {
            return hello;
        }

        public static final String separator() {
            return ", ";
        }
    }

    static class WithoutFields {
        @SingleFlight(key = "#name")
        public String greet(String name) {
            return greeting() + name;
        }

        public final String greeting() {
            return "Hello";
        }
    }

    static class NotAnnotated extends Politeness {
        private final String hello = String.valueOf("Hello");

        public final String greeting() {
            return hello;
        }
    }

    static class PoliteGreeter extends Greeter implements Polite {}
}
