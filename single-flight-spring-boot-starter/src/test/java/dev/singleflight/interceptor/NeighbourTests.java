package dev.singleflight.interceptor;

import static dev.singleflight.Callers.awaitWaiting;
import static dev.singleflight.Callers.failure;
import static dev.singleflight.Callers.group;
import static dev.singleflight.Callers.herd;
import static dev.singleflight.Callers.start;
import static dev.singleflight.Callers.value;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.singleflight.Gate;
import dev.singleflight.annotation.SingleFlight;
import dev.singleflight.autoconfigure.SingleFlightAutoConfiguration;
import jakarta.validation.ConstraintViolationException;
import jakarta.validation.constraints.Positive;
import java.io.IOException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIf;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.springframework.aop.framework.Advised;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.cache.annotation.Cacheable;
import org.springframework.cache.annotation.EnableCaching;
import org.springframework.cache.concurrent.ConcurrentMapCacheManager;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.dao.DataAccessException;
import org.springframework.dao.DataRetrievalFailureException;
import org.springframework.dao.annotation.PersistenceExceptionTranslationPostProcessor;
import org.springframework.dao.support.PersistenceExceptionTranslator;
import org.springframework.scheduling.annotation.Async;
import org.springframework.scheduling.annotation.EnableAsync;
import org.springframework.stereotype.Repository;
import org.springframework.util.ClassUtils;
import org.springframework.validation.annotation.Validated;
import org.springframework.validation.beanvalidation.LocalValidatorFactoryBean;
import org.springframework.validation.beanvalidation.MethodValidationPostProcessor;

/** Who stands outside whom, as the readme's table says. Security and transactions have tests of their own. */
@ExtendWith(OutputCaptureExtension.class)
class NeighbourTests {

    private static final String OURS = SingleFlightInterceptor.class.getSimpleName();

    private static final String RESILIENCE = "org.springframework.resilience.annotation.";

    private final ApplicationContextRunner contexts = new ApplicationContextRunner()
            .withConfiguration(AutoConfigurations.of(SingleFlightAutoConfiguration.class))
            .withBean(Gate.class);

    @Test
    void asyncStandsOutsideAndIsReportedOnce(CapturedOutput output) {
        contexts.withUserConfiguration(Asynchronous.class)
                .withBean(Mails.class)
                .run(context -> assertThat(advice(context.getBean(Mails.class)))
                        .containsExactly("AnnotationAsyncExecutionInterceptor", OURS));
        assertThat(output.getOut().lines().filter(line -> line.contains("has @SingleFlight and @Async")))
                .singleElement()
                .asString()
                .contains("NeighbourTests.Mails.send(int)", "each caller takes a thread of the executor");
    }

    @ParameterizedTest
    @CsvSource({"Retryable, each attempt of each caller", "ConcurrencyLimit(2), followers use up its permits"})
    @EnabledIf("hasResilience")
    void theFrameworksResilienceStandsOutsideAndIsReportedOnce(
            String annotation, String meaning, @TempDir Path classes, CapturedOutput output) throws Exception {
        try (URLClassLoader compiled = resilient(annotation, classes)) {
            contexts.withClassLoader(compiled)
                    .withUserConfiguration(compiled.loadClass("Resilient"))
                    .run(context -> {
                        assertThat(advice(context.getBean("service")))
                                .hasSize(2)
                                .last()
                                .isEqualTo(OURS);
                        assertThat(output.getOut().lines().filter(line -> line.contains("has @SingleFlight and @")))
                                .singleElement()
                                .asString()
                                .contains("Resilient.Service.find(int)", meaning);
                    });
        }
    }

    static boolean hasResilience() {
        return ClassUtils.isPresent(RESILIENCE + "EnableResilientMethods", null);
    }

    @Test
    void theCacheStandsInside() {
        contexts.withUserConfiguration(Caching.class).withBean(Prices.class).run(context -> {
            Prices prices = context.getBean(Prices.class);
            Gate gate = context.getBean(Gate.class);

            assertThat(advice(prices)).containsExactly(OURS, "CacheInterceptor");
            assertThat(herd(3, gate, context, "prices", () -> prices.find(7)))
                    .allSatisfy(price -> assertThat(price.join()).isEqualTo("price 7"));
            assertThat(prices.find(7)).isEqualTo("price 7");
            assertThat(gate.runs()).isOne();
        });
    }

    /** What they share is what the repository's caller would have got. */
    @Test
    void theTranslationOfExceptionsStandsInside() {
        contexts.withUserConfiguration(Translating.class).withBean(Rows.class).run(context -> {
            Rows rows = context.getBean(Rows.class);

            assertThat(advice(rows)).containsExactly(OURS, "PersistenceExceptionTranslationInterceptor");
            List<CompletableFuture<String>> outcomes =
                    herd(2, context.getBean(Gate.class), context, "rows", () -> rows.find(7));

            assertThat(failure(outcomes.get(0)))
                    .isInstanceOf(DataRetrievalFailureException.class)
                    .isSameAs(failure(outcomes.get(1)));
        });
    }

