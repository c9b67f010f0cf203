package dev.singleflight.benchmarks;

import dev.singleflight.benchmarks.contender.Call;
import dev.singleflight.benchmarks.contender.Contender;
import dev.singleflight.benchmarks.contender.SharedCalls;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/** What a call costs that hardly does anything. */
@State(Scope.Benchmark)
@SuppressWarnings("NullAway.Init") // JMH fills it
public class CallBenchmark {

    static final String CONTENDER = "contender";

    private static final Object ONE_KEY = 4711L;

    @Param({})
    public Contender contender;

    private final Object value = new Object();

    private final Call call = () -> value;

    private SharedCalls calls;

    @Setup
    public void open() {
        calls = contender.open();
    }

    /** Other keys on each thread, the same key objects again and again. */
    @Benchmark
    public Object oldKeys(Worker worker) {
        return calls.get(worker.oldKey(), call);
    }

    /** Other keys on each thread, a new object for each call, as a web request has it. */
    @Benchmark
    public Object freshKeys(Worker worker) {
        return calls.get(worker.freshKey(), call);
    }

    /** One key for all threads. */
    @Benchmark
    public Object oneKey(Worker worker) {
        worker.counted();
        return calls.get(ONE_KEY, call);
    }
}
