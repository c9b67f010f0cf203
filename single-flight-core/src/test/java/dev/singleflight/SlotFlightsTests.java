package dev.singleflight;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

/** What a flight that entered its slot with nothing but its key has in common with one that stands in the map. */
class SlotFlightsTests {

    private static final String KEY = "key";

    private final SlotFlights<String> flights = new SlotFlights<>(1);

    @Test
    void flightThatNobodyMetLeavesAnEmptySlot() {
        Slot<String> slot = entered(KEY);
        assertThat(flights.size()).isEqualTo(1);

        assertThat(slot.leave(KEY)).isTrue();

        assertThat(flights.size()).isZero();
        assertEnterable();
    }

    @Test
    void callerOfAnEqualKeyMeetsTheFlightOfTheOneThatEntered() {
        Slot<String> slot = entered(KEY);

        Flight<String> met = flights.claim(flight(new String(KEY)));

        assertThat(met.key()).isSameAs(KEY);
        assertThat(met.leader()).isSameAs(Thread.currentThread());
        assertThat(flights.claim(flight(KEY))).isSameAs(met);
        assertThat(flights.holds(met)).isTrue();
        assertThat(flights.all()).containsExactly(met);
        assertThat(slot.leave(KEY)).isFalse();
        assertThat(slot.settle()).isSameAs(met);
        assertThat(met.leader()).isSameAs(Thread.currentThread());
        assertThat(flights.remove(met)).isTrue();
        assertThat(flights.remove(met)).isFalse();
        assertThat(flights.holds(met)).isFalse();
        assertEnterable();
    }

    @Test
    void callerOfAnotherKeyInTheSlotHasAFlightOfItsOwn() {
        Flight<String> others = flight(neighbourOf(KEY));
        Slot<String> slot = entered(KEY);

        assertThat(flights.claim(others)).isSameAs(others);
        assertThat(flights.size()).isEqualTo(2);
        assertThat(flights.enter("nor a third")).isNull();

        assertThat(slot.leave(KEY)).isFalse();
        assertThat(flights.remove(slot.settle())).isTrue();
        assertThat(flights.all()).containsExactly(others);
        assertThat(flights.remove(others)).isTrue();
        assertEnterable();
    }

    @Test
    void claimThatFindsTheKeyTakenLeavesNothing() {
        Slot<String> slot = slotOf(KEY);
        Flight<String> first = flight(KEY);
        assertThat(flights.claim(first)).isSameAs(first);
        assertThat(flights.claim(flight(KEY))).isSameAs(first);

        assertThat(flights.remove(first)).isTrue();

        assertThat(slot.size()).isZero();
        assertEnterable();
    }

    @Test
    void forgottenFlightKeepsItsSlotUntilItsLeaderLeaves() {
        Slot<String> slot = entered(KEY);
        assertThat(flights.removeKey(KEY)).isTrue();
        assertThat(flights.removeKey(KEY)).isFalse();
        assertThat(flights.size()).isZero();
        assertThat(flights.all()).isEmpty();
        assertThat(flights.enter(KEY)).isNull(); // the owner of the slot is another flight's leader

        Flight<String> fresh = flight(KEY);
        assertThat(flights.claim(fresh)).isSameAs(fresh);

        assertThat(slot.leave(KEY)).isFalse();
        assertThat(flights.remove(slot.settle())).isFalse();
        assertThat(flights.claim(flight(KEY))).isSameAs(fresh);
        assertThat(flights.remove(fresh)).isTrue();
        assertEnterable();
    }

    @Test
    void flightThatWasMetHasNoLeaderOfAnotherFlightOfItsSlot() {
        Slot<String> slot = entered(KEY);
        Flight<String> met = flights.claim(flight(KEY));
        assertThat(slot.leave(KEY)).isFalse();
        slot.settle();
        met.leader(null);
        assertThat(flights.remove(met)).isTrue();

        Slot<String> next = entered(KEY);

        assertThat(next).isSameAs(slot);
        assertThat(met.leader()).isNull();
        assertThat(next.leave(KEY)).isTrue();
        assertThat(next.owner()).isNull();
    }

    @Test
    void keyIsNotComparedWithOneOfAnotherHashCode() {
        entered(new Choosy(1));
        assertThat(flights.enter(new Choosy(2))).isNull(); // the slot is the same

        Flight<String> others = flight(new Choosy(2));

        assertThat(flights.claim(others)).isSameAs(others);
    }

    @Test
    void keyIsNotComparedWithOneOfAnotherHashCodeThatHasSettled() {
        Slot<String> slot = entered(new Choosy(1));
        Flight<String> others = flight(new Choosy(2));
        assertThat(flights.claim(others)).isSameAs(others);

        slot.settle();

        assertThat(flights.find(new Choosy(2))).isSameAs(others);
    }

    @Test
    void keyThatThrowsWhileItIsClaimedLeavesNothingInTheSlot() {
        Flight<String> first = flight(new Choosy(1));
        Flight<String> second = flight(new Choosy(2));
        assertThat(flights.claim(first)).isSameAs(first);
        assertThat(flights.claim(second)).isSameAs(second);

        assertThatThrownBy(() -> flights.claim(flight(new Throwing(2)))).hasMessage("equals");

        assertThat(flights.remove(first)).isTrue();
        assertThat(flights.remove(second)).isTrue();
        assertThat(flights.enter(new Choosy(1))).isNotNull();
    }

    private Slot<String> entered(Object key) {
        Slot<String> slot = flights.enter(key);
        assertThat(slot).isNotNull();
        return slot;
    }

    private Slot<String> slotOf(Object key) {
        Slot<String> slot = entered(key);
        assertThat(slot.leave(key)).isTrue();
        return slot;
    }

    private void assertEnterable() {
        assertThat(flights.size()).isZero();
        assertThat(entered(KEY).leave(KEY)).isTrue();
    }

    /** There are two slots. */
    private String neighbourOf(String key) {
        Slot<String> slot = slotOf(key);
        String other = "other";
        for (int i = 0; !slot.equals(slotOf(other)); i++) {
            other = "other " + i;
        }
        return other;
    }

    private static Flight<String> flight(Object key) {
        return new Flight<>(key, null);
    }

    /** In the slot of the others. */
    private record Throwing(int number) {

        @Override
        public boolean equals(Object other) {
            throw new IllegalStateException("equals");
        }

        @Override
        public int hashCode() {
            return number * 2;
        }
    }

    /** It cannot be compared with a key that has another hash code, as keys of different types often cannot. */
    private record Choosy(int number) {

        @Override
        public boolean equals(Object other) {
            assertThat(((Choosy) other).number).isEqualTo(number);
            return true;
        }

        @Override
        public int hashCode() {
            return number * 2;
        }
    }
}
