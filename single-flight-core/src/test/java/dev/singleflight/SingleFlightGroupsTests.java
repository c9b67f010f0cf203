package dev.singleflight;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.singleflight.Callers.Caller;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Groups by name: each created once, each shown once. */
class SingleFlightGroupsTests {

    private final SingleFlightGroups groups = new SingleFlightGroups();

    @Test
    void nameHasOneGroup() {
        SingleFlightGroup<String, String> group = groups.group("one");

        assertThat(groups.<String, String>group("one")).isSameAs(group);
        assertThat(group.name()).isEqualTo("one");
        assertThat(groups.<String, String>group("two")).isNotSameAs(group);
    }

    @Test
    void nameHasOneGroupHoweverManyAskAtOnce() {
        Queue<SingleFlightGroup<?, ?>> shown = new ConcurrentLinkedQueue<>();
        CountDownLatch together = new CountDownLatch(4);
        SingleFlightGroups slow = new SingleFlightGroups(name -> {
            together.countDown();
            Callers.until("all four are creating the group", () -> together.getCount() == 0);
            return GroupConfig.of(name);
        });
        slow.onGroup(shown::add);
        try (Callers callers = new Callers()) {
            List<Caller<SingleFlightGroup<String, String>>> asking = new ArrayList<>();
            for (int i = 0; i < 4; i++) {
                asking.add(callers.start(() -> slow.group("one")));
            }

            assertThat(asking)
                    .extracting(Caller::value)
                    .containsOnly(asking.get(0).value());
        }
        assertThat(slow.all()).hasSize(1);
        assertThat(shown).hasSize(1).first().isSameAs(slow.group("one"));
    }

    @Test
    void groupIsConfiguredByItsName() {
        SingleFlightGroups configured =
                new SingleFlightGroups(name -> GroupConfig.of(name).withWaitTimeout(Duration.ofSeconds(name.length())));

        assertThat(configured.group("four").config().waitTimeout()).isEqualTo(Duration.ofSeconds(4));
    }

    @Test
    void configurationUnderAnotherNameIsRefused() {
        SingleFlightGroups renaming = new SingleFlightGroups(name -> GroupConfig.of("other"));

        assertThatThrownBy(() -> renaming.group("asked"))
                .isExactlyInstanceOf(IllegalArgumentException.class)
                .hasMessageContainingAll("'asked'", "'other'");
        assertThat(renaming.all()).isEmpty();
    }

    @Test
    void configurationThatFailsLeavesNoGroup() {
        RuntimeException failure = new IllegalStateException("no configuration");
        SingleFlightGroups failing = new SingleFlightGroups(name -> {
            throw failure;
        });

        assertThatThrownBy(() -> failing.group("one")).isSameAs(failure);
        assertThat(failing.all()).isEmpty();
        assertThat(failing.find("one")).isEmpty();
    }

    @Test
    void blankNameIsRefused() {
        assertThatThrownBy(() -> groups.group(" ")).isExactlyInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void findCreatesNothing() {
        assertThat(groups.find("one")).isEmpty();
        assertThat(groups.all()).isEmpty();

        SingleFlightGroup<String, String> group = groups.group("one");

        assertThat(groups.find("one")).containsSame(group);
    }

    @Test
    void allIsALiveViewThatCannotBeChanged() {
        var all = groups.all();
        assertThat(all).isEmpty();

        SingleFlightGroup<String, String> group = groups.group("one");

        assertThat(all).singleElement().isSameAs(group);
        assertThatThrownBy(all::clear).isInstanceOf(UnsupportedOperationException.class);
    }

    @Test
    void audienceSeesEarlyAndLateGroupsOnceEach() {
        List<String> seen = new ArrayList<>();
        groups.group("early");

        groups.onGroup(group -> seen.add(group.name()));
        assertThat(seen).containsExactly("early");
        groups.group("late");
        groups.group("late");
        groups.group("early");

        assertThat(seen).containsExactly("early", "late");
    }

    @Test
    void everyAudienceSeesEveryGroup() {
        List<String> first = new ArrayList<>();
        List<String> second = new ArrayList<>();
        groups.onGroup(group -> first.add(group.name()));
        groups.group("one");
        groups.onGroup(group -> second.add(group.name()));
        groups.group("two");

        assertThat(first).containsExactly("one", "two");
        assertThat(second).containsExactly("one", "two");
    }

    /** The group is created while the audience, which came first, is looking at those that were there. */
    @Test
    void groupCreatedWhileAnAudienceArrivesIsSeenOnce() {
        Queue<String> seen = new ConcurrentLinkedQueue<>();
        IntStream.range(0, 100).forEach(i -> groups.group("early " + i));
        try (Callers callers = new Callers()) {
            groups.onGroup(group -> {
                if (seen.isEmpty()) {
                    callers.start(() -> groups.group("meanwhile")).value();
                }
                seen.add(group.name());
            });
        }
        assertThat(seen).hasSize(101).doesNotHaveDuplicates().contains("meanwhile");
    }

    @Test
    void groupsCreatedWhileAudiencesArriveAreSeenOnceByEach() {
        List<Queue<String>> audiences = new ArrayList<>();
        try (Callers callers = new Callers()) {
            callers.start(() -> {
                IntStream.range(0, 500).forEach(i -> groups.group("group " + i));
                return null;
            });
            for (int i = 0; i < 20; i++) {
                Queue<String> seen = new ConcurrentLinkedQueue<>();
                audiences.add(seen);
                groups.onGroup(group -> seen.add(group.name()));
            }
        }
        assertThat(audiences).allSatisfy(seen -> assertThat(seen).hasSize(500).doesNotHaveDuplicates());
    }

    static Stream<Throwable> whatAudiencesThrow() {
        return Stream.of(new IllegalStateException("audience"), new AssertionError("audience"));
    }

    @ParameterizedTest
    @MethodSource("whatAudiencesThrow")
    void whatAnAudienceThrowsNobodySees(Throwable thrown) {
        List<String> seen = new ArrayList<>();
        groups.group("early");
        groups.onGroup(group -> {
            if (thrown instanceof Error error) {
                throw error;
            }
            throw (RuntimeException) thrown;
        });
        groups.onGroup(group -> seen.add(group.name()));

        SingleFlightGroup<String, String> group = groups.group("late");

        assertThat(group.execute("key", () -> "value")).isEqualTo("value");
        assertThat(seen).containsExactly("early", "late");
    }
}
