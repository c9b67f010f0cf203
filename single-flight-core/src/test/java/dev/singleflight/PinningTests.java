package dev.singleflight;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.singleflight.Callers.Caller;
import dev.singleflight.Callers.Kind;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import jdk.jfr.Recording;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordingFile;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Rule 11: a virtual thread that leads or waits never pins its carrier. As the JDK's own flight recorder sees it. */
class PinningTests {

    private static final String PINNED = "jdk.VirtualThreadPinned";

    @TempDir
    private Path folder;

    private Kind virtual;

    @BeforeEach
    void needVirtualThreads() {
        virtual = Callers.kinds()
                .filter(kind -> kind.name().equals("virtual"))
                .findAny()
                .orElse(null);
        assumeTrue(virtual != null, "this JDK has no virtual threads");
    }

    @Test
    void herdOfVirtualThreadsPinsNoCarrier() throws IOException {
        herd(10); // classes are initialized by now: a thread that waits in an initializer is pinned

        assertThat(pinnedDuring(() -> herd(virtual.herd()))).isEmpty();
    }

    @Test
    void stormOfVirtualThreadsPinsNoCarrier() throws IOException {
        GroupConfig config = GroupConfig.of("storm").withStuckAfter(Duration.ofMillis(1));
        new Storm(config).blow(400, 40, virtual.threads(), 0);

        assertThat(pinnedDuring(() -> new Storm(config).blow(4_000, 200, virtual.threads(), 1)))
                .isEmpty();
    }

    /** Else the tests above could not fail. */
    @Test
    void recorderSeesPinnedThreads() throws IOException {
        assertThat(pinnedDuring(() -> {
                    try (Callers callers = new Callers(virtual.threads())) {
                        callers.start(() -> Parking.DONE);
                    }
                }))
                .isNotEmpty();
    }

    private void herd(int size) {
        SingleFlightGroup<String, String> group = SingleFlightGroup.create("herd");
        HeldCall<String> call = HeldCall.returning("value");
        try (Callers callers = new Callers(virtual.threads())) {
            Caller<String> leader = callers.start(() -> group.execute("key", call));
            call.awaitRun();
            List<Caller<String>> followers = callers.follow(group, size, () -> group.execute("key", call));
            call.release();
            assertThat(leader.value()).isEqualTo("value");
            assertThat(followers).extracting(Caller::value).containsOnly("value");
        }
        assertThat(call.runs()).isEqualTo(1);
    }

    private List<RecordedEvent> pinnedDuring(Runnable action) throws IOException {
        Path file = folder.resolve("pinned.jfr");
        try (Recording recording = new Recording()) {
            recording.enable(PINNED).withoutThreshold().withStackTrace();
            recording.start();
            action.run();
            recording.stop();
            recording.dump(file);
        }
        return RecordingFile.readAllEvents(file).stream()
                .filter(event -> event.getEventType().getName().equals(PINNED))
                .toList();
    }

    /** Its initializer parks, with a native frame on the stack. */
    private static final class Parking {

        private static final Object DONE = park();

        private static Object park() {
            LockSupport.parkNanos(1_000_000);
            return "done";
        }
    }
}
