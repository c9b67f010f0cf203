package dev.singleflight.benchmarks.spring;

/** For aspects. */
class SharedUsers extends PlainUsers {

    @Override
    @Shared(key = "#id")
    public User find(Long id) {
        return FOUND;
    }
}