    /** So nobody looks at what a follower gives beside the key: it gets the answer to the leader's arguments. */
    @Test
    void methodValidationStandsInside() {
        contexts.withUserConfiguration(Validating.class).withBean(Baskets.class).run(context -> {
            Baskets baskets = context.getBean(Baskets.class);
            Gate gate = context.getBean(Gate.class);

            assertThat(advice(baskets)).containsExactly(OURS, "MethodValidationInterceptor");
            CompletableFuture<String> leader = start(() -> baskets.find(7, 1));
            gate.awaitRuns(1);
            CompletableFuture<String> follower = start(() -> baskets.find(7, -1));
            awaitWaiting(group(context, "baskets"), 1);
            gate.open();

            assertThat(value(follower)).isEqualTo("7 of 1").isSameAs(value(leader));
            assertThatExceptionOfType(ConstraintViolationException.class).isThrownBy(() -> baskets.find(7, -1));
        });
    }

    private static List<String> advice(Object proxy) {
        return Stream.of(((Advised) proxy).getAdvisors())
                .map(advisor -> advisor.getAdvice().getClass().getSimpleName())
                .filter(advice -> !advice.startsWith("ExposeInvocation"))
                .toList();
    }

    /** Compiled here because its annotations are not there on every line. */
    private static URLClassLoader resilient(String annotation, Path classes) throws IOException {
        Path source = Files.writeString(classes.resolve("Resilient.java"), """
                @org.springframework.context.annotation.Configuration(proxyBeanMethods = false)
                @%1$sEnableResilientMethods
                public class Resilient {
                    @org.springframework.context.annotation.Bean
                    static Service service() { return new Service(); }
                    public static class Service {
                        @%1$s%2$s
                        @dev.singleflight.annotation.SingleFlight
                        public String find(int id) { return "found " + id; }
                    }
                }
                """.formatted(RESILIENCE, annotation));
        int failed = ToolProvider.getSystemJavaCompiler()
                .run(
                        null,
                        null,
                        null,
                        "-proc:none",
                        "-parameters",
                        "-cp",
                        System.getProperty("java.class.path"),
                        source.toString());
        assertThat(failed).isZero();
        return new URLClassLoader(new URL[] {classes.toUri().toURL()}, NeighbourTests.class.getClassLoader());
    }

    @Configuration(proxyBeanMethods = false)
    @EnableAsync
    static class Asynchronous {}

    @Configuration(proxyBeanMethods = false)
    @EnableCaching
    static class Caching {
        @Bean
        ConcurrentMapCacheManager cacheManager() {
            return new ConcurrentMapCacheManager();
        }
    }

    @Configuration(proxyBeanMethods = false)
    static class Translating {
        @Bean
        static PersistenceExceptionTranslationPostProcessor translation() {
            PersistenceExceptionTranslationPostProcessor translation =
                    new PersistenceExceptionTranslationPostProcessor();
            translation.setProxyTargetClass(true);
            return translation;
        }

        @Bean
        PersistenceExceptionTranslator translator() {
            return Translating::translated;
        }

        private static DataAccessException translated(RuntimeException failure) {
            return new DataRetrievalFailureException("translated", failure);
        }
    }

    @Configuration(proxyBeanMethods = false)
    static class Validating {
        @Bean
        static LocalValidatorFactoryBean validator() {
            return new LocalValidatorFactoryBean();
        }

        @Bean
        static MethodValidationPostProcessor validation(LocalValidatorFactoryBean validator) {
            MethodValidationPostProcessor validation = new MethodValidationPostProcessor();
            validation.setValidator(validator);
            validation.setProxyTargetClass(true);
            return validation;
        }
    }

    static class Mails {
        @Async
        @SingleFlight
        public CompletableFuture<String> send(int id) {
            return CompletableFuture.completedFuture("sent " + id);
        }
    }

    static class Prices {
        private final Gate gate;

        Prices(Gate gate) {
            this.gate = gate;
        }

        @Cacheable("prices")
        @SingleFlight("prices")
        public String find(int id) {
            gate.pass();
            return "price " + id;
        }
    }

    @Repository
    static class Rows {
        private final Gate gate;

        Rows(Gate gate) {
            this.gate = gate;
        }

        @SingleFlight("rows")
        public String find(int id) {
            gate.pass();
            throw new IllegalStateException("no row " + id);
        }
    }

    @Validated
    static class Baskets {
        private final Gate gate;

        Baskets(Gate gate) {
            this.gate = gate;
        }

        @SingleFlight(group = "baskets", key = "#id")
        public String find(int id, @Positive int pieces) {
            gate.pass();
            return id + " of " + pieces;
        }
    }
}
