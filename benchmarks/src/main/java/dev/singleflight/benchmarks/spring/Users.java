package dev.singleflight.benchmarks.spring;

/** What is advised. */
public interface Users {

    Object find(Long id);

    Object load(User user);
}
