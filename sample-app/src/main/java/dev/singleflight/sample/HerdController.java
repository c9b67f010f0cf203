package dev.singleflight.sample;

import jakarta.servlet.http.HttpServletRequest;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import org.springframework.http.HttpStatus;
import org.springframework.http.ProblemDetail;
import org.springframework.web.bind.annotation.ExceptionHandler;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.util.UriUtils;

/** Sends a herd to this very server. */
@RestController
final class HerdController {

    private final Shepherd shepherd;

    HerdController(Shepherd shepherd) {
        this.shepherd = shepherd;
    }

    @GetMapping("/herd")
    HerdResult herd(
            @RequestParam(defaultValue = "200") int callers,
            @RequestParam(defaultValue = "true") boolean singleFlight,
            @RequestParam(defaultValue = "books") String category,
            HttpServletRequest request)
            throws URISyntaxException {
        return shepherd.send(new Herd(report(request, category, singleFlight), callers));
    }

    @ExceptionHandler
    ProblemDetail noHerd(IllegalArgumentException failure) {
        return ProblemDetail.forStatusAndDetail(HttpStatus.BAD_REQUEST, String.valueOf(failure.getMessage()));
    }

    /** The report's address on the very socket that the request came in by. */
    private static URI report(HttpServletRequest request, String category, boolean singleFlight)
            throws URISyntaxException {
        String report = "/categories/" + UriUtils.encodePathSegment(category, StandardCharsets.UTF_8) + "/report";
        return new URI(request.getScheme(), null, request.getLocalAddr(), request.getLocalPort(), null, null, null)
                .resolve(report + "?singleFlight=" + singleFlight);
    }
}
