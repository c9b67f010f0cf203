package dev.singleflight.benchmarks.contender;

import dev.singleflight.SingleFlightGroup;
import java.util.function.Supplier;

/** Who takes part where callers do not wait but get futures. */
public enum AsyncContender {
    IDIOM_A("idiom A and `copy()`", FutureCopies::new),
    GROUP("**single-flight group**", AsyncContender::group);

    private final String title;

    @SuppressWarnings("ImmutableEnumChecker") // a constructor reference
    private final Supplier<AsyncSharedCalls> open;

    AsyncContender(String title, Supplier<AsyncSharedCalls> open) {
        this.title = title;
        this.open = open;
    }

    public String title() {
        return title;
    }

    /** A new, empty one. */
    public AsyncSharedCalls open() {
        return open.get();
    }

    private static AsyncSharedCalls group() {
        SingleFlightGroup<Object, Object> group = SingleFlightGroup.create("calls");
        return group::executeAsync;
    }
}
