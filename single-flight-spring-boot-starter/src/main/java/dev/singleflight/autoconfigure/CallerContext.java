package dev.singleflight.autoconfigure;

import java.util.stream.Stream;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.core.task.TaskDecorator;
import org.springframework.core.task.support.CompositeTaskDecorator;

/**
 * Takes what belongs to a caller's thread along to the thread that runs its call. No {@code TaskDecorator}: Spring Boot would
 * give those to its own executors.
 */
@FunctionalInterface
interface CallerContext {

    /** All that goes along: what the application's decorators take, and what ours do. */
    static TaskDecorator all(ObjectProvider<TaskDecorator> decorators, ObjectProvider<CallerContext> contexts) {
        return new CompositeTaskDecorator(Stream.concat(
                        decorators.orderedStream(),
                        contexts.orderedStream().map(context -> (TaskDecorator) context::carry))
                .toList());
    }

    /**
     * Called on the caller's thread.
     *
     * @return runs it with what the caller's thread has now, and leaves nothing of that behind
     */
    Runnable carry(Runnable run);
}
