package dev.singleflight.autoconfigure;

import static dev.singleflight.Callers.awaitWaiting;
import static dev.singleflight.Callers.group;
import static dev.singleflight.Callers.value;
import static org.assertj.core.api.Assertions.assertThat;

import dev.singleflight.Callers;
import dev.singleflight.Gate;
import dev.singleflight.SingleFlightGroup;
import dev.singleflight.annotation.SingleFlight;
import dev.singleflight.annotation.SingleFlightForget;
import dev.singleflight.interceptor.FlightKeyContributor;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.beans.factory.BeanFactory;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.context.properties.source.InvalidConfigurationPropertyValueException;
import org.springframework.boot.test.context.FilteredClassLoader;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.core.NestedExceptionUtils;
import org.springframework.security.authentication.AnonymousAuthenticationToken;
import org.springframework.security.authentication.TestingAuthenticationToken;
import org.springframework.security.core.Authentication;
import org.springframework.security.core.GrantedAuthority;
import org.springframework.security.core.authority.AuthorityUtils;
import org.springframework.security.core.context.SecurityContextHolder;
import org.springframework.security.core.userdetails.User;
import org.springframework.security.core.userdetails.UserDetails;

/** {@code single-flight.isolate-by=principal}: nobody shares a flight with somebody else. */
@SuppressWarnings("FutureReturnValueIgnored") // flights that stay up
class PrincipalIsolationTests {

    private static final List<GrantedAuthority> USER = AuthorityUtils.createAuthorityList("ROLE_USER");

    private final ApplicationContextRunner empty = new ApplicationContextRunner()
            .withConfiguration(AutoConfigurations.of(SingleFlightAutoConfiguration.class));

    private final ApplicationContextRunner unisolated =
            empty.withBean(Gate.class).withBean(Reports.class);

    private final ApplicationContextRunner contexts =
            unisolated.withPropertyValues("single-flight.isolate-by=principal");

    @AfterEach
    void nobodyIsSignedIn() {
        SecurityContextHolder.clearContext();
    }

    @Test
    void withoutItTwoUsersShare() {
        unisolated.run(context -> {
            later(context, user("ann"));
            later(context, user("bob"));
            later(context, null);
            assertThat(flights(context)).isOne();
        });
    }

    @Test
    void twoUsersAtTheSameTimeAreTwoRuns() {
        contexts.run(context -> {
            Reports reports = context.getBean(Reports.class);
            Gate gate = context.getBean(Gate.class);

            CompletableFuture<String> ann = Callers.start(as(user("ann"), reports::mine));
            CompletableFuture<String> bob = Callers.start(as(user("bob"), reports::mine));
            gate.awaitRuns(2);
            CompletableFuture<String> annAgain = Callers.start(as(user("ann"), reports::mine));
            awaitWaiting(group(context, "mine"), 1);
            gate.open();

            assertThat(value(ann)).isEqualTo(value(annAgain)).isEqualTo("ann's");
            assertThat(value(bob)).isEqualTo("bob's");
            assertThat(gate.runs()).isEqualTo(2);
        });
    }

    @Test
    void nobodyIsOneAndSharesWithNobodyElse() {
        contexts.run(context -> {
            later(context, null);
            later(context, anonymous());
            later(context, new TestingAuthenticationToken("ann", "")); // not authenticated: it has no authorities
            assertThat(flights(context)).isOne();

            later(context, user("ann"));
            assertThat(flights(context)).isEqualTo(2);
        });
    }

    @Test
    void aUserNamedAnonymousIsNotNobody() {
        contexts.run(context -> {
            later(context, anonymous());
            later(context, user("anonymous"));
            later(context, user("anonymousUser"));
            assertThat(flights(context)).isEqualTo(3);
        });
    }

    @Test
    void usersAreTheSameWhereTheirDetailsNameThemSo() {
        contexts.run(context -> {
            later(context, signedIn(new Plain("ann")));
            later(context, signedIn(new Plain("ann")));
            later(context, signedIn(new User("ann", "", USER)));
            assertThat(flights(context)).isOne();
        });
    }

    /** As those of two identity providers are, or two tokens of which one may do less. */
    @Test
    void twoPrincipalsOfOneNameAreTwo() {
        contexts.run(context -> {
            later(context, signedIn(new Subject("here", "17")));
            later(context, signedIn(new Subject("there", "17")));
            assertThat(flights(context)).isEqualTo(2);

            later(context, signedIn(new Subject("there", "17")));
            assertThat(flights(context)).isEqualTo(2);
        });
    }

