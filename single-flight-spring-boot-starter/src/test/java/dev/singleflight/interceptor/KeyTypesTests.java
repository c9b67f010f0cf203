package dev.singleflight.interceptor;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.URI;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;

/** A type that no two of its instances are equal of makes no flight that anybody joins: it is reported, once. */
@ExtendWith(OutputCaptureExtension.class)
class KeyTypesTests {

    @Test
    void aTypeWithoutEqualsIsReportedOnce(CapturedOutput output) {
        KeyParts.frozen(new Nothing());
        KeyParts.frozen(new Nothing());
        assertThat(output)
                .containsOnlyOnce("A key of single-flight holds a " + Nothing.class.getName()
                        + ", which has no equals and hashCode of its own, or only one of them: no two calls are ever the same."
                        + " Give it both, or use in the key what tells two of them apart.");
    }

    @Test
    void equalsAloneIsNotEnough(CapturedOutput output) {
        KeyParts.frozen(new OnlyEquals());
        assertThat(output).contains(OnlyEquals.class.getName());
    }

    @Test
    void whatStandsWithinOthersIsLookedAtToo(CapturedOutput output) {
        KeyParts.frozen(List.of(Map.of("k", new Object[] {new Within()})));
        assertThat(output).contains(Within.class.getName());
    }

    static Stream<Object> comparable() {
        return Stream.of("text", 7, TimeUnit.DAYS, String.class, URI.create("a:b"), new Compared(7), new Derived());
    }

    @ParameterizedTest
    @MethodSource("comparable")
    void whatIsComparedByContentIsNotReported(Object key, CapturedOutput output) {
        KeyParts.frozen(key);
        assertThat(output).doesNotContain("A key of single-flight");
    }

    private static final class Nothing {}

    private static final class Within {}

    @SuppressWarnings({"EqualsHashCode", "overrides"}) // users write such
    private static final class OnlyEquals {
        @Override
        public boolean equals(Object other) {
            return other instanceof OnlyEquals;
        }
    }

    private record Compared(int id) {}

    private static class Base {
        @Override
        public boolean equals(Object other) {
            return other instanceof Base;
        }

        @Override
        public int hashCode() {
            return Objects.hash(7);
        }
    }

    private static final class Derived extends Base {}
}
