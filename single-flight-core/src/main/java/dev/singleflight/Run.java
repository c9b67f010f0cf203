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

    /** A thread of an executor runs what is queued itself before it waits for it: nobody else may be there to do it. */
    static void startQueued(Flight<?> flight) {
        Run<?> queued = flight.run();
        if (queued != null && isOnExecutor()) {
            queued.runHere();
        }
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

    /** Lets its caller go over to where the others go; false where it has begun. Its flight is over without it. */
    boolean withdraw(Moved<V> end) {
        boolean withdrawn = begin();
        if (withdrawn) {
            withdrawn(end);
        }
        return withdrawn;
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
