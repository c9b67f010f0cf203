package dev.singleflight;

import org.jspecify.annotations.Nullable;

/** The run of a blocking call on an executor, whose caller waits for it. */
final class BlockingRun<V extends @Nullable Object> extends Run<V> {

    private final Tower<V> tower;

    private final Flight<V> flight;

    private final FlightCall<? extends V, ?> call;

    private final ParkedWaiter<V> caller;

    BlockingRun(Tower<V> tower, Flight<V> flight, FlightCall<? extends V, ?> call, Patience patience) {
        this.tower = tower;
        this.flight = flight;
        this.call = call;
        this.caller = ParkedWaiter.leading(tower, patience, flight, this);
    }

    /** The wait of the caller. */
    ParkedWaiter<V> caller() {
        return caller;
    }

    @Override
    void go() {
        tower.landings().lead(flight, call, caller);
    }

    @Override
    void refused(Throwable failure) {
        tower.landings().landUnstarted(flight, Outcome.failure(failure), caller);
    }

    @Override
    void withdrawn(Moved<V> end) {
        caller.tell(end);
    }
}
