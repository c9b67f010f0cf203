package dev.singleflight.sample;

import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.binder.MeterBinder;
import java.util.List;
import java.util.concurrent.atomic.LongAdder;
import net.ttddyy.dsproxy.ExecutionInfo;
import net.ttddyy.dsproxy.QueryInfo;
import net.ttddyy.dsproxy.listener.QueryExecutionListener;
import org.springframework.stereotype.Component;

/** Counts what reaches the database. It knows nothing of single flight, so it can bear witness. */
@Component
final class QueryCounter implements QueryExecutionListener, MeterBinder {

    private final LongAdder queries = new LongAdder();

    /** How many statements were sent since the start. */
    long queries() {
        return queries.sum();
    }

    @Override
    public void beforeQuery(ExecutionInfo execution, List<QueryInfo> statements) {
        queries.increment();
    }

    @Override
    public void afterQuery(ExecutionInfo execution, List<QueryInfo> statements) {}

    @Override
    public void bindTo(MeterRegistry registry) {
        FunctionCounter.builder("sample.database.queries", this, QueryCounter::queries)
                .description("Statements that reached the database")
                .register(registry);
    }
}
