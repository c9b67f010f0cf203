package dev.singleflight.autoconfigure;

import static dev.singleflight.Callers.group;
import static org.assertj.core.api.Assertions.assertThat;

import dev.singleflight.SingleFlightGroups;
import dev.singleflight.annotation.SingleFlight;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.util.Locale;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.beans.factory.config.BeanPostProcessor;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.autoconfigure.aop.AopAutoConfiguration;
import org.springframework.boot.test.context.FilteredClassLoader;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.cache.CacheManager;
import org.springframework.cache.concurrent.ConcurrentMapCacheManager;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.PriorityOrdered;

/**
 * Spring warns of each bean that a post-processor came too late for. Whatever an application's post-processors need, none
 * of those beans is ours.
 */
@ExtendWith(OutputCaptureExtension.class)
@SuppressWarnings("FutureReturnValueIgnored") // flights that stay up
class QuietStartTests {

    private static final Pattern MISSED = Pattern.compile("Bean '([^']+)' of type \\[[^]]*] is not eligible for getting"
            + " processed by all BeanPostProcessors[^\\[]*(?:\\[([^]]*)])?");

    private final ApplicationContextRunner contexts = new ApplicationContextRunner()
            .withConfiguration(AutoConfigurations.of(
                    AopAutoConfiguration.class,
                    SingleFlightAutoConfiguration.class,
                    SingleFlightCacheAutoConfiguration.class,
                    SingleFlightMetricsAutoConfiguration.class,
                    SingleFlightEndpointAutoConfiguration.class))
            .withPropertyValues(
                    "management.endpoints.web.exposure.include=singleflight",
                    "single-flight.cache.enabled=true",
                    "single-flight.groups.early.max-followers=17")
            .withBean(CacheManager.class, ConcurrentMapCacheManager::new)
            .withBean(MeterRegistry.class, SimpleMeterRegistry::new)
            .withBean(Users.class);

    static Stream<Arguments> earlyPostProcessors() {
        return Stream.of(
                        NeedsAnAnnotatedBean.class,
                        NeedsAnAnnotatedBeanFirst.class,
                        CallsAnAnnotatedBean.class,
                        NeedsTheGroups.class,
                        LoadsACache.class,
                        NeedsItsConfiguration.class)
                .flatMap(configuration -> Stream.of(
                                "spring.aop.auto=true", "spring.aop.auto=false", "spring.aop.proxy-target-class=false")
                        .map(property -> Arguments.of(configuration, property)));
    }

    @ParameterizedTest
    @MethodSource("earlyPostProcessors")
    void noBeanOfOursMissesAPostProcessor(Class<?> configuration, String property, CapturedOutput output) {
        contexts.withUserConfiguration(configuration)
                .withPropertyValues(property)
                .run(context -> {
                    assertShared(context.getBean(Users.class));
                    assertThat(missed(output)).noneMatch(QuietStartTests::isOurs);
                });
    }

    @ParameterizedTest
    @MethodSource("earlyPostProcessors")
    void noneDoesWithoutAspectJ(Class<?> configuration, String property, CapturedOutput output) {
        contexts.withClassLoader(new FilteredClassLoader("org.aspectj"))
                .withUserConfiguration(configuration)
                .withPropertyValues(property)
                .run(context -> {
                    assertShared(context.getBean(Users.class));
                    assertThat(missed(output)).noneMatch(QuietStartTests::isOurs);
                });
    }

    @Test
    void springWarnsOfBeansThatComeTooEarly(CapturedOutput output) {
        contexts.withUserConfiguration(NeedsAnAnnotatedBean.class)
                .run(context -> assertThat(missed(output)).contains("early"));
    }

    @Test
    void callsThatComeWhileBeansAreMadeGoStraightThrough() {
        contexts.withUserConfiguration(CallsAnAnnotatedBean.class).run(context -> {
            assertThat(context.getBean(Late.class).found()).isEqualTo("early 7");
            assertThat(group(context, "early").stats().calls()).isZero();
            context.getBean(Early.class).find(7);
            assertThat(group(context, "early").stats().calls()).isEqualTo(1);
        });
    }

    /** The names of the beans that missed one, and of the post-processors that came too late for them. */
    private static Stream<String> missed(CapturedOutput output) {
        return MISSED.matcher(output)
                .results()
                .flatMap((MatchResult line) -> Stream.of(line.group(1), String.valueOf(line.group(2))));
    }

    private static boolean isOurs(String bean) {
        String name = bean.toLowerCase(Locale.ROOT);
        return Stream.of("singleflight", "single-flight", "dev.singleflight.").anyMatch(name::startsWith);
    }

    private static void assertShared(Users users) {
        users.later(7);
        users.later(7);
        assertThat(users.runs()).hasValue(1);
    }

    @Configuration(proxyBeanMethods = false)
    static class NeedsAnAnnotatedBean {

        @Bean
        static Early early() {
            return new Early();
        }

        @Bean
        static BeanPostProcessor postProcessor(Early early) {
            return new Late(bean -> "nothing");
        }
    }

    /** Before proxies can be made: the bean is not advised, as Spring warns. */
    @Configuration(proxyBeanMethods = false)
    static class NeedsAnAnnotatedBeanFirst {

        @Bean
        static Early early() {
            return new Early();
        }

        @Bean
        static BeanPostProcessor postProcessor(Early early) {
            return new First();
        }
    }

    @Configuration(proxyBeanMethods = false)
    static class CallsAnAnnotatedBean {

        @Bean
        static Early early() {
            return new Early();
        }

        @Bean
        static BeanPostProcessor postProcessor(Early early) {
            return new Late(bean -> early.find(7));
        }
    }

    @Configuration(proxyBeanMethods = false)
    static class NeedsTheGroups {

        @Bean
        static BeanPostProcessor postProcessor(SingleFlightGroups groups) {
            return new Late(bean -> bean instanceof Users
                    ? groups.<String, String>group("own").execute("key", () -> "made")
                    : "nothing");
        }
    }

    @Configuration(proxyBeanMethods = false)
    static class LoadsACache {

        @Bean
        static BeanPostProcessor postProcessor(ObjectProvider<CacheManager> caches) {
            return new Late(bean ->
                    bean instanceof Users ? caches.getObject().getCache("own").get("key", () -> "made") : "nothing");
        }
    }

    @Configuration(proxyBeanMethods = false)
    static class NeedsItsConfiguration {

        @Bean
        BeanPostProcessor postProcessor() {
            return new First();
        }
    }

    private static final class First implements BeanPostProcessor, PriorityOrdered {

        @Override
        public int getOrder() {
            return HIGHEST_PRECEDENCE;
        }
    }

    private static final class Late implements BeanPostProcessor {

        private final Function<Object, String> find;

        private String found = "";

        Late(Function<Object, String> find) {
            this.find = find;
        }

        String found() {
            return found;
        }

        @Override
        public Object postProcessAfterInitialization(Object bean, String name) {
            found = find.apply(bean);
            return bean;
        }
    }

    /** Public, as {@link Users} are. */
    public static class Early {
        @SingleFlight("early")
        public String find(int id) {
            return "early " + id;
        }
    }

    /** Public: its proxy is made by another class loader where libraries are absent. */
    public static class Users {
        private final AtomicInteger runs = new AtomicInteger();

        public AtomicInteger runs() {
            return runs;
        }

        @SingleFlight("users")
        public CompletableFuture<String> later(int id) {
            runs.incrementAndGet();
            return new CompletableFuture<>();
        }
    }
}
