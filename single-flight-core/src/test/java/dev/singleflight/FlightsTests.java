package dev.singleflight;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;

/** Which table a group has. */
class FlightsTests {

    private static final GroupConfig PLAIN = GroupConfig.of("group");

    @Test
    void groupWhoseLeadersNeedNothingButTheirKeyHasSlotsUnlessTheMapIsAskedFor() {
        Class<?> table = "map".equals(System.getProperty(Flights.TABLE)) ? MapFlights.class : SlotFlights.class;

        assertThat(Flights.of(PLAIN)).isInstanceOf(table);
        assertThat(Flights.of(PLAIN.withMaxFollowers(3).withDuplicates(Duplicates.REJECT)))
                .isInstanceOf(table);
    }

    @Test
    void groupWhoseLeadersNeedAFlightHasAMap() {
        assertThat(Flights.of(PLAIN.withExecutor(Runnable::run))).isInstanceOf(MapFlights.class);
        assertThat(Flights.of(PLAIN.withReuseFor(Duration.ofSeconds(1)))).isInstanceOf(MapFlights.class);
        assertThat(Flights.of(PLAIN.withStaleFor(Duration.ofSeconds(1)))).isInstanceOf(MapFlights.class);
    }

    @Test
    void boundIsABoundedTable() {
        assertThat(Flights.of(PLAIN.withMaxFlights(3))).isInstanceOf(BoundedFlights.class);
    }
}
