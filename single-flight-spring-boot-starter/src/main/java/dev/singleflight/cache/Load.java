package dev.singleflight.cache;

import java.util.concurrent.Future;
import org.jspecify.annotations.Nullable;

/** One run of a loader. Once its key is changed in the cache it is <em>outdated</em>: its value is for its callers alone. */
final class Load {

    /** Set by whoever changes the key, before he does; never unset. */
    private volatile boolean outdated;

    /** Written once, by the thread that starts the load. */
    private volatile @Nullable Future<?> loading;

    boolean isOutdated() {
        return outdated;
    }

    void outdate() {
        outdated = true;
    }

    void waitsFor(Future<?> future) {
        loading = future;
    }

    /** Nobody wants its value any more. */
    void cancel() {
        Future<?> future = loading;
        if (future != null) {
            future.cancel(true);
        }
    }
}
