package dev.singleflight.sample;

import java.net.URI;

/**
 * Callers that all ask for the same at once.
 *
 * @param report where the report that they ask for is served
 * @param callers how many they are, 1 to {@value #MOST}
 */
record Herd(URI report, int callers) {

    /** The largest herd; the server has a thread for each of its callers. */
    static final int MOST = 500;

    Herd {
        if (callers < 1 || callers > MOST) {
            throw new IllegalArgumentException("A herd has 1 to " + MOST + " callers.");
        }
    }
}
