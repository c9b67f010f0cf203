package dev.singleflight;

/** How long a caller waits, over all the flights that it may have to wait for. Confined to its thread. */
final class Patience {

    private final long limit;

    private long start;

    private boolean begun;

    /** In nanoseconds from when it {@linkplain #begin begins}; {@link Tower#UNLIMITED} for no limit. */
    Patience(long limit) {
        this.limit = limit;
    }

    boolean isLimited() {
        return limit != Tower.UNLIMITED;
    }

    /** In nanoseconds. */
    long limit() {
        return limit;
    }

    /** It begins with the first wait. */
    void begin(long now) {
        if (!begun) {
            begun = true;
            start = now;
        }
    }

    /** In nanoseconds. */
    long waited(long now) {
        return now - start;
    }

    /** In nanoseconds; zero or less where it has ended. */
    long left(long now) {
        return isLimited() ? limit - waited(now) : Tower.UNLIMITED;
    }
}
