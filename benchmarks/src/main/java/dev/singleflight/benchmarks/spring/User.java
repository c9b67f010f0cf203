package dev.singleflight.benchmarks.spring;

/** An argument whose id is the key. */
public record User(Long id) {}
