package dev.singleflight;

import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/** The clock and the guard of a group's listener. Without a listener it reads no clock and does nothing. */
final class Watch {

    private static final Logger LOGGER = System.getLogger(Watch.class.getName());

    private final String group;

    private final LongSupplier ticker;

    private final @Nullable FlightListener listener;

    Watch(GroupConfig config) {
        this.group = config.name();
        this.ticker = config.ticker();
        this.listener = config.listener();
    }

    boolean isListening() {
        return listener != null;
    }

    /** When a run or wait began. */
    long start() {
        if (listener != null) {
            try {
                return ticker.getAsLong();
            } catch (Throwable thrown) {
                log(thrown);
            }
        }
        return 0;
    }

    void ran(long start, @Nullable Throwable failure) {
        if (listener != null) {
            try {
                listener.onRun(group, ticker.getAsLong() - start, failure);
            } catch (Throwable thrown) {
                log(thrown);
            }
        }
    }

    void waited(long start, WaitEnd end) {
        if (listener != null) {
            try {
                listener.onWait(group, ticker.getAsLong() - start, end);
            } catch (Throwable thrown) {
                log(thrown);
            }
        }
    }

    void stale() {
        if (listener != null) {
            try {
                listener.onStale(group);
            } catch (Throwable thrown) {
                log(thrown);
            }
        }
    }

    private void log(Throwable thrown) {
        LOGGER.log(Level.WARNING, "The listener of group '" + group + "' failed; no caller saw it", thrown);
    }
}
