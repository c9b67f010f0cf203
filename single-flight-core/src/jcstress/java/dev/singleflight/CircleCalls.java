package dev.singleflight;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;

/** Calls for the keys 0, 1, ..., whose runs call for the next key each, the last one's for the first. */
final class CircleCalls {

    /** Lets the others lead too; nothing depends on whether they do. No yield: on a busy machine that takes for ever. */
    private static final int PATIENCE = 2_000;

    /** One is enough: with more of them the test would not end in time, and time is all that it would complain about. */
    private static volatile boolean anyHung;

    private final SingleFlightGroup<Integer, String> group = SingleFlightGroup.create(
            GroupConfig.of("group").withWaitTimeout(Duration.ofSeconds(10)).withStuckAfter(null));

    private final AtomicInteger leading = new AtomicInteger();

    private final int keys;

    CircleCalls(int keys) {
        Silence.ofWarnings();
        this.keys = keys;
    }

    /** How the call for the next key, from within that for this one, came to its outcome; where another's was joined, that. */
    String nest(int key) {
        if (anyHung) {
            return "next";
        }
        try {
            return group.execute(key, () -> {
                leading.incrementAndGet();
                for (int i = 0; i < PATIENCE && leading.get() < keys; i++) {
                    Thread.onSpinWait();
                }
                return group.fly((key + 1) % keys, () -> "next").role().name();
            });
        } catch (FlightTimeoutException hung) {
            anyHung = true;
            return "hung";
        }
    }
}