    @Test
    void aForgetReachesAllOfThem() {
        contexts.run(context -> {
            later(context, user("ann"));
            later(context, user("bob"));
            later(context, null);
            assertThat(flights(context)).isEqualTo(3);

            context.getBean(Reports.class).changed(7);

            assertThat(flights(context)).isZero();
        });
    }

    @Test
    void aContributorOfOnesOwnCountsAsWell() {
        ThreadLocal<String> tenant = new ThreadLocal<>();
        contexts.withBean("tenant", FlightKeyContributor.class, () -> tenant::get)
                .run(context -> {
                    tenant.set("acme");
                    later(context, user("ann"));
                    tenant.set("umbrella");
                    later(context, user("ann"));
                    later(context, user("bob"));
                    later(context, user("bob"));
                    assertThat(flights(context)).isEqualTo(3);
                });
    }

    @ParameterizedTest
    @ValueSource(strings = {"principal", "PRINCIPAL"})
    void withoutSpringSecurityTheStartStopsAndSaysWhatToAdd(String principal) {
        empty.withPropertyValues("single-flight.isolate-by=" + principal)
                .withClassLoader(new FilteredClassLoader("org.springframework.security"))
                .run(context -> assertThat(context)
                        .getFailure()
                        .satisfies(failure -> assertThat(NestedExceptionUtils.getMostSpecificCause(failure))
                                .isInstanceOfSatisfying(InvalidConfigurationPropertyValueException.class, invalid -> {
                                    assertThat(invalid.getName()).isEqualTo("single-flight.isolate-by");
                                    assertThat(invalid.getReason())
                                            .startsWith("Spring Security is not on the class path. Add"
                                                    + " spring-boot-starter-security,");
                                })));
    }

    @Test
    void withoutSpringSecurityNothingElseIsAmiss() {
        empty.withClassLoader(new FilteredClassLoader("org.springframework.security"))
                .run(context -> assertThat(context).hasNotFailed());
    }

    private static int flights(BeanFactory beans) {
        SingleFlightGroup<?, ?> later = group(beans, "later");
        return later.inFlight().size();
    }

    private static void later(BeanFactory beans, Authentication authentication) throws Exception {
        as(authentication, () -> beans.getBean(Reports.class).later(7)).call();
    }

    private static Authentication user(String name) {
        return new TestingAuthenticationToken(name, "", USER);
    }

    private static Authentication signedIn(Object principal) {
        return new TestingAuthenticationToken(principal, "", USER);
    }

    private static Authentication anonymous() {
        return new AnonymousAuthenticationToken("key", "anonymousUser", USER);
    }

    private static <T> Callable<T> as(Authentication authentication, Callable<T> call) {
        return () -> {
            SecurityContextHolder.getContext().setAuthentication(authentication);
            try {
                return call.call();
            } finally {
                SecurityContextHolder.clearContext();
            }
        };
    }

    static class Reports {
        private final Gate gate;

        Reports(Gate gate) {
            this.gate = gate;
        }

        @SingleFlight("mine")
        public String mine() {
            gate.pass();
            return SecurityContextHolder.getContext().getAuthentication().getName() + "'s";
        }

        @SingleFlight(group = "later", key = "#id")
        public CompletableFuture<String> later(int id) {
            return new CompletableFuture<>();
        }

        @SingleFlightForget(group = "later", key = "#id")
        public void changed(int id) {}
    }

    /** Two identity providers may give two people one name. */
    record Subject(String provider, String name) implements java.security.Principal {
        @Override
        public String getName() {
            return name;
        }
    }

    /** An entity, say: loaded anew for each request, and without an equals. */
    static class Plain implements UserDetails {
        private static final long serialVersionUID = 1L;

        private final String name;

        Plain(String name) {
            this.name = name;
        }

        @Override
        public List<GrantedAuthority> getAuthorities() {
            return USER;
        }

        @Override
        public String getPassword() {
            return "";
        }

        @Override
        public String getUsername() {
            return name;
        }

        @Override
        public boolean isAccountNonExpired() {
            return true;
        }

        @Override
        public boolean isAccountNonLocked() {
            return true;
        }

        @Override
        public boolean isCredentialsNonExpired() {
            return true;
        }

        @Override
        public boolean isEnabled() {
            return true;
        }
    }
}
