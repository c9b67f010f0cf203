package dev.singleflight.benchmarks.spring;

import dev.singleflight.annotation.SingleFlight;

/** Ours. */
class SingleFlightUsers extends PlainUsers {

    @Override
    @SingleFlight(key = "#id")
    public User find(Long id) {
        return FOUND;
    }

    @Override
    @SingleFlight(key = "#user.id")
    public User load(User user) {
        return FOUND;
    }
}
