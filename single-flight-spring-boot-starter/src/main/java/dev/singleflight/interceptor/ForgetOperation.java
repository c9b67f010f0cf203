package dev.singleflight.interceptor;

/**
 * What one {@code @SingleFlightForget} on a method of a class comes to. Resolved once.
 *
 * @param group the group's name
 * @param key makes the user's part of the key to forget
 */
record ForgetOperation(String group, CallKey key) {}
