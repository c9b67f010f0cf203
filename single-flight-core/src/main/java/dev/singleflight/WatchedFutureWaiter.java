package dev.singleflight;

import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** A follower's future whose wait is limited or listened to. */
final class WatchedFutureWaiter<V extends @Nullable Object> extends FutureWaiter<V> {

    private final Watch watch;

    private final long start;

    private final boolean offExecutor = Run.isOnExecutor();

    private final AtomicBoolean heard = new AtomicBoolean();

    private volatile @Nullable Alarm alarm;

    WatchedFutureWaiter(Watch watch, Supplier<? extends CompletionStage<? extends V>> call) {
        super(call);
        this.watch = watch;
        this.start = watch.start();
    }

    /** Limits the wait, also that for its own call where it has to lead. After joining. */
    void limit(Alarm alarm) {
        this.alarm = alarm;
        if (isDone()) {
            alarm.silence();
        }
    }

    @Override
    boolean isOffExecutor() {
        return offExecutor;
    }

    @Override
    boolean isWatched() {
        return true;
    }

    @Override
    void waitOver(WaitEnd end) {
        Alarm set = alarm;
        if (set != null && end != WaitEnd.HANDED_OVER) {
            set.silence();
        }
        if (!heard.getAndSet(true)) {
            watch.waited(start, end);
        }
    }
}
