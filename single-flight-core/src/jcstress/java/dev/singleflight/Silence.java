package dev.singleflight;

import java.util.logging.Level;
import java.util.logging.Logger;

/** Groups that are made by the million, each of which warns once. */
final class Silence {

    private static final Logger OURS = Logger.getLogger("dev.singleflight");

    private Silence() {}

    static void ofWarnings() {
        OURS.setLevel(Level.OFF);
    }
}
