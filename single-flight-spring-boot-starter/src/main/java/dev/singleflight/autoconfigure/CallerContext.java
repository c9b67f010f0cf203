package dev.singleflight.autoconfigure;

/**
 * Takes what belongs to a caller's thread along to the thread that runs its call. No {@code TaskDecorator}: Spring Boot would
 * give those to its own executors.
 */
@FunctionalInterface
interface CallerContext {

    /**
     * Called on the caller's thread.
     *
     * @return runs it with what the caller's thread has now, and leaves nothing of that behind
     */
    Runnable carry(Runnable run);
}
