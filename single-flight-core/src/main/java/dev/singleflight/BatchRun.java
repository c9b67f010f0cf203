package dev.singleflight;

import org.jspecify.annotations.Nullable;

/** The run of a batch on an executor, whose caller waits for it. */
final class BatchRun<K, V extends @Nullable Object> extends Run<V> {

    private final Batch<K, V> batch;

    BatchRun(Batch<K, V> batch) {
        this.batch = batch;
    }

    @Override
    void go() {
        batch.run();
    }

    @Override
    void refused(Throwable failure) {
        batch.fail(failure);
    }

    /** One of its flights is over; the others are not, so the run begins all the same. */
    @Override
    boolean withdraw(Moved<V> end) {
        return false;
    }

    @Override
    void withdrawn(Moved<V> end) {}
}
