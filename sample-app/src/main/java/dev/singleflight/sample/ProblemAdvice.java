package dev.singleflight.sample;

import dev.singleflight.FlightRejectedException;
import dev.singleflight.FlightTimeoutException;
import java.net.URI;
import org.springframework.dao.DuplicateKeyException;
import org.springframework.http.HttpStatus;
import org.springframework.http.ProblemDetail;
import org.springframework.web.bind.annotation.ExceptionHandler;
import org.springframework.web.bind.annotation.RestControllerAdvice;

/** Failures as problem details (RFC 9457). Keys of single flight stay out of them. */
@RestControllerAdvice
final class ProblemAdvice {

    @ExceptionHandler
    ProblemDetail notFound(NotFoundException failure) {
        return ProblemDetail.forStatusAndDetail(HttpStatus.NOT_FOUND, String.valueOf(failure.getMessage()));
    }

    /** One failure, shared by all callers of its flight: each of them reads the same incident. */
    @ExceptionHandler
    ProblemDetail supplierUnavailable(SupplierUnavailableException failure) {
        ProblemDetail problem =
                problem(HttpStatus.BAD_GATEWAY, "supplier-unavailable", String.valueOf(failure.getMessage()));
        problem.setProperty("incident", failure.incident());
        return problem;
    }

    /** A call that its group does not let in, such as the second click of a double submit. */
    @ExceptionHandler
    ProblemDetail rejected(FlightRejectedException failure) {
        ProblemDetail problem = problem(HttpStatus.CONFLICT, "already-in-progress", "The same is already being done.");
        problem.setProperty("group", failure.group());
        problem.setProperty("reason", failure.reason());
        return problem;
    }

    /** A follower whose patience ended; the flight goes on for the others. */
    @ExceptionHandler
    ProblemDetail timedOut(FlightTimeoutException failure) {
        ProblemDetail problem = problem(HttpStatus.SERVICE_UNAVAILABLE, "not-in-time", "The answer is not there yet.");
        problem.setProperty("group", failure.group());
        return problem;
    }

    @ExceptionHandler(DuplicateKeyException.class)
    ProblemDetail orderedBefore() {
        return problem(HttpStatus.CONFLICT, "already-ordered", "This basket was ordered before.");
    }

    private static ProblemDetail problem(HttpStatus status, String type, String detail) {
        ProblemDetail problem = ProblemDetail.forStatusAndDetail(status, detail);
        problem.setType(URI.create("urn:problem:" + type));
        return problem;
    }
}
