package dev.singleflight.benchmarks.spring;

/** One call through a proxy, with an id or with an object that has one. */
@FunctionalInterface
public interface AdvisedCalls {

    Object call(Long id, User user);
}
