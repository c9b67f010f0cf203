package dev.singleflight;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.LL_Result;

/** A leader lands while its flight is forgotten and the same key object claimed again: it meets its own flight alone. */
@JCStressTest
@Outcome(id = "claimed, up", expect = ACCEPTABLE, desc = "its flight stands, whoever removed the old one")
@Outcome(expect = FORBIDDEN, desc = "it met what was forgotten, or the leader took its flight out or landed it")
@State
public class ForgetVsLeave {

    private final Tower<String> tower = new Tower<>(GroupConfig.of("group"));

    private final Object key = new Object();

    private final Flight<String> old = new Flight<>(key, (Thread) null);

    private final Flight<String> fresh = new Flight<>(key, (Thread) null);

    public ForgetVsLeave() {
        tower.flights().claim(old);
    }

    @Actor
    public void leave() {
        tower.landings().landStage(old, dev.singleflight.Outcome.value("value"));
    }

    /** Forgets as {@code forgetIf} does: a flight that it found. */
    @Actor
    public void forgetAndEnter(LL_Result result) {
        tower.flights().remove(old);
        result.r1 = fresh.is(tower.flights().claim(fresh)) ? "claimed" : "met the old one";
    }

    @Arbiter
    public void look(LL_Result result) {
        result.r2 = tower.flights().holds(old) ? "old one is up" : fresh.end() != null ? "landed" : freshIsUp();
    }

    private String freshIsUp() {
        return tower.flights().holds(fresh) ? "up" : "gone";
    }
}
