package dev.singleflight;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.concurrent.Executor;
import java.util.function.LongSupplier;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The settings of a group: their defaults, their bounds, and that none is ever lost or changed. */
class GroupConfigTests {

    private final GroupConfig config = GroupConfig.of("settings");

    @Test
    void defaultsAreThoseThatAreDocumented() {
        assertThat(config.name()).isEqualTo("settings");
        assertThat(config.enabled()).isTrue();
        assertThat(config.waitTimeout()).isNull();
        assertThat(config.duplicates()).isEqualTo(Duplicates.JOIN);
        assertThat(config.maxFlights()).isEqualTo(GroupConfig.UNLIMITED);
        assertThat(config.maxFollowers()).isEqualTo(GroupConfig.UNLIMITED);
        assertThat(config.overflow()).isEqualTo(Overflow.BYPASS);
        assertThat(config.executor()).isNull();
        assertThat(config.listener()).isNull();
        long before = System.nanoTime();
        assertThat(config.ticker().getAsLong() - before).isBetween(0L, System.nanoTime() - before);
    }

    @Test
    void everySettingIsKeptThroughEveryCopy() {
        Executor executor = Runnable::run;
        FlightListener listener = new FlightListener() {};
        LongSupplier ticker = () -> 42;

        GroupConfig changed = config.withEnabled(false)
                .withWaitTimeout(Duration.ofSeconds(2))
                .withDuplicates(Duplicates.REJECT)
                .withMaxFlights(3)
                .withMaxFollowers(4)
                .withOverflow(Overflow.REJECT)
                .withExecutor(executor)
                .withListener(listener)
                .withTicker(ticker);

        // Twice as many copies: each setting passes through the copies that the others make.
        GroupConfig copied = changed.withEnabled(false).withMaxFlights(3);
        assertThat(copied.name()).isEqualTo("settings");
        assertThat(copied.enabled()).isFalse();
        assertThat(copied.waitTimeout()).isEqualTo(Duration.ofSeconds(2));
        assertThat(copied.duplicates()).isEqualTo(Duplicates.REJECT);
        assertThat(copied.maxFlights()).isEqualTo(3);
        assertThat(copied.maxFollowers()).isEqualTo(4);
        assertThat(copied.overflow()).isEqualTo(Overflow.REJECT);
        assertThat(copied.executor()).isSameAs(executor);
        assertThat(copied.listener()).isSameAs(listener);
        assertThat(copied.ticker()).isSameAs(ticker);
        assertThat(copied.toString())
                .contains("settings", "PT2S", "REJECT", "maxFlights=3", "maxFollowers=4", "enabled=false");
    }

    static Stream<UnaryOperator<GroupConfig>> changes() {
        return Stream.of(
                config -> config.withEnabled(false),
                config -> config.withWaitTimeout(Duration.ZERO),
                config -> config.withDuplicates(Duplicates.REJECT),
                config -> config.withMaxFlights(1),
                config -> config.withMaxFollowers(1),
                config -> config.withOverflow(Overflow.REJECT),
                config -> config.withExecutor(Runnable::run),
                config -> config.withListener(new FlightListener() {}),
                config -> config.withTicker(() -> 42));
    }

    @ParameterizedTest
    @MethodSource("changes")
    void changeLeavesTheOriginalAsItWas(UnaryOperator<GroupConfig> change) {
        assertThat(change.apply(config)).isNotSameAs(config);

        defaultsAreThoseThatAreDocumented();
    }

    @Test
    void limitsCanBeTakenBack() {
        GroupConfig limited = config.withWaitTimeout(Duration.ZERO)
                .withMaxFlights(1)
                .withMaxFollowers(1)
                .withExecutor(Runnable::run)
                .withListener(new FlightListener() {});

        GroupConfig unlimited = limited.withWaitTimeout(null)
                .withMaxFlights(GroupConfig.UNLIMITED)
                .withMaxFollowers(GroupConfig.UNLIMITED)
                .withExecutor(null)
                .withListener(null);

        assertThat(unlimited.waitTimeout()).isNull();
        assertThat(unlimited.maxFlights()).isEqualTo(GroupConfig.UNLIMITED);
        assertThat(unlimited.maxFollowers()).isEqualTo(GroupConfig.UNLIMITED);
        assertThat(unlimited.executor()).isNull();
        assertThat(unlimited.listener()).isNull();
    }

    @ParameterizedTest
    @ValueSource(ints = {0, -1, Integer.MIN_VALUE})
    void boundBelowOneIsRefusedByNameOfGroupAndSetting(int bound) {
        assertThatThrownBy(() -> config.withMaxFlights(bound))
                .isExactlyInstanceOf(IllegalArgumentException.class)
                .hasMessageContainingAll("'settings'", "maxFlights", String.valueOf(bound));
        assertThatThrownBy(() -> config.withMaxFollowers(bound))
                .isExactlyInstanceOf(IllegalArgumentException.class)
                .hasMessageContainingAll("'settings'", "maxFollowers", String.valueOf(bound));
    }

    @Test
    void negativeWaitTimeoutIsRefused() {
        assertThatThrownBy(() -> config.withWaitTimeout(Duration.ofSeconds(-1)))
                .isExactlyInstanceOf(IllegalArgumentException.class)
                .hasMessageContainingAll("'settings'", "PT-1S");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", " ", "\t\n"})
    void blankNameIsRefused(String name) {
        assertThatThrownBy(() -> GroupConfig.of(name)).isExactlyInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> SingleFlightGroup.create(name)).isExactlyInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void settingsThatMustBeThereAreRefusedAsNull() {
        assertThatThrownBy(() -> GroupConfig.of(null)).isInstanceOf(NullPointerException.class);
        assertThatThrownBy(() -> config.withDuplicates(null)).isInstanceOf(NullPointerException.class);
        assertThatThrownBy(() -> config.withOverflow(null)).isInstanceOf(NullPointerException.class);
        assertThatThrownBy(() -> config.withTicker(null)).isInstanceOf(NullPointerException.class);
    }

    @Test
    void groupKnowsItsNameAndSettings() {
        SingleFlightGroup<String, String> group = SingleFlightGroup.create(config);

        assertThat(group.name()).isEqualTo("settings");
        assertThat(group.config()).isSameAs(config);
        assertThat(group).hasToString("SingleFlightGroup[settings]");
    }
}
