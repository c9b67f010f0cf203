package dev.singleflight.benchmarks.contender;

/** Runs a call for a key, or shares the outcome of the run that is there; nothing is kept when it has ended. */
@FunctionalInterface
public interface SharedCalls {

    Object get(Object key, Call call);
}
