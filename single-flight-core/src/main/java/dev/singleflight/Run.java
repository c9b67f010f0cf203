package dev.singleflight;

import java.util.Objects;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * A run that need not begin on its caller's thread. It begins once, whoever starts it: its executor, or a thread of an
 * executor that would wait for it otherwise.
 */
abstract sealed class Run<V extends @Nullable Object> implements Runnable permits BlockingRun, AsyncRun, BatchRun {

    /** Marks the threads that are running flights for an executor. */
    private static final ThreadLocal<Boolean> ON_EXECUTOR = new ThreadLocal<>();

    private final AtomicBoolean begun = new AtomicBoolean();

    /** Whether this thread is running a flight for an executor: waiting for a place there could starve it. */
    static boolean isOnExecutor() {
        return ON_EXECUTOR.get() != null;
    }

    /** For an executor. */
    @Override
    public final void run() {
        boolean nested = isOnExecutor();
        ON_EXECUTOR.set(true);
        try {
            runHere();
        } finally {
            if (!nested) {
                ON_EXECUTOR.remove();
            }
        }
    }

    /** Runs on this thread, unless it has begun. */
    final void runHere() {
        if (begin()) {
            go();
        }
    }

    /** Gives it to the group's executor; where that would not take it, the run has failed. */
    final void queue(GroupConfig config) {
        try {
            Objects.requireNonNull(config.executor()).execute(this);
        } catch (Throwable refused) {
            if (begin()) {
                refused(refused);
            }
        }
    }

    /** Lets its caller go over to where the others go, unless it has begun: its flight is over without it. */
    void withdraw(Moved<V> end) {
        if (begin()) {
            withdrawn(end);
        }
    }

    /** Takes the right to begin; true once. */
    final boolean begin() {
        return begun.compareAndSet(false, true);
    }

    final boolean hasBegun() {
        return begun.get();
    }

    /** Runs the call and lands its flight. */
    abstract void go();

    abstract void refused(Throwable failure);

    abstract void withdrawn(Moved<V> end);
}
