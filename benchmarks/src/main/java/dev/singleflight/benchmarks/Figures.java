package dev.singleflight.benchmarks;

import java.util.HashMap;
import java.util.Map;
import java.util.function.Supplier;

/** What was measured of each contender; nothing at first. */
final class Figures<C extends Enum<C>, F> {

    private final Map<C, F> figures = new HashMap<>();

    private final Supplier<F> none;

    Figures(Supplier<F> none) {
        this.none = none;
    }

    F of(C contender) {
        return figures.computeIfAbsent(contender, it -> none.get());
    }
}
