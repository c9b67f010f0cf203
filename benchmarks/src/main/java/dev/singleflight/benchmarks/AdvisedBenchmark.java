package dev.singleflight.benchmarks;

import dev.singleflight.benchmarks.spring.Advice;
import dev.singleflight.benchmarks.spring.AdvisedCalls;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/** What a call costs through a Spring proxy, of a method that hardly does anything. */
@State(Scope.Benchmark)
@SuppressWarnings("NullAway.Init") // JMH fills it
public class AdvisedBenchmark {

    static final String ADVICE = "advice";

    @Param({})
    public Advice advice;

    private AdvisedCalls calls;

    @Setup
    public void open() {
        calls = advice.open();
    }

    @Benchmark
    public Object find(Worker worker) {
        return calls.call(worker.oldKey(), worker.user());
    }
}
