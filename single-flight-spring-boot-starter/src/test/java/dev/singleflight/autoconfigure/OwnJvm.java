package dev.singleflight.autoconfigure;

import static org.assertj.core.api.Assertions.assertThat;

import dev.singleflight.Callers;
import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** A JVM of its own, for what would change this one. */
final class OwnJvm {

    /** Of these tests. */
    static final String CLASS_PATH = System.getProperty("java.class.path");

    private OwnJvm() {}

    /** Runs a main class to its end, which must be a normal one. */
    static void run(Class<?> main, String classPath, String... options) throws Exception {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(List.of(options));
        command.addAll(List.of("-cp", classPath, main.getName()));
        Path output = Files.createTempFile(main.getSimpleName(), ".txt");
        Process jvm = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(output.toFile())
                .start();
        try {
            boolean ended = jvm.waitFor(4 * Callers.LIMIT.toSeconds(), TimeUnit.SECONDS);
            assertThat(ended && jvm.exitValue() == 0)
                    .as("%s ended normally. %s", main.getSimpleName(), Files.readString(output))
                    .isTrue();
        } finally {
            jvm.destroyForcibly();
            Files.delete(output);
        }
    }

    /** These classes before those of the tests. */
    static String classPathWith(Path classes) {
        return classes + File.pathSeparator + CLASS_PATH;
    }
}
