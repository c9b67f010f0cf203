package dev.singleflight.benchmarks.spring;

/** What is advised. */
public interface Users {

    User find(Long id);

    User load(User user);
}
