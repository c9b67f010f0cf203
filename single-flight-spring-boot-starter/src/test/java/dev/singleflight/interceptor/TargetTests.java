package dev.singleflight.interceptor;

import static dev.singleflight.Callers.group;
import static org.assertj.core.api.Assertions.assertThat;

import dev.singleflight.annotation.SingleFlight;
import dev.singleflight.annotation.SingleFlightForget;
import dev.singleflight.autoconfigure.SingleFlightAutoConfiguration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.springframework.aop.scope.ScopedProxyUtils;
import org.springframework.beans.factory.ObjectFactory;
import org.springframework.beans.factory.config.BeanDefinition;
import org.springframework.beans.factory.config.BeanDefinitionHolder;
import org.springframework.beans.factory.config.Scope;
import org.springframework.beans.factory.support.BeanDefinitionBuilder;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.context.support.GenericApplicationContext;

/** Calls join only on the same target object; a group is what several of them have in common. */
@SuppressWarnings("FutureReturnValueIgnored") // flights that stay up
class TargetTests {

    private final AtomicInteger runs = new AtomicInteger();

    private final ApplicationContextRunner contexts = new ApplicationContextRunner()
            .withConfiguration(AutoConfigurations.of(SingleFlightAutoConfiguration.class))
            .withBean("runs", AtomicInteger.class, () -> runs);

    @Test
    void twoBeansOfOneClassNeverShare() {
        contexts.withBean("north", Users.class).withBean("south", Users.class).run(context -> {
            context.getBean("north", Users.class).find(7);
            context.getBean("south", Users.class).find(7);
            assertThat(runs).hasValue(2);
        });
    }

    @Test
    void eachBeanSharesItsOwn() {
        contexts.withBean("north", Users.class).withBean("south", Users.class).run(context -> {
            for (String bean : new String[] {"north", "south", "north", "south"}) {
                context.getBean(bean, Users.class).find(7);
            }
            assertThat(runs).hasValue(2);
            assertThat(group(context, "TargetTests.Users.find").stats().joined())
                    .isEqualTo(2);
        });
    }

    @Test
    void beansThatAreEqualNeverShare() {
        contexts.withBean("north", AllEqual.class)
                .withBean("south", AllEqual.class)
                .withBean("west", AllEqual.class)
                .run(context -> {
                    context.getBean("north", AllEqual.class).find(7);
                    context.getBean("south", AllEqual.class).find(7);
                    context.getBean("west", AllEqual.class).find(7);
                    assertThat(runs).hasValue(3);
                });
    }

    @Test
    void prototypesNeverShare() {
        contexts.withBean(
                        "users",
                        Users.class,
                        () -> new Users(runs),
                        definition -> definition.setScope(BeanDefinition.SCOPE_PROTOTYPE))
                .run(context -> {
                    context.getBean(Users.class).find(7);
                    context.getBean(Users.class).find(7);
                    assertThat(runs).hasValue(2);
                });
    }

    @Test
    void anExplicitGroupOnTwoClassesSharesNoFlights() {
        contexts.withBean(Billing.class).withBean(Shipping.class).run(context -> {
            context.getBean(Billing.class).address(7);
            context.getBean(Shipping.class).address(7);
            assertThat(runs).hasValue(2);
            assertThat(group(context, "addresses").inFlight()).hasSize(2);
        });
    }

    @Test
    void twoMethodsOfOneBeanInOneGroupShare() {
        contexts.withBean(Billing.class).run(context -> {
            context.getBean(Billing.class).address(7);
            context.getBean(Billing.class).sameAddress(7);
            assertThat(runs).hasValue(1);
        });
    }

    @Test
    void aForgetReachesEveryTarget() {
        contexts.withBean(Billing.class).withBean(Shipping.class).run(context -> {
            context.getBean(Billing.class).address(7);
            context.getBean(Shipping.class).address(7);
            context.getBean(Shipping.class).address(8);

            context.getBean(Billing.class).move(7);

            assertThat(group(context, "addresses").inFlight())
                    .singleElement()
                    .satisfies(flight -> assertThat(flight.key()).hasToString("8"));
        });
    }

    @Test
    void theKeyOfEveryTargetIsPrintedAsTheUsersKey() {
        contexts.withBean(Billing.class).withBean(Shipping.class).run(context -> {
            context.getBean(Billing.class).address(7);
            context.getBean(Shipping.class).address(7);
            assertThat(group(context, "addresses").inFlight())
                    .extracting(flight -> String.valueOf(flight.key()))
                    .containsExactly("7", "7");
        });
    }

    @Test
    void aScopedBeanSharesWithinItsScope() {
        OneAtATime scope = new OneAtATime();
        contexts.withInitializer(context -> {
                    context.getBeanFactory().registerScope("session", scope);
                    BeanDefinition definition = BeanDefinitionBuilder.rootBeanDefinition(Users.class)
                            .setScope("session")
                            .addConstructorArgReference("runs")
                            .getBeanDefinition();
                    GenericApplicationContext registry = (GenericApplicationContext) context;
                    BeanDefinitionHolder proxy = ScopedProxyUtils.createScopedProxy(
                            new BeanDefinitionHolder(definition, "users"), registry, true);
                    registry.registerBeanDefinition("users", proxy.getBeanDefinition());
                })
                .run(context -> {
                    Users users = context.getBean("users", Users.class);
                    users.find(7);
                    users.find(7);
                    assertThat(runs).as("one session").hasValue(1);

                    scope.next();
                    users.find(7);
                    assertThat(runs).as("the next session").hasValue(2);
                });
    }

    static class Users {
        private final AtomicInteger runs;

        Users(AtomicInteger runs) {
            this.runs = runs;
        }

        @SingleFlight(key = "#id")
        public CompletableFuture<String> find(int id) {
            runs.incrementAndGet();
            return new CompletableFuture<>();
        }
    }

    static class AllEqual extends Users {
        AllEqual(AtomicInteger runs) {
            super(runs);
        }

        @Override
        public boolean equals(Object other) {
            return other instanceof AllEqual;
        }

        @Override
        public int hashCode() {
            return 1;
        }
    }

    static class Billing {
        private final AtomicInteger runs;

        Billing(AtomicInteger runs) {
            this.runs = runs;
        }

        @SingleFlight(group = "addresses", key = "#id")
        public CompletableFuture<String> address(int id) {
            runs.incrementAndGet();
            return new CompletableFuture<>();
        }

        @SingleFlight(group = "addresses", key = "#customer")
        public CompletableFuture<String> sameAddress(int customer) {
            runs.incrementAndGet();
            return new CompletableFuture<>();
        }

        @SingleFlightForget(group = "addresses", key = "#id")
        public void move(int id) {}
    }

    static class Shipping {
        private final AtomicInteger runs;

        Shipping(AtomicInteger runs) {
            this.runs = runs;
        }

        @SingleFlight(group = "addresses", key = "#id")
        public CompletableFuture<String> address(int id) {
            runs.incrementAndGet();
            return new CompletableFuture<>();
        }
    }

    /** A scope of one object at a time. */
    private static final class OneAtATime implements Scope {
        private Object current;

        void next() {
            current = null;
        }

        @Override
        public Object get(String name, ObjectFactory<?> factory) {
            if (current == null) {
                current = factory.getObject();
            }
            return current;
        }

        @Override
        public Object remove(String name) {
            return current;
        }

        @Override
        public void registerDestructionCallback(String name, Runnable callback) {}

        @Override
        public Object resolveContextualObject(String key) {
            return null;
        }

        @Override
        public String getConversationId() {
            return "one";
        }
    }
}
