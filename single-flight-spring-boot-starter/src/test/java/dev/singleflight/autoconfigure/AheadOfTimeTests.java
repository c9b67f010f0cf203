package dev.singleflight.autoconfigure;

import static org.assertj.core.api.Assertions.assertThat;

import dev.singleflight.RunningApplication;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import javax.tools.JavaCompiler;
import javax.tools.StandardJavaFileManager;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.boot.SpringApplicationAotProcessor;
import org.springframework.context.aot.AbstractAotProcessor.Settings;

/**
 * An application that is built ahead of time, as {@code process-aot} does it, and runs on the JVM with {@code
 * spring.aot.enabled}.
 */
class AheadOfTimeTests {

    @Test
    void sharesIsolatesAndIsCheckedAsWithout(@TempDir Path built) throws Exception {
        Path sources = built.resolve("sources");
        Path classes = built.resolve("classes");
        new SpringApplicationAotProcessor(
                        AheadOfTimeApplication.class,
                        Settings.builder()
                                .sourceOutput(sources)
                                .resourceOutput(built.resolve("resources"))
                                .classOutput(classes)
                                .groupId("dev.singleflight")
                                .artifactId("application")
                                .build(),
                        RunningApplication.arguments(
                                "management.endpoints.web.exposure.include=singleflight",
                                "single-flight.cache.enabled=true"))
                .process();
        compile(sources, classes);
        OwnJvm.run(AheadOfTimeApplication.Run.class, OwnJvm.classPathWith(classes), "-Dspring.aot.enabled=true");
    }

    private static void compile(Path sources, Path classes) throws IOException {
        List<Path> files = new ArrayList<>();
        try (Stream<Path> all = Files.walk(sources)) {
            all.filter(file -> file.toString().endsWith(".java")).forEach(files::add);
        }
        JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
        try (StandardJavaFileManager manager = compiler.getStandardFileManager(null, null, null)) {
            assertThat(compiler.getTask(
                                    null,
                                    manager,
                                    null,
                                    List.of(
                                            "-proc:none",
                                            "-nowarn",
                                            "-cp",
                                            OwnJvm.CLASS_PATH,
                                            "-d",
                                            classes.toString()),
                                    null,
                                    manager.getJavaFileObjectsFromPaths(files))
                            .call())
                    .as("the generated sources compile")
                    .isTrue();
        }
    }
}
