package dev.singleflight;

import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * The settings of a group. Immutable: start with {@link #of(String)}, each {@code with} method returns a changed copy.
 *
 * <pre>{@code
 * GroupConfig.of("rates").withWaitTimeout(Duration.ofSeconds(2)).withMaxFlights(10_000)
 * }</pre>
 */
public final class GroupConfig {

    /** The bound that does not bind, the default of {@link #maxFlights()} and {@link #maxFollowers()}. */
    public static final int UNLIMITED = Integer.MAX_VALUE;

    private final Settings settings; // written by with() alone, before this object is seen by anybody

    private GroupConfig(Settings settings) {
        this.settings = settings;
    }

    /**
     * Every default, under this name.
     *
     * @param name what configuration, meters and messages call the group; not blank
     * @return the configuration
     * @throws IllegalArgumentException if the name is blank
     */
    public static GroupConfig of(String name) {
        if (name.isBlank()) {
            throw new IllegalArgumentException("The name of a group must not be blank");
        }
        return new GroupConfig(new Settings(name));
    }

    /**
     * The group's name.
     *
     * @return the name
     */
    public String name() {
        return settings.name;
    }

    /**
     * Whether the group starts switched on. Default true. See {@link SingleFlightGroup#enabled(boolean)}.
     *
     * @return whether it does
     */
    public boolean enabled() {
        return settings.enabled;
    }

    /**
     * How long a follower waits before it leaves with a {@link FlightTimeoutException}; the flight goes on for the
     * others. It also binds the first caller of a flight that runs on the {@linkplain #executor() executor}, and every
     * caller's future. Default none.
     *
     * @return the limit; {@link Duration#ZERO} lets nobody wait; null where there is no limit
     */
    public @Nullable Duration waitTimeout() {
        return settings.waitTimeout;
    }

    /**
     * How long followers are patient with one leader, from the first that waits for it; anew for each successor. Then the
     * flight is declared stuck: it leaves the group, one follower or newcomer leads a new flight with its own call, and all
     * followers go over to that. The stuck leader alone gets what its call ends with. So there is one more run for each key
     * and time, however many wait. Default one minute.
     *
     * @return the limit; null where followers wait for a leader as long as it takes
     */
    public @Nullable Duration stuckAfter() {
        return settings.stuckAfter;
    }

    /**
     * What becomes of a second caller while the key is in flight. Default {@link Duplicates#JOIN}.
     *
     * @return what becomes of it
     */
    public Duplicates duplicates() {
        return settings.duplicates;
    }

    /**
     * How many keys may be in flight at once. Default {@link #UNLIMITED}.
     *
     * @return the bound, 1 or more
     */
    public int maxFlights() {
        return settings.maxFlights;
    }

    /**
     * How many callers may follow one flight. Default {@link #UNLIMITED}.
     *
     * @return the bound, 1 or more
     */
    public int maxFollowers() {
        return settings.maxFollowers;
    }

    /**
     * What becomes of a caller past {@link #maxFlights()} or {@link #maxFollowers()}. Default {@link Overflow#BYPASS}.
     *
     * @return what becomes of it
     */
    public Overflow overflow() {
        return settings.overflow;
    }

    /**
     * Which failures of a call its followers get, too. Any other goes to its leader alone, and the follower that has waited
     * longest runs its own call: runs of the key are serial then, and the n-th caller waits for n-1 of them, so refuse only
     * what is rare. A failure by which the leader was cancelled is never shared. Asked on the leader's thread, with no lock
     * held; where it throws, that is logged and the failure is shared. Default every failure.
     *
     * @return true for a failure that is shared
     */
    public Predicate<? super Throwable> shareFailure() {
        return settings.shareFailure;
    }

    /**
     * What becomes of an asynchronous flight when every future that waited for it was cancelled or has ended otherwise, and
     * no thread waits. Default {@link Abandoned#COMPLETE}.
     *
     * @return what becomes of it
     */
    public Abandoned abandoned() {
        return settings.abandoned;
    }

    /**
     * How long after its landing a value still answers new calls, as {@link Role#REUSED}. Never a failure, and never the
     * value of a flight that was forgotten or declared stuck. {@link SingleFlightGroup#forget forget} drops it. Default
     * zero. It needs Caffeine on the class path.
     *
     * @return the time, zero or more
     */
    public Duration reuseFor() {
        return settings.reuseFor;
    }

    /**
     * How long after that a value may still stand in where a call fails, or a caller's patience ends: then the result is
     * {@linkplain FlightResult#stale() stale}. A leader that was cancelled gets its failure all the same. Default zero. It
     * needs Caffeine on the class path.
     *
     * @return the time, zero or more
     */
    public Duration staleFor() {
        return settings.staleFor;
    }

    /**
     * How many values are kept for {@link #reuseFor()} and {@link #staleFor()}. Default 10,000.
     *
     * @return the bound, 1 or more
     */
    public int reuseMaxEntries() {
        return settings.reuseMaxEntries;
    }

    /**
     * Runs the calls instead of the leader's thread: then the wait timeout binds the first caller too, and its interrupt
     * cannot hurt the run. Calls that bypass stay on the caller's thread, and so does what a successor runs. A thread that
     * runs a flight for an executor leads further flights itself, and starts a queued one before it waits for it, or joins
     * it with a future, which is then completed on the common pool: a bounded pool cannot starve itself with flights. What
     * the executor has not started after {@link #stuckAfter()} starts elsewhere: a blocking call on its caller's thread, a
     * supplier on the common pool. Default none.
     *
     * @return the executor, or null where leaders run their calls themselves
     */
    public @Nullable Executor executor() {
        return settings.executor;
    }

    /**
     * Hears of runs and waits; guarded, so that what it throws is logged and never seen by a caller. Default none.
     *
     * @return the listener, or null where there is none
     */
    public @Nullable FlightListener listener() {
        return settings.listener;
    }

    /**
     * The clock of timeouts, ages and listeners, in nanoseconds from any origin; it must not go back and not throw.
     * Default {@link System#nanoTime()}.
     *
     * @return the clock
     */
    public LongSupplier ticker() {
        return settings.ticker;
    }

    /**
     * A copy that starts switched on or off.
     *
     * @param enabled whether it starts switched on
     * @return the copy
     * @see #enabled()
     */
    public GroupConfig withEnabled(boolean enabled) {
        return with(copy -> copy.enabled = enabled);
    }

    /**
     * A copy with this patience.
     *
     * @param waitTimeout zero or more; null for no limit
     * @return the copy
     * @throws IllegalArgumentException if it is negative
     * @see #waitTimeout()
     */
    public GroupConfig withWaitTimeout(@Nullable Duration waitTimeout) {
        if (waitTimeout != null) {
            requirePatience(name(), waitTimeout);
        }
        return with(copy -> copy.waitTimeout = waitTimeout);
    }

    /**
     * A copy with this patience with leaders.
     *
     * @param stuckAfter more than zero; null for no limit
     * @return the copy
     * @throws IllegalArgumentException if it is zero or negative
     * @see #stuckAfter()
     */
    public GroupConfig withStuckAfter(@Nullable Duration stuckAfter) {
        if (stuckAfter != null && (stuckAfter.isZero() || stuckAfter.isNegative())) {
            throw new IllegalArgumentException("stuckAfter of group '" + name() + "' is " + stuckAfter
                    + "; it must be more than zero, or null for no limit");
        }
        return with(copy -> copy.stuckAfter = stuckAfter);
    }

    /**
     * A copy that treats second callers so.
     *
     * @param duplicates what becomes of them
     * @return the copy
     * @see #duplicates()
     */
    public GroupConfig withDuplicates(Duplicates duplicates) {
        Objects.requireNonNull(duplicates, "duplicates");
        return with(copy -> copy.duplicates = duplicates);
    }

    /**
     * A copy with this bound.
     *
     * @param maxFlights 1 or more; {@link #UNLIMITED} for no bound
     * @return the copy
     * @throws IllegalArgumentException if it is below 1
     * @see #maxFlights()
     */
    public GroupConfig withMaxFlights(int maxFlights) {
        requireBound("maxFlights", maxFlights);
        return with(copy -> copy.maxFlights = maxFlights);
    }

    /**
     * A copy with this bound.
     *
     * @param maxFollowers 1 or more; {@link #UNLIMITED} for no bound
     * @return the copy
     * @throws IllegalArgumentException if it is below 1
     * @see #maxFollowers()
     */
    public GroupConfig withMaxFollowers(int maxFollowers) {
        requireBound("maxFollowers", maxFollowers);
        return with(copy -> copy.maxFollowers = maxFollowers);
    }

    /**
     * A copy that treats callers past a bound so.
     *
     * @param overflow what becomes of them
     * @return the copy
     * @see #overflow()
     */
    public GroupConfig withOverflow(Overflow overflow) {
        Objects.requireNonNull(overflow, "overflow");
        return with(copy -> copy.overflow = overflow);
    }

    /**
     * A copy that shares these failures.
     *
     * @param shareFailure true for a failure that followers get, too
     * @return the copy
     * @see #shareFailure()
     */
    public GroupConfig withShareFailure(Predicate<? super Throwable> shareFailure) {
        Objects.requireNonNull(shareFailure, "shareFailure");
        return with(copy -> copy.shareFailure = shareFailure);
    }

    /**
     * A copy that treats asynchronous flights so that nobody waits for any more.
     *
     * @param abandoned what becomes of them
     * @return the copy
     * @see #abandoned()
     */
    public GroupConfig withAbandoned(Abandoned abandoned) {
        Objects.requireNonNull(abandoned, "abandoned");
        return with(copy -> copy.abandoned = abandoned);
    }

    /**
     * A copy whose values answer calls for so long.
     *
     * @param reuseFor zero or more
     * @return the copy
     * @throws IllegalArgumentException if it is negative
     * @see #reuseFor()
     */
    public GroupConfig withReuseFor(Duration reuseFor) {
        requireTime("reuseFor", reuseFor);
        return with(copy -> copy.reuseFor = reuseFor);
    }

    /**
     * A copy whose values may stand in for so long.
     *
     * @param staleFor zero or more
     * @return the copy
     * @throws IllegalArgumentException if it is negative
     * @see #staleFor()
     */
    public GroupConfig withStaleFor(Duration staleFor) {
        requireTime("staleFor", staleFor);
        return with(copy -> copy.staleFor = staleFor);
    }

    /**
     * A copy that keeps so many values.
     *
     * @param reuseMaxEntries 1 or more
     * @return the copy
     * @throws IllegalArgumentException if it is below 1
     * @see #reuseMaxEntries()
     */
    public GroupConfig withReuseMaxEntries(int reuseMaxEntries) {
        requireBound("reuseMaxEntries", reuseMaxEntries);
        return with(copy -> copy.reuseMaxEntries = reuseMaxEntries);
    }

    /**
     * A copy that runs calls there.
     *
     * @param executor null for the leader's own thread
     * @return the copy
     * @see #executor()
     */
    public GroupConfig withExecutor(@Nullable Executor executor) {
        return with(copy -> copy.executor = executor);
    }

    /**
     * A copy with this listener instead of the one it had; {@link FlightListener#andThen} keeps both.
     *
     * @param listener null for none
     * @return the copy
     * @see #listener()
     */
    public GroupConfig withListener(@Nullable FlightListener listener) {
        return with(copy -> copy.listener = listener);
    }

    /**
     * A copy with this clock.
     *
     * @param ticker nanoseconds from any origin
     * @return the copy
     * @see #ticker()
     */
    public GroupConfig withTicker(LongSupplier ticker) {
        Objects.requireNonNull(ticker, "ticker");
        return with(copy -> copy.ticker = ticker);
    }

    @Override
    public String toString() {
        return "GroupConfig[name=" + name() + ", enabled=" + enabled() + ", waitTimeout=" + waitTimeout()
                + ", stuckAfter=" + stuckAfter() + ", duplicates=" + duplicates() + ", maxFlights=" + maxFlights()
                + ", maxFollowers=" + maxFollowers()
                + ", overflow=" + overflow() + ", abandoned=" + abandoned() + ", reuseFor=" + reuseFor() + ", staleFor="
                + staleFor() + ", executor=" + executor() + "]";
    }

    static void requirePatience(String group, Duration waitTimeout) {
        if (waitTimeout.isNegative()) {
            throw new IllegalArgumentException("The wait timeout of a call of group '" + group + "' is " + waitTimeout
                    + "; it must be zero (do not wait) or more");
        }
    }

    private void requireTime(String setting, Duration time) {
        if (time.isNegative()) {
            throw new IllegalArgumentException(
                    setting + " of group '" + name() + "' is " + time + "; it must be zero (off) or more");
        }
    }

    private void requireBound(String setting, int bound) {
        if (bound < 1) {
            throw new IllegalArgumentException(setting + " of group '" + name() + "' is " + bound
                    + "; it must be 1 or more, or GroupConfig.UNLIMITED");
        }
    }

    private GroupConfig with(Consumer<Settings> change) {
        Settings copy = settings.copy();
        change.accept(copy);
        return new GroupConfig(copy);
    }

    /** The values of one configuration, with their defaults. */
    private static final class Settings {
        private final String name;
        private boolean enabled = true;
        private @Nullable Duration waitTimeout;
        private @Nullable Duration stuckAfter = Duration.ofMinutes(1);
        private Predicate<? super Throwable> shareFailure = failure -> true;
        private Abandoned abandoned = Abandoned.COMPLETE;
        private Duplicates duplicates = Duplicates.JOIN;
        private int maxFlights = UNLIMITED;
        private int maxFollowers = UNLIMITED;
        private Overflow overflow = Overflow.BYPASS;
        private Duration reuseFor = Duration.ZERO;
        private Duration staleFor = Duration.ZERO;
        private int reuseMaxEntries = 10_000;
        private @Nullable Executor executor;
        private @Nullable FlightListener listener;
        private LongSupplier ticker = System::nanoTime;

        private Settings(String name) {
            this.name = name;
        }

        private Settings copy() {
            Settings copy = new Settings(name);
            copy.enabled = enabled;
            copy.waitTimeout = waitTimeout;
            copy.stuckAfter = stuckAfter;
            copy.shareFailure = shareFailure;
            copy.abandoned = abandoned;
            copy.duplicates = duplicates;
            copy.maxFlights = maxFlights;
            copy.maxFollowers = maxFollowers;
            copy.overflow = overflow;
            copy.reuseFor = reuseFor;
            copy.staleFor = staleFor;
            copy.reuseMaxEntries = reuseMaxEntries;
            copy.executor = executor;
            copy.listener = listener;
            copy.ticker = ticker;
            return copy;
        }
    }
}
