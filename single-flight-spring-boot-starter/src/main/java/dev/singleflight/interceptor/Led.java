package dev.singleflight.interceptor;

import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import reactor.util.context.Context;
import reactor.util.context.ContextView;

/**
 * In the Reactor context of a run: what it is the run of. A reactive run is on no thread of its own, so this alone tells that a
 * call comes from within the run of its own key, for which it would wait.
 */
final class Led {

    private final Object group;

    private final Object key;

    private final @Nullable Led outer;

    private volatile boolean over;

    private Led(Object group, Object key, @Nullable Led outer) {
        this.group = group;
        this.key = key;
        this.outer = outer;
    }

    /** What the runs around a subscriber are of, with one more. */
    static Led within(ContextView context, Object group, Object key) {
        return new Led(group, key, around(context).orElse(null));
    }

    /** Whether a subscriber with this context is part of a run of the key that has not ended. */
    static boolean isLed(ContextView context, Object group, Object key) {
        Led led = around(context).orElse(null);
        while (led != null && !(led.group == group && !led.over && led.key.equals(key))) {
            led = led.outer;
        }
        return led != null;
    }

    /** The context of the run. */
    Context in(ContextView context) {
        return Context.of(context).put(Led.class, this);
    }

    /** Lasts until the run ends. */
    void until(CompletableFuture<?> end) {
        CompletableFuture<?> unused = end.whenComplete((value, failure) -> over = true);
    }

    private static Optional<Led> around(ContextView context) {
        return context.getOrEmpty(Led.class);
    }
}
