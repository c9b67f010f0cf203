package dev.singleflight.benchmarks.contender;

import dev.singleflight.FlightCall;
import java.util.concurrent.Callable;
import java.util.function.Function;

/** A call in every type that a contender asks for, so that none pays for an adapter. */
@FunctionalInterface
public interface Call extends FlightCall<Object, RuntimeException>, Callable<Object>, Function<Object, Object> {

    @Override
    Object call();

    @Override
    default Object apply(Object key) {
        return call();
    }
}
