package dev.singleflight;

import java.time.Duration;

/**
 * A flight as it stood when someone looked.
 *
 * @param key its key
 * @param age the time since its first follower began to wait; zero while it has had none
 * @param followers the callers that wait for it, its leader not among them
 * @param leader the name of the thread that runs its call; empty where none does (queued, or waiting for a future)
 * @param stuck whether it was declared stuck, so that newcomers no longer join it
 */
public record FlightInfo(Object key, Duration age, int followers, String leader, boolean stuck) {

    static FlightInfo of(Flight<?> flight, long age, int followers, boolean stuck) {
        Thread leader = flight.leader();
        return new FlightInfo(
                flight.key(), Duration.ofNanos(age), followers, leader == null ? "" : leader.getName(), stuck);
    }
}
