package dev.singleflight.autoconfigure;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.singleflight.RunningApplication;
import dev.singleflight.annotation.SingleFlight;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Lazy;

/** What the console of an application says that does not start. */
@ExtendWith(OutputCaptureExtension.class)
class FailureReportTests {

    @Test
    void aWrongKey(CapturedOutput output) {
        start(WrongKey.class);
        assertThat(output)
                .contains(report(
                        "FailureReportTests.Users.find(String, int): Key expression \"#idd + '/' + #name\" uses #idd, which is"
                                + " no parameter.",
                        "Write one of its parameters: #name, #id."));
    }

    @Test
    void aWrongKeyOfALazyBean(CapturedOutput output) {
        start(WrongLazyKey.class);
        assertThat(output)
                .contains(report(
                        "FailureReportTests.Users.find(String, int): Key expression \"#idd + '/' + #name\" uses #idd, which is no"
                                + " parameter.",
                        "Write one of its parameters: #name, #id."));
    }

    @Test
    void aWrongKeyUnderLazyInitialization(CapturedOutput output) {
        start(WrongKey.class, "spring.main.lazy-initialization=true");
        assertThat(output).contains("Description:\n\nFailureReportTests.Users.find(String, int): Key expression");
    }

    @Test
    void aPlaceholderThatNobodySets(CapturedOutput output) {
        start(WrongPlaceholder.class);
        assertThat(output)
                .contains(report(
                        "FailureReportTests.Rates.find(): has the waitTimeout \"${rates.patience}\", which cannot be resolved:"
                                + " Could not resolve placeholder 'rates.patience' in value \"${rates.patience}\".",
                        "Set the property, or give it a default: ${name:2s}."));
    }

    @Test
    void aNegativeLimit(CapturedOutput output) {
        start(Nothing.class, "single-flight.groups.user-service-find.max-flights=-3");
        assertThat(output)
                .contains(
                        "Property single-flight.groups.user-service-find.max-flights with value '-3' is invalid: A limit is"
                                + " 1 or more; 0 for no limit.");
    }

    @Test
    void aWordThatIsNoSetting(CapturedOutput output) {
        start(Nothing.class, "single-flight.defaults.overflow=perhaps");
        assertThat(output)
                .contains("Property: single-flight.defaults.overflow", "Value: \"perhaps\"", "BYPASS", "REJECT");
    }

    private static void start(Class<?> configuration, String... properties) {
        assertThat(catchThrowable(() -> new SpringApplicationBuilder(configuration)
                        .web(WebApplicationType.NONE)
                        .run(RunningApplication.arguments(properties))))
                .isNotNull();
    }

    private static String report(String description, String action) {
        return """

                ***************************
                APPLICATION FAILED TO START
                ***************************

                Description:

                %s

                Action:

                %s
                """.formatted(description, action);
    }

    @Configuration(proxyBeanMethods = false)
    @EnableAutoConfiguration
    static class Nothing {}

    @Configuration(proxyBeanMethods = false)
    @EnableAutoConfiguration
    static class WrongKey {
        @Bean
        Users users() {
            return new Users();
        }
    }

    @Configuration(proxyBeanMethods = false)
    @EnableAutoConfiguration
    static class WrongLazyKey {
        @Bean
        @Lazy
        Users users() {
            throw new AssertionError("The scan created a bean");
        }
    }

    @Configuration(proxyBeanMethods = false)
    @EnableAutoConfiguration
    static class WrongPlaceholder {
        @Bean
        Rates rates() {
            return new Rates();
        }
    }

    static class Users {
        @SingleFlight(key = "#idd + '/' + #name")
        public String find(String name, int id) {
            return name + id;
        }
    }

    static class Rates {
        @SingleFlight(waitTimeout = "${rates.patience}")
        public String find() {
            return "rate";
        }
    }
}
