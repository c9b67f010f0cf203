package dev.singleflight;

import static org.assertj.core.api.Assertions.assertThat;

import dev.singleflight.Flight.Boarding;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;

/** Rule 8: a flight is listed as stuck until its leader ends, and no longer. */
class StuckFlightsTests {

    private final FakeTicker ticker = new FakeTicker();

    private final Tower<String> tower = new Tower<>(GroupConfig.of("stuck").withTicker(ticker));

    @Test
    void flightThatIsStuckBeforeItsLeaderComesIsNotListedForEver() {
        Flight<String> first = new Flight<>("key", (Thread) null);
        tower.flights().claim(first);
        Flight<String> second = declareStuck(first);
        Flight<String> third = declareStuck(second);
        assertThat(tower.relief().stuck(tower.now())).hasSize(2);

        assertThat(tower.relief().isToBeLed(second))
                .as("its followers did not wait for who was to lead it")
                .isFalse();

        assertThat(tower.relief().stuck(tower.now()))
                .as("the first one's leader is there yet, the second one never had one")
                .hasSize(1);
        assertThat(tower.relief().isToBeLed(third)).isTrue();
    }

    @Test
    void keyThatThrowsWhereItsNextFlightLooksForAPlaceKeepsNobodyWaiting() {
        AtomicBoolean throwing = new AtomicBoolean();
        Flight<String> first = new Flight<>(new Key("first", throwing), (Thread) null);
        tower.flights().claim(first);
        tower.flights().claim(new Flight<>(new Key("in its way", throwing), (Thread) null));
        tower.flights().claim(new Flight<>(new Key("in its way, too", throwing), (Thread) null));
        throwing.set(true);

        Flight<String> next = declareStuck(first);

        assertThat(first.end()).isInstanceOf(Moved.class);
        assertThat(tower.relief().isToBeLed(next)).isTrue();
    }

    /** Of the same hash code as all others. */
    private record Key(String name, AtomicBoolean throwing) {

        @Override
        public boolean equals(Object other) {
            if (throwing.get()) {
                throw new IllegalStateException("equals");
            }
            return this == other;
        }

        @Override
        public int hashCode() {
            return 1;
        }
    }

    /** Returns the flight that its followers go over to. */
    private Flight<String> declareStuck(Flight<String> flight) {
        ParkedWaiter<String> waiter = new ParkedWaiter<>(tower, new Patience(Tower.UNLIMITED));
        assertThat(flight.join(waiter, tower)).isEqualTo(Boarding.JOINED);
        ticker.advance(tower.config().stuckAfter());
        Flight<String> next = flight.another();
        assertThat(tower.relief().relieve(flight, next, tower.now())).isNotNull();
        return next;
    }
}
