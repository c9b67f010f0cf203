package dev.singleflight.autoconfigure;

import dev.singleflight.interceptor.InvalidSingleFlightException;
import org.springframework.boot.diagnostics.AbstractFailureAnalyzer;
import org.springframework.boot.diagnostics.FailureAnalysis;

/** Tells the author of a wrong declaration what is wrong and what to write instead. */
final class InvalidSingleFlightFailureAnalyzer extends AbstractFailureAnalyzer<InvalidSingleFlightException> {

    @Override
    protected FailureAnalysis analyze(Throwable rootFailure, InvalidSingleFlightException cause) {
        return new FailureAnalysis(cause.reason(), cause.action(), cause);
    }
}
