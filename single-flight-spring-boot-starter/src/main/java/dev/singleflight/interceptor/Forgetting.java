package dev.singleflight.interceptor;

import dev.singleflight.SingleFlightGroup;
import dev.singleflight.SingleFlightGroups;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import org.aopalliance.intercept.MethodInvocation;
import org.jspecify.annotations.Nullable;

/** Forgets keys once a method has succeeded, and before its caller learns of it. */
final class Forgetting {

    private Forgetting() {}

    /** Forgets now, or when the future has completed with a value; gives what the caller gets. */
    @SuppressWarnings("FutureReturnValueIgnored") // it is what the advised method returns
    static @Nullable Object after(
            @Nullable Object result,
            boolean future,
            List<ForgetOperation> forgets,
            MethodInvocation invocation,
            SingleFlightGroups groups) {
        if (future && result instanceof CompletionStage<?> stage) {
            return after(stage, forgets, invocation, groups);
        }
        forget(result, forgets, invocation, groups, CallerTransaction::afterCommit);
        return result;
    }

    private static CompletableFuture<@Nullable Object> after(
            CompletionStage<?> stage,
            List<ForgetOperation> forgets,
            MethodInvocation invocation,
            SingleFlightGroups groups) {
        List<Runnable> again = new CopyOnWriteArrayList<>();
        CallerTransaction.afterCommit(() -> again.forEach(Runnable::run));
        CompletableFuture<@Nullable Object> own = new CompletableFuture<>();
        stage.whenComplete((value, failure) -> {
            if (failure != null) {
                own.completeExceptionally(failure);
                return;
            }
            try {
                forget(value, forgets, invocation, groups, again::add);
                own.complete(value);
            } catch (Throwable thrown) {
                own.completeExceptionally(thrown);
            }
        });
        // As if the caller had the method's own. Where that has ended, it has no effect.
        CompletableFuture<@Nullable Object> unused = own.whenComplete((value, failure) -> {
            if (own.isCancelled() && stage instanceof CompletableFuture<?> future) {
                future.cancel(true);
            }
        });
        return own;
    }

    /**
     * Forgets the keys as they are now: after the commit the arguments may be others.
     *
     * @param again gets each forgetting before it is done, so that a commit either finds it or comes before it
     */
    private static void forget(
            @Nullable Object result,
            List<ForgetOperation> forgets,
            MethodInvocation invocation,
            SingleFlightGroups groups,
            Consumer<Runnable> again) {
        for (ForgetOperation forget : forgets) {
            Object key = forget.key().of(invocation, result);
            Runnable task = () -> groups.find(forget.group()).ifPresent(group -> forget(group, key));
            again.accept(task);
            task.run();
        }
    }

    /** On every target, for every tenant: the user's part of the key alone is compared. */
    private static void forget(SingleFlightGroup<?, ?> group, Object key) {
        group.forgetIf(inFlight -> TargetKey.userKey(inFlight).equals(key));
    }
}
