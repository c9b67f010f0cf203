package dev.singleflight;

/** A key whose hash code its test changes, and that runs what its test wants when it is asked for it. */
final class HookedKey {

    private final String name;

    volatile int hash = 1;

    volatile Runnable hook = () -> {};

    HookedKey(String name) {
        this.name = name;
    }

    /** Runs the action, once, when it is asked for its hash code while the group has a flight. */
    void onceInFlight(SingleFlightGroup<?, ?> group, Runnable action) {
        hook = () -> {
            if (group.stats().active() > 0) {
                hook = () -> {};
                action.run();
            }
        };
    }

    @Override
    public boolean equals(Object other) {
        return this == other;
    }

    @Override
    public int hashCode() {
        hook.run();
        return hash;
    }

    @Override
    public String toString() {
        return name;
    }
}
