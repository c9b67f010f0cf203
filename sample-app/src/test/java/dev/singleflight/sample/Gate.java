package dev.singleflight.sample;

import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import net.ttddyy.dsproxy.ExecutionInfo;
import net.ttddyy.dsproxy.QueryInfo;
import net.ttddyy.dsproxy.listener.QueryExecutionListener;
import org.jspecify.annotations.Nullable;

/** Holds queries that the database has answered until a test lets them go: so a test decides when a flight lands. */
final class Gate implements QueryExecutionListener {

    private volatile @Nullable Closed closed;

    /** From now on queries that contain the text are held. */
    void close(String text) {
        closed = new Closed(text, new AtomicInteger(), new CountDownLatch(1));
    }

    /** Lets all go. */
    void open() {
        Closed gate = closed;
        closed = null;
        if (gate != null) {
            gate.opened.countDown();
        }
    }

    /** How many were held since the gate was closed. */
    int held() {
        Closed gate = closed;
        return gate == null ? 0 : gate.held.get();
    }

    @Override
    public void beforeQuery(ExecutionInfo execution, List<QueryInfo> statements) {}

    @Override
    public void afterQuery(ExecutionInfo execution, List<QueryInfo> statements) {
        Closed gate = closed;
        if (gate != null
                && statements.stream()
                        .anyMatch(statement -> statement.getQuery().contains(gate.text))) {
            gate.hold();
        }
    }

    private record Closed(String text, AtomicInteger held, CountDownLatch opened) {

        void hold() {
            held.incrementAndGet();
            try {
                if (!opened.await(1, TimeUnit.MINUTES)) {
                    throw new IllegalStateException("The gate was never opened.");
                }
            } catch (InterruptedException interrupted) {
                Thread.currentThread().interrupt();
                throw new IllegalStateException("Interrupted at the gate.", interrupted);
            }
        }
    }
}
