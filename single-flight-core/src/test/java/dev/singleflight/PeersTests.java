package dev.singleflight;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.lang.reflect.Method;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The table of what the tests of our peers watch names tests that are there. */
class PeersTests {

    private static final Path TABLE = Path.of("src/test/java/dev/singleflight/package-info.java");

    private static final Pattern TEST = Pattern.compile("\\{@link\\s+(\\w+)#(\\w+)}");

    static Stream<Link> links() throws IOException {
        return TEST.matcher(Files.readString(TABLE))
                .results()
                .map(link -> new Link(link.group(1), link.group(2)))
                .distinct();
    }

    @ParameterizedTest
    @MethodSource("links")
    void testThatTheTableNamesIsThere(Link link) throws ClassNotFoundException {
        Class<?> tests = Class.forName(getClass().getPackageName() + "." + link.tests());

        assertThat(Arrays.stream(tests.getDeclaredMethods())
                        .filter(method -> method.getName().equals(link.test())))
                .isNotEmpty()
                .allMatch(PeersTests::isTest);
    }

    private static boolean isTest(Method method) {
        return method.isAnnotationPresent(Test.class) || method.isAnnotationPresent(ParameterizedTest.class);
    }

    /** What the table names. */
    record Link(String tests, String test) {}
}
