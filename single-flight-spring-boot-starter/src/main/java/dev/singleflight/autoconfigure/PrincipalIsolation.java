package dev.singleflight.autoconfigure;

import dev.singleflight.interceptor.FlightKeyContributor;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.source.InvalidConfigurationPropertyValueException;
import org.springframework.security.authentication.AnonymousAuthenticationToken;
import org.springframework.security.core.Authentication;
import org.springframework.security.core.context.SecurityContextHolder;
import org.springframework.security.core.userdetails.UserDetails;
import org.springframework.util.ClassUtils;

/**
 * {@code single-flight.isolate-by=principal}: nobody shares a flight with somebody else. No bean on a condition: an
 * application that is built ahead of time would not heed the property at run time.
 */
final class PrincipalIsolation {

    private static final String LIBRARY = "org.springframework.security.core.context.SecurityContextHolder";

    private PrincipalIsolation() {}

    /**
     * Adds who is signed in to every key.
     *
     * @param loader where Spring Security should be
     * @throws InvalidConfigurationPropertyValueException where it is not
     */
    static FlightKeyContributor with(@Nullable ClassLoader loader) {
        if (!ClassUtils.isPresent(LIBRARY, loader)) {
            throw new InvalidConfigurationPropertyValueException(
                    "single-flight.isolate-by",
                    "principal",
                    "Spring Security is not on the class path. Add spring-boot-starter-security, or isolate by a bean of your"
                            + " own: a FlightKeyContributor.");
        }
        return PrincipalIsolation::ofThread;
    }

    /** Who is signed in on this thread. */
    static Object ofThread() {
        return Principal.of(SecurityContextHolder.getContext().getAuthentication());
    }

    /** Who this is. */
    static Object principal(Authentication authentication) {
        return Principal.of(authentication);
    }

    /**
     * Who is signed in. Nobody is not the user whose name is "anonymous", and two identity providers may give two people
     * one name: so the principal counts as well, but for those of user details, which need no {@code equals}.
     *
     * @param subject null where the name says it all
     */
    private record Principal(String name, @Nullable Object subject, boolean signedIn) {

        private static final Principal NOBODY = new Principal("anonymous", null, false);

        private static Principal of(@Nullable Authentication authentication) {
            return authentication == null
                            || !authentication.isAuthenticated()
                            || authentication instanceof AnonymousAuthenticationToken
                    ? NOBODY
                    : new Principal(authentication.getName(), subject(authentication.getPrincipal()), true);
        }

        private static @Nullable Object subject(@Nullable Object principal) {
            return principal instanceof UserDetails ? null : principal;
        }
    }
}
