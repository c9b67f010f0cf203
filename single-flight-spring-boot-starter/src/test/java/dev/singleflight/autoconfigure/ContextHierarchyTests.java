package dev.singleflight.autoconfigure;

import static dev.singleflight.Callers.awaitWaiting;
import static dev.singleflight.Callers.group;
import static dev.singleflight.Callers.value;
import static org.assertj.core.api.Assertions.assertThat;

import dev.singleflight.Callers;
import dev.singleflight.Gate;
import dev.singleflight.SingleFlightGroups;
import dev.singleflight.annotation.SingleFlight;
import dev.singleflight.interceptor.SingleFlightAdvisor;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.springframework.aop.framework.Advised;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.test.context.assertj.AssertableApplicationContext;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.boot.test.context.runner.ContextConsumer;

/** Several application contexts in one JVM: side by side, and one the parent of the other. */
class ContextHierarchyTests {

    private final ApplicationContextRunner contexts = new ApplicationContextRunner()
            .withConfiguration(AutoConfigurations.of(SingleFlightAutoConfiguration.class));

    @Test
    void contextsSideBySideKnowNothingOfEachOther() {
        contexts.withBean(Users.class, "left")
                .run(left -> contexts.withBean(Users.class, "right")
                        .withPropertyValues("single-flight.groups.users.max-followers=17")
                        .run(right -> {
                            CompletableFuture<String> one =
                                    Callers.start(() -> users(left).find(7));
                            users(left).gate().awaitRuns(1);
                            CompletableFuture<String> other =
                                    Callers.start(() -> users(right).find(7));
                            users(right).gate().awaitRuns(1);
                            assertThat(group(left, "users").stats().calls()).isEqualTo(1);
                            assertThat(group(left, "users").config().maxFollowers())
                                    .isNotEqualTo(17);
                            assertThat(group(right, "users").config().maxFollowers())
                                    .isEqualTo(17);
                            open(users(left), users(right));
                            assertThat(value(one)).isEqualTo("left 7");
                            assertThat(value(other)).isEqualTo("right 7");
                        }));
    }

    @Test
    void contextsThatAreGivenTheSameGroupsDoNotMixTheirBeans() {
        SingleFlightGroups same = new SingleFlightGroups();
        ApplicationContextRunner with = contexts.withBean(SingleFlightGroups.class, () -> same);
        with.withBean(Users.class, "left")
                .run(left -> with.withBean(Users.class, "right")
                        .run(right -> assertApart(users(left), users(right), right)));
    }

    @Test
    void aBeanOfTheParentIsAdvisedOnce() {
        inHierarchy(child -> {
            Users users = child.getBean("parents", Users.class);
            assertThat(((Advised) users).getAdvisors())
                    .filteredOn(SingleFlightAdvisor.class::isInstance)
                    .hasSize(1);
            CompletableFuture<String> leader = Callers.start(() -> users.find(7));
            users.gate().awaitRuns(1);
            CompletableFuture<String> follower = Callers.start(() -> users.find(7));
            awaitWaiting(group(child, "users"), 1);
            users.gate().open();
            assertThat(value(follower)).isSameAs(value(leader));
            assertThat(group(child, "users").stats().calls()).isEqualTo(2);
            assertThat(users.gate().runs()).isEqualTo(1);
        });
    }

    @Test
    void aBeanOfTheChildIsAdvisedOnce() {
        inHierarchy(child -> assertThat(((Advised) child.getBean("childs", Users.class)).getAdvisors())
                .filteredOn(SingleFlightAdvisor.class::isInstance)
                .hasSize(1));
    }

    @Test
    void parentAndChildDoNotMixTheirBeans() {
        inHierarchy(child ->
                assertApart(child.getBean("parents", Users.class), child.getBean("childs", Users.class), child));
    }

    @Test
    void aChildSharesTheGroupsOfItsParent() {
        inHierarchy(child -> assertThat(child.getBean(SingleFlightGroups.class))
                .isSameAs(child.getParent().getBean(SingleFlightGroups.class)));
    }

    /** Both are asked for the same key of the same group at the same time. */
    private static void assertApart(Users one, Users other, AssertableApplicationContext context) {
        CompletableFuture<String> ofOne = Callers.start(() -> one.find(7));
        one.gate().awaitRuns(1);
        CompletableFuture<String> ofOther = Callers.start(() -> other.find(7));
        Callers.awaitUntil(() -> group(context, "users").stats().calls() == 2);
        open(one, other);
        assertThat(value(ofOne)).isEqualTo(one.name() + " 7");
        assertThat(value(ofOther)).isEqualTo(other.name() + " 7");
    }

    private void inHierarchy(ContextConsumer<AssertableApplicationContext> test) {
        contexts.withBean("parents", Users.class, "parent")
                .run(parent -> contexts.withParent(parent)
                        .withBean("childs", Users.class, "child")
                        .run(test));
    }

    private static Users users(AssertableApplicationContext context) {
        return context.getBean(Users.class);
    }

    private static void open(Users one, Users other) {
        one.gate().open();
        other.gate().open();
    }

    static class Users {
        private final Gate gate = new Gate();

        private final String name;

        Users(String name) {
            this.name = name;
        }

        public Gate gate() {
            return gate;
        }

        public String name() {
            return name;
        }

        @SingleFlight("users")
        public String find(int id) {
            gate.pass();
            return name + " " + id;
        }
    }
}
