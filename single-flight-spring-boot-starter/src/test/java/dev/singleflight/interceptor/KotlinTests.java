package dev.singleflight.interceptor;

import static dev.singleflight.Callers.group;
import static org.assertj.core.api.Assertions.assertThat;

import dev.singleflight.autoconfigure.SingleFlightAutoConfiguration;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.core.NestedExceptionUtils;

/** What Kotlin's compiler makes of annotated functions. The flights stay up: each call that is no run has joined. */
@SuppressWarnings("FutureReturnValueIgnored")
class KotlinTests {

    private final ApplicationContextRunner contexts = new ApplicationContextRunner()
            .withConfiguration(AutoConfigurations.of(SingleFlightAutoConfiguration.class));

    @Test
    void aParameterIsKnownByItsName() {
        runs(2, "by id", users -> {
            users.find(7);
            users.find(7);
            users.find(8);
        });
    }

    @Test
    void aDataClassIsAKey() {
        runs(2, "by region", users -> {
            users.findIn(new KotlinRegion("FR", 7));
            users.findIn(new KotlinRegion("FR", 7));
            users.findIn(new KotlinRegion("FR", 8));
        });
    }

    @Test
    void aKeyExpressionReadsProperties() {
        runs(3, "by country", users -> {
            users.findNamed(new KotlinRegion("FR", 7), "Ann");
            users.findNamed(new KotlinRegion("FR", 8), "Ann");
            users.findNamed(new KotlinRegion("DE", 7), "Ann");
            users.findNamed(new KotlinRegion("DE", 7), null);
        });
    }

    @Test
    void allArgumentsAreTheDefaultKey() {
        runs(2, "by all", users -> {
            users.findAll(new KotlinRegion("FR", 7), null);
            users.findAll(new KotlinRegion("FR", 7), null);
            users.findAll(new KotlinRegion("FR", 7), "Ann");
        });
    }

    static Stream<Arguments> refused() {
        return Stream.of(
                Arguments.of(
                        FinalKotlinUsers.class,
                        "FinalKotlinUsers.find(long): is in a final class, which no proxy can extend. Make the class open (not"
                                + " final, no record), or move the method to one that is."),
                Arguments.of(
                        FinalMethodOfKotlinUsers.class,
                        "FinalMethodOfKotlinUsers.find(long): is final, so no proxy can intercept it. Remove 'final' (in Kotlin:"
                                + " make it open), or move the annotation to a public method that other beans call."));
    }

    @ParameterizedTest
    @MethodSource
    void refused(Class<?> bean, String message) {
        contexts.withBean(bean)
                .run(context -> assertThat(NestedExceptionUtils.getMostSpecificCause(context.getStartupFailure()))
                        .isInstanceOf(InvalidSingleFlightException.class)
                        .hasMessage(message));
    }

    @Test
    @ExtendWith(OutputCaptureExtension.class)
    void aPropertyThatIsNotOpenIsReported(CapturedOutput output) {
        contexts.withBean(FinalPropertyOfKotlinUsers.class, () -> new FinalPropertyOfKotlinUsers("north"))
                .run(context -> assertThat(output)
                        .contains("FinalPropertyOfKotlinUsers is proxied for", "final methods: getRegion()."));
    }

    private void runs(int runs, String group, Consumer<KotlinUsers> calls) {
        contexts.withBean(KotlinUsers.class).run(context -> {
            calls.accept(context.getBean(KotlinUsers.class));
            assertThat(group(context, group).inFlight()).hasSize(runs);
        });
    }
}
