package dev.singleflight.autoconfigure;

import dev.singleflight.interceptor.FlightKeyContributor;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnProperty;
import org.springframework.boot.context.properties.source.InvalidConfigurationPropertyValueException;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.security.authentication.AnonymousAuthenticationToken;
import org.springframework.security.core.Authentication;
import org.springframework.security.core.context.SecurityContextHolder;
import org.springframework.security.core.userdetails.UserDetails;

/** {@code single-flight.isolate-by=principal}: nobody shares a flight with somebody else. */
@Configuration(proxyBeanMethods = false)
@ConditionalOnProperty(name = PrincipalIsolation.PROPERTY, havingValue = "principal")
class PrincipalIsolation {

    static final String PROPERTY = "single-flight.isolate-by";

    private static final String LIBRARY = "org.springframework.security.core.context.SecurityContextHolder";

    @Configuration(proxyBeanMethods = false)
    @ConditionalOnClass(name = LIBRARY)
    static class WithSpringSecurity {

        @Bean
        FlightKeyContributor singleFlightPrincipalContributor() {
            return () -> Principal.of(SecurityContextHolder.getContext().getAuthentication());
        }
    }

    @Configuration(proxyBeanMethods = false)
    @ConditionalOnMissingClass(LIBRARY)
    static class WithoutSpringSecurity {

        WithoutSpringSecurity() {
            throw new InvalidConfigurationPropertyValueException(
                    PROPERTY,
                    "principal",
                    "Spring Security is not on the class path. Add spring-boot-starter-security, or isolate by a bean of your"
                            + " own: a FlightKeyContributor.");
        }
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
