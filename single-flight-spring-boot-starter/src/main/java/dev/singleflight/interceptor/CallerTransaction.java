package dev.singleflight.interceptor;

import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import org.springframework.core.Ordered;
import org.springframework.transaction.support.TransactionSynchronization;
import org.springframework.transaction.support.TransactionSynchronizationManager;
import org.springframework.util.ClassUtils;

/** The transaction of the calling thread, where the application has Spring's transactions at all. */
final class CallerTransaction {

    private static final boolean PRESENT = ClassUtils.isPresent(
            "org.springframework.transaction.support.TransactionSynchronizationManager",
            CallerTransaction.class.getClassLoader());

    private CallerTransaction() {}

    /** Whether the thread is in a transaction that may write: what it reads there may yet be rolled back. */
    static boolean mayWrite() {
        return PRESENT && Present.mayWrite();
    }

    /** Runs the task after the commit, where there is a transaction to wait for. What it throws is logged. */
    static void afterCommit(Runnable task) {
        if (PRESENT) {
            Present.afterCommit(task);
        }
    }

    /** All that needs the library. */
    private static final class Present {

        private static final Log LOGGER = LogFactory.getLog(CallerTransaction.class);

        private Present() {}

        private static boolean mayWrite() {
            return TransactionSynchronizationManager.isActualTransactionActive()
                    && !TransactionSynchronizationManager.isCurrentTransactionReadOnly();
        }

        private static void afterCommit(Runnable task) {
            if (!TransactionSynchronizationManager.isSynchronizationActive()) {
                return;
            }
            TransactionSynchronizationManager.registerSynchronization(new TransactionSynchronization() {
                /** Before listeners that ask again, and before any that fails and so ends the round. */
                @Override
                public int getOrder() {
                    return Ordered.HIGHEST_PRECEDENCE;
                }

                @Override
                public void afterCommit() {
                    try {
                        task.run();
                    } catch (Throwable thrown) {
                        // It would reach the caller of a transaction that is committed.
                        LOGGER.warn("A key could not be forgotten after a commit", thrown);
                    }
                }
            });
        }
    }
}
