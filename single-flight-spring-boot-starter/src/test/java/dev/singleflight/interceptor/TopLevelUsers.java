package dev.singleflight.interceptor;

import dev.singleflight.annotation.SingleFlight;

/** A bean whose class is nested in no other. */
class TopLevelUsers {

    @SingleFlight
    public String find(int id) {
        return "user " + id;
    }
}
