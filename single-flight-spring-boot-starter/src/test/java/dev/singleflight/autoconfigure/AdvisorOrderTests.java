package dev.singleflight.autoconfigure;

import static dev.singleflight.Callers.group;
import static org.assertj.core.api.Assertions.assertThat;

import dev.singleflight.SingleFlightGroup;
import dev.singleflight.SingleFlightGroups;
import dev.singleflight.annotation.SingleFlight;
import dev.singleflight.interceptor.SingleFlightAdvisor;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import javax.sql.DataSource;
import org.aopalliance.intercept.MethodInterceptor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.aop.Advisor;
import org.springframework.aop.framework.Advised;
import org.springframework.aop.support.DefaultPointcutAdvisor;
import org.springframework.aop.support.NameMatchMethodPointcut;
import org.springframework.beans.factory.config.BeanDefinition;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Role;
import org.springframework.core.Ordered;
import org.springframework.core.env.Environment;
import org.springframework.jdbc.datasource.DataSourceTransactionManager;
import org.springframework.jdbc.datasource.embedded.EmbeddedDatabaseBuilder;
import org.springframework.jdbc.datasource.embedded.EmbeddedDatabaseType;
import org.springframework.transaction.PlatformTransactionManager;
import org.springframework.transaction.annotation.EnableTransactionManagement;
import org.springframework.transaction.annotation.Transactional;
import org.springframework.transaction.interceptor.TransactionInterceptor;
import org.springframework.transaction.support.TransactionSynchronization;
import org.springframework.transaction.support.TransactionSynchronizationManager;

/** Where the advice stands among the others of a bean. */
class AdvisorOrderTests {

    private final ApplicationContextRunner contexts = new ApplicationContextRunner()
            .withConfiguration(AutoConfigurations.of(SingleFlightAutoConfiguration.class));

    @Test
    void theOrderIsAThousand() {
        contexts.run(
                context -> assertThat(context.getBean(SingleFlightAdvisor.class).getOrder())
                        .isEqualTo(1000));
    }

    @Test
    void thePropertySetsTheOrder() {
        contexts.withPropertyValues("single-flight.order=42")
                .run(context -> assertThat(
                                context.getBean(SingleFlightAdvisor.class).getOrder())
                        .isEqualTo(42));
    }

    @Test
    void itIsAnInfrastructureBean() {
        contexts.run(context -> assertThat(context.getBeanFactory()
                        .getBeanDefinition("singleFlightAdvisor")
                        .getRole())
                .isEqualTo(BeanDefinition.ROLE_INFRASTRUCTURE));
    }

    @ParameterizedTest
    @ValueSource(ints = {Ordered.HIGHEST_PRECEDENCE, 600, 999})
    void whatHasALowerOrderSeesEveryCaller(int order) {
        contexts.withPropertyValues("other.order=" + order)
                .withUserConfiguration(OtherAdvisor.class)
                .withBean(Users.class)
                .run(context -> {
                    Users users = context.getBean(Users.class);
                    users.recurse(2);
                    assertThat(advisors(users)).containsExactly("other", "single-flight");
                });
    }

    @ParameterizedTest
    @ValueSource(ints = {1001, Ordered.LOWEST_PRECEDENCE})
    void whatHasAHigherOrderSeesTheLeaderAlone(int order) {
        contexts.withPropertyValues("other.order=" + order)
                .withUserConfiguration(OtherAdvisor.class)
                .withBean(Users.class)
                .run(context ->
                        assertThat(advisors(context.getBean(Users.class))).containsExactly("single-flight", "other"));
    }

    @Test
    void transactionsStandInside() {
        contexts.withUserConfiguration(Transactions.class)
                .withBean(Accounts.class)
                .run(context -> assertThat(advisors(context.getBean(Accounts.class)))
                        .containsExactly("single-flight", "transaction"));
    }

    @Test
    void theTransactionHasEndedBeforeTheFlightLands() {
        contexts.withUserConfiguration(Transactions.class)
                .withBean(Accounts.class)
                .run(context -> {
                    List<Long> active = new ArrayList<>();
                    SingleFlightGroup<?, ?> group = group(context, "accounts");
                    context.getBean(Accounts.class)
                            .balance(7, () -> active.add(group.stats().active()));
                    assertThat(active)
                            .as("flights when the transaction had ended")
                            .containsExactly(1L);
                });
    }

    @Test
    void withALowerOrderThanTheDefaultTransactionsStillStandInside() {
        contexts.withPropertyValues("single-flight.order=1")
                .withUserConfiguration(Transactions.class)
                .withBean(Accounts.class)
                .run(context -> assertThat(advisors(context.getBean(Accounts.class)))
                        .containsExactly("single-flight", "transaction"));
    }

    private static List<String> advisors(Object proxy) {
        return Stream.of(((Advised) proxy).getAdvisors())
                .map(AdvisorOrderTests::name)
                .filter(name -> !name.isEmpty())
                .toList();
    }

    private static String name(Advisor advisor) {
        if (advisor instanceof SingleFlightAdvisor) {
            return "single-flight";
        }
        if (advisor.getAdvice() instanceof TransactionInterceptor) {
            return "transaction";
        }
        return advisor instanceof DefaultPointcutAdvisor ? "other" : "";
    }

    @Configuration(proxyBeanMethods = false)
    static class OtherAdvisor {

        @Bean
        @Role(BeanDefinition.ROLE_INFRASTRUCTURE)
        static DefaultPointcutAdvisor other(Environment environment) {
            NameMatchMethodPointcut pointcut = new NameMatchMethodPointcut();
            pointcut.addMethodName("recurse");
            DefaultPointcutAdvisor advisor =
                    new DefaultPointcutAdvisor(pointcut, (MethodInterceptor) invocation -> invocation.proceed());
            advisor.setOrder(environment.getRequiredProperty("other.order", int.class));
            return advisor;
        }
    }

    @Configuration(proxyBeanMethods = false)
    @EnableTransactionManagement
    static class Transactions {

        @Bean
        DataSource dataSource() {
            return new EmbeddedDatabaseBuilder()
                    .setType(EmbeddedDatabaseType.H2)
                    .generateUniqueName(true)
                    .build();
        }

        @Bean
        PlatformTransactionManager transactionManager(DataSource dataSource) {
            return new DataSourceTransactionManager(dataSource);
        }
    }

    static class Users {
        @SingleFlight("users")
        public int recurse(int depth) {
            return depth;
        }
    }

    static class Accounts {
        private final SingleFlightGroups groups;

        Accounts(SingleFlightGroups groups) {
            this.groups = groups;
        }

        @Transactional
        @SingleFlight(group = "accounts", key = "#id")
        public int balance(int id, Runnable afterCompletion) {
            assertThat(groups.find("accounts")).isPresent();
            assertThat(TransactionSynchronizationManager.isActualTransactionActive())
                    .isTrue();
            TransactionSynchronizationManager.registerSynchronization(new TransactionSynchronization() {
                @Override
                public void afterCompletion(int status) {
                    afterCompletion.run();
                }
            });
            return id;
        }
    }
}
