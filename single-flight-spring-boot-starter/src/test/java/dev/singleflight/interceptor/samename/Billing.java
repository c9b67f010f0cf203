package dev.singleflight.interceptor.samename;

import dev.singleflight.annotation.SingleFlight;

/** Has a namesake in another package. */
public final class Billing {

    private Billing() {}

    public static class UserService {
        @SingleFlight(key = "#id")
        public String find(int id) {
            return "user " + id;
        }
    }
}
