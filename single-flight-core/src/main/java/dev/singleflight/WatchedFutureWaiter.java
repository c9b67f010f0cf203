package dev.singleflight;

import org.jspecify.annotations.Nullable;

/** A follower's future whose wait is limited or listened to. */
final class WatchedFutureWaiter<V extends @Nullable Object> extends FutureWaiter<V> {

    private final Watch watch;

    private final long start;

    private volatile @Nullable Alarm alarm;

    WatchedFutureWaiter(Watch watch) {
        this.watch = watch;
        this.start = watch.start();
    }

    /** Limits the wait. After joining. */
    void limit(Alarm alarm) {
        this.alarm = alarm;
        if (isDone()) {
            alarm.silence();
        }
    }

    @Override
    boolean isWatched() {
        return true;
    }

    @Override
    void waitOver(WaitEnd end) {
        Alarm set = alarm;
        if (set != null) {
            set.silence();
        }
        watch.waited(start, end);
    }
}
