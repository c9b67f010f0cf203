package dev.singleflight.interceptor;

import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import org.springframework.core.Ordered;
import org.springframework.transaction.NoTransactionException;
import org.springframework.transaction.reactive.TransactionSynchronization;
import org.springframework.transaction.reactive.TransactionSynchronizationManager;
import org.springframework.util.ClassUtils;
import reactor.core.publisher.Mono;

/**
 * The transaction of a subscriber: that of its Reactor context, or of its thread, where the application has Spring's
 * transactions at all.
 */
final class SubscriberTransaction {

    private static final boolean PRESENT = ClassUtils.isPresent(
            "org.springframework.transaction.reactive.TransactionSynchronizationManager",
            SubscriberTransaction.class.getClassLoader());

    private SubscriberTransaction() {}

    /** Whether the subscriber is in a transaction that may write. */
    static Mono<Boolean> mayWrite() {
        return Mono.defer(() -> PRESENT && !CallerTransaction.mayWrite()
                ? Present.mayWrite()
                : Mono.just(CallerTransaction.mayWrite()));
    }

    /** Runs the task after the commit, where there is a transaction to wait for; ends at once. What it throws is logged. */
    static Mono<Void> afterCommit(Runnable task) {
        return Mono.defer(() -> {
            CallerTransaction.afterCommit(task);
            return PRESENT ? Present.afterCommit(task) : Mono.empty();
        });
    }

    /** All that needs the library. */
    private static final class Present {

        private Present() {}

        private static Mono<Boolean> mayWrite() {
            return TransactionSynchronizationManager.forCurrentTransaction()
                    .map(transaction ->
                            transaction.isActualTransactionActive() && !transaction.isCurrentTransactionReadOnly())
                    .onErrorResume(NoTransactionException.class, none -> Mono.just(false));
        }

        private static Mono<Void> afterCommit(Runnable task) {
            return TransactionSynchronizationManager.forCurrentTransaction()
                    .filter(TransactionSynchronizationManager::isSynchronizationActive)
                    .doOnNext(transaction -> transaction.registerSynchronization(new AfterCommit(task)))
                    .onErrorResume(NoTransactionException.class, none -> Mono.empty())
                    .then();
        }
    }

    /** Before listeners that ask again, and before any that fails and so ends the round. */
    private record AfterCommit(Runnable task) implements TransactionSynchronization, Ordered {

        private static final Log LOGGER = LogFactory.getLog(SubscriberTransaction.class);

        @Override
        public int getOrder() {
            return Ordered.HIGHEST_PRECEDENCE;
        }

        @Override
        public Mono<Void> afterCommit() {
            return Mono.fromRunnable(task).then().onErrorResume(thrown -> {
                // It would reach the subscriber of a transaction that is committed.
                LOGGER.warn("A key could not be forgotten after a commit", thrown);
                return Mono.empty();
            });
        }
    }
}
