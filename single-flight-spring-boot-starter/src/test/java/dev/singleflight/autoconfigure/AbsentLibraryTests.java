package dev.singleflight.autoconfigure;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.io.File;
import java.io.IOException;
import java.net.MalformedURLException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.springframework.util.StringUtils;

/** An application that really lacks a library, down to the linking of our classes. */
class AbsentLibraryTests {

    @ParameterizedTest(name = "{0}")
    @CsvSource({
        "Actuator, org.springframework.boot.actuate.endpoint.annotation.Endpoint, spring-boot-(starter-)?actuator.*",
        "Micrometer, io.micrometer.core.instrument.MeterRegistry, micrometer-(core|registry-prometheus|jakarta9).*",
        "context propagation, io.micrometer.context.ContextSnapshot, context-propagation.*",
        "AspectJ, org.aspectj.weaver.tools.PointcutParser, aspectjweaver.*",
        "cache adapters, org.springframework.cache.transaction.TransactionAwareCacheDecorator, spring-(context-support|data-redis).*",
        "a web server, jakarta.servlet.Servlet, (tomcat-embed|spring-web).*",
        "any of them, jakarta.servlet.Servlet, (spring-boot-(starter-)?actuator|context-propagation|micrometer-(core|reg|jak)|aspectjweaver|"
                + "tomcat-embed|spring-web|spring-tx|spring-jdbc|spring-r2dbc|r2dbc-|reactor-|reactive-streams|spring-security|"
                + "spring-context-support|spring-data-redis|lettuce).*"
    })
    void sharesCallsWithout(String library, String oneOfItsClasses, Pattern jars) throws Exception {
        ClassLoader before = Thread.currentThread().getContextClassLoader();
        try (URLClassLoader without = without(jars)) {
            assertThatExceptionOfType(ClassNotFoundException.class)
                    .as("%s is absent", library)
                    .isThrownBy(() -> without.loadClass(oneOfItsClasses));
            Thread.currentThread().setContextClassLoader(without);

            Object runs = without.loadClass(SmallApplication.class.getName())
                    .getMethod("runsOfTwoCalls")
                    .invoke(null);

            assertThat(runs).as("runs of two calls without %s", library).isEqualTo(1);
        } finally {
            Thread.currentThread().setContextClassLoader(before);
        }
    }

    /** A loader of this class path but for these jars, which shares no class with us. */
    private static URLClassLoader without(Pattern jars) throws IOException {
        List<URL> urls = new ArrayList<>();
        for (String entry :
                StringUtils.delimitedListToStringArray(System.getProperty("java.class.path"), File.pathSeparator)) {
            if (!jars.matcher(Path.of(entry).getFileName().toString()).matches()) {
                urls.add(url(entry));
            }
        }
        return new URLClassLoader(urls.toArray(URL[]::new), ClassLoader.getPlatformClassLoader());
    }

    private static URL url(String entry) throws MalformedURLException {
        return Path.of(entry).toUri().toURL();
    }
}
