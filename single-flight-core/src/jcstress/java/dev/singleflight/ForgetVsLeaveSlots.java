package dev.singleflight;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.LLL_Result;

/** A leader leaves its slot while its flight is forgotten, and the same key object enters again. */
@JCStressTest
@Outcome(id = "left, nothing, own", expect = ACCEPTABLE, desc = "it had left when it was to be forgotten")
@Outcome(id = "forgotten, something, own", expect = ACCEPTABLE, desc = "it was forgotten, and the new one is another one")
@Outcome(expect = FORBIDDEN, desc = "the leader took out the new flight, or the new caller met what was forgotten")
@State
public class ForgetVsLeaveSlots {

    private final SlotFlights<String> slots = new SlotFlights<>(2);

    private final Object key = new Object();

    private final Slot<String> entered = slots.enter(key);

    private final Flight<String> claimed = new Flight<>(key, null);

    private Slot<String> enteredAgain;

    @Actor
    public void leave(LLL_Result result) {
        result.r1 = left(entered) ? "left" : "forgotten";
    }

    @Actor
    public void forgetAndEnter(LLL_Result result) {
        result.r2 = slots.removeKey(key) ? "something" : "nothing";
        enteredAgain = slots.enter(key);
        boolean own = enteredAgain != null || claimed.is(slots.claim(claimed));
        result.r3 = own ? "own" : "met it";
    }

    /** It takes its flight out, where that is still there. */
    @Arbiter
    public void look(LLL_Result result) {
        if ("own".equals(result.r3)) {
            boolean there = enteredAgain == null ? slots.remove(claimed) : left(enteredAgain);
            result.r3 = there ? "own" : "gone";
        }
        if (slots.size() != 0) {
            result.r3 = "left behind";
        }
    }

    private boolean left(Slot<String> slot) {
        return slot.leave(key) || slots.remove(slot.settle());
    }
}
