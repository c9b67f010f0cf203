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
import org.springframework.aop.ProxyMethodInvocation;

/** Forgets keys once a method has succeeded, and before its caller learns of it. */
final class Forgetting {

    private final MethodOperations operations;

    private final SingleFlightGroups groups;

    Forgetting(MethodOperations operations, SingleFlightGroups groups) {
        this.operations = operations;
        this.groups = groups;
    }

    /** Forgets now, or when what the method returned has ended with success; gives what the caller gets. */
    @SuppressWarnings("FutureReturnValueIgnored") // it is what the advised method returns
    @Nullable
    Object after(@Nullable Object result, MethodInvocation invocation) {
        LaterType later = operations.later();
        if (later != null) {
            MethodInvocation subscribed = SubscribedInvocation.of((ProxyMethodInvocation) invocation, later);
            return ReactiveForgetting.after(result, later, (value, again) -> forget(value, subscribed, again));
        }
        if (operations.future() && result instanceof CompletionStage<?> stage) {
            return after(stage, invocation);
        }
        forget(result, invocation, CallerTransaction::afterCommit);
        return result;
    }

    private CompletableFuture<@Nullable Object> after(CompletionStage<?> stage, MethodInvocation invocation) {
        List<Runnable> again = new CopyOnWriteArrayList<>();
        CallerTransaction.afterCommit(() -> again.forEach(Runnable::run));
        CompletableFuture<@Nullable Object> own = new CompletableFuture<>();
        stage.whenComplete((value, failure) -> {
            if (failure != null) {
                own.completeExceptionally(failure);
                return;
            }
            try {
                forget(value, invocation, again::add);
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
    private void forget(@Nullable Object result, MethodInvocation invocation, Consumer<Runnable> again) {
        for (ForgetOperation forget : operations.forgets()) {
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
