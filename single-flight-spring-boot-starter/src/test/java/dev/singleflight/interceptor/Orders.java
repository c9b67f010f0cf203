package dev.singleflight.interceptor;

import dev.singleflight.annotation.SingleFlight;

/** A class that a test strips of its parameter names, which it can only do to one that is nested in no other. */
class Orders {

    @SingleFlight(key = "#id + #name")
    public void byName(long id, String name) {}

    @SingleFlight(key = "#a0 + #p1 + #a1.length()")
    public void byPosition(long id, String name) {}
}
