package dev.singleflight.interceptor;

import dev.singleflight.annotation.SingleFlight;

/** Has a namesake in another package. */
final class Billing {

    private Billing() {}

    static class UserService {
        @SingleFlight(key = "#id")
        public String find(int id) {
            return "user " + id;
        }
    }
}
