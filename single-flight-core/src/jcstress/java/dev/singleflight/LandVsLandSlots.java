package dev.singleflight;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.LLL_Result;

/** Callers of equal keys, which are two objects, enter and leave one slot: never both at once, and it ends empty. */
@JCStressTest
@Outcome(id = "led, led, empty", expect = ACCEPTABLE, desc = "one after the other")
@Outcome(id = "led, met it, empty", expect = ACCEPTABLE, desc = "the second came while the first led")
@Outcome(id = "met it, led, empty", expect = ACCEPTABLE, desc = "the first came while the second led")
@Outcome(expect = FORBIDDEN, desc = "both led at once, or something is left in the slot")
@State
public class LandVsLandSlots {

    private final SlotFlights<String> slots = new SlotFlights<>(2);

    private volatile boolean leading;

    @Actor
    public void first(LLL_Result result) {
        result.r1 = ask(new Key("k"));
    }

    @Actor
    public void second(LLL_Result result) {
        result.r2 = ask(new Key("k"));
    }

    @Arbiter
    public void look(LLL_Result result) {
        Key key = new Key("k");
        Slot<String> slot = slots.enter(key);
        result.r3 = slot != null && slot.leave(key) && slots.size() == 0 ? "empty" : "not empty";
    }

    private String ask(Key key) {
        Slot<String> slot = slots.enter(key);
        Flight<String> mine = new Flight<>(key, null);
        if (slot == null && !mine.is(slots.claim(mine))) {
            return "met it";
        }
        boolean alone = !leading;
        leading = true;
        leading = false;
        boolean removed = slot == null ? slots.remove(mine) : slot.leave(key) || slots.remove(slot.settle());
        return alone && removed ? "led" : "led beside another";
    }

    private record Key(String name) {}
}
