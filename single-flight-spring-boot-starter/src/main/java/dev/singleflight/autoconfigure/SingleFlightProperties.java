package dev.singleflight.autoconfigure;

import dev.singleflight.Abandoned;
import dev.singleflight.Duplicates;
import dev.singleflight.Overflow;
import java.time.Duration;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * The properties {@code single-flight.*}.
 *
 * @param enabled Whether annotated calls share flights. While false they go straight through; every bean stays.
 * @param order Place of the advice among the advisors of a bean: lower is further outside. Spring Security's method security
 *     stands at 600 or below.
 * @param isolateBy What every key is isolated by: nothing, or the principal (who is signed in, by Spring Security; nobody is
 *     "anonymous").
 * @param inTransaction What a caller does within a transaction that may write: it runs its call alone (bypass), or it shares
 *     flights like any other (join).
 * @param defaults Settings of every group.
 * @param groups Settings of single groups, by name. Names match when they are equal after dropping all but letters and
 *     digits, ignoring case.
 */
@ConfigurationProperties("single-flight")
public record SingleFlightProperties(
        @DefaultValue("true") Boolean enabled,
        @DefaultValue("1000") Integer order,
        @DefaultValue("none") IsolateBy isolateBy,
        @DefaultValue("bypass") InTransaction inTransaction,
        @DefaultValue Defaults defaults,
        @DefaultValue Map<String, Group> groups) {

    /**
     * Settings of every group.
     *
     * @param waitTimeout How long a follower waits before it leaves with a FlightTimeoutException; the flight goes on for
     *     the others. 0 for no limit.
     * @param stuckAfter How long followers are patient with one leader. Then one of them runs its own call, and all others go
     *     over to that. 0 for no limit.
     * @param duplicates What becomes of a second caller while the key is in flight: it joins, or it is rejected.
     * @param maxFlights How many keys of a group may be in flight at once. 0 for no limit.
     * @param maxFollowers How many callers may follow one flight. 0 for no limit.
     * @param overflow What becomes of a caller past a limit: it runs alone (bypass), or it is rejected.
     * @param reuseFor How long after its landing a value still answers new calls. 0 for not at all. Needs Caffeine.
     * @param staleFor How long after that a value may stand in where a call fails or times out. 0 for not at all. Needs
     *     Caffeine.
     * @param reuseMaxEntries How many values each group keeps for that.
     * @param execution Where calls run: on the thread of their caller, or on an executor, with the caller's context but without
     *     its transaction and request scope. Then a run survives its first caller, and the wait timeout binds that, too.
     * @param abandoned What becomes of a call that returns a future or a reactive type when every caller has cancelled: it
     *     completes, or it is cancelled. Where it is not set, groups with a method of a reactive type cancel.
     * @param fluxMaxElements How many elements a call of a reactive type may emit: they are collected for all. Past it the call
     *     fails. 0 for no limit.
     */
    public record Defaults(
            @DefaultValue("0s") Duration waitTimeout,
            @DefaultValue("1m") Duration stuckAfter,
            @DefaultValue("join") Duplicates duplicates,
            @DefaultValue("0") Integer maxFlights,
            @DefaultValue("0") Integer maxFollowers,
            @DefaultValue("bypass") Overflow overflow,
            @DefaultValue("0s") Duration reuseFor,
            @DefaultValue("0s") Duration staleFor,
            @DefaultValue("10000") Integer reuseMaxEntries,
            @DefaultValue("caller") Execution execution,
            @Nullable Abandoned abandoned,
            @DefaultValue("10000") Integer fluxMaxElements) {}

    /**
     * Settings of one group. What is not set is as in the defaults.
     *
     * @param enabled Whether calls of the group share flights. While false they go straight through.
     * @param waitTimeout How long a follower waits before it leaves with a FlightTimeoutException; the flight goes on for
     *     the others. 0 for no limit. Goes before the annotation's waitTimeout.
     * @param stuckAfter How long followers are patient with one leader. Then one of them runs its own call, and all others go
     *     over to that. 0 for no limit.
     * @param duplicates What becomes of a second caller while the key is in flight: it joins, or it is rejected.
     * @param maxFlights How many keys may be in flight at once. 0 for no limit.
     * @param maxFollowers How many callers may follow one flight. 0 for no limit.
     * @param overflow What becomes of a caller past a limit: it runs alone (bypass), or it is rejected.
     * @param reuseFor How long after its landing a value still answers new calls. 0 for not at all. Needs Caffeine.
     * @param staleFor How long after that a value may stand in where a call fails or times out. 0 for not at all. Needs
     *     Caffeine.
     * @param reuseMaxEntries How many values the group keeps for that.
     * @param execution Where calls run: on the thread of their caller, or on an executor, with the caller's context but without
     *     its transaction and request scope. Then a run survives its first caller, and the wait timeout binds that, too.
     * @param abandoned What becomes of a call that returns a future or a reactive type when every caller has cancelled: it
     *     completes, or it is cancelled.
     * @param fluxMaxElements How many elements a call of a reactive type may emit: they are collected for all. Past it the call
     *     fails. 0 for no limit.
     * @param inTransaction What a caller does within a transaction that may write: it runs its call alone (bypass), or it
     *     shares flights like any other (join).
     */
    public record Group(
            @Nullable Boolean enabled,
            @Nullable Duration waitTimeout,
            @Nullable Duration stuckAfter,
            @Nullable Duplicates duplicates,
            @Nullable Integer maxFlights,
            @Nullable Integer maxFollowers,
            @Nullable Overflow overflow,
            @Nullable Duration reuseFor,
            @Nullable Duration staleFor,
            @Nullable Integer reuseMaxEntries,
            @Nullable Execution execution,
            @Nullable Abandoned abandoned,
            @Nullable Integer fluxMaxElements,
            @Nullable InTransaction inTransaction) {}

    /** What every key is isolated by. */
    public enum IsolateBy {
        /** Nothing but the bean, and what FlightKeyContributor beans add. */
        NONE,
        /** Who is signed in, by Spring Security. */
        PRINCIPAL
    }

    /** Where calls run. */
    public enum Execution {
        /** On the thread of their caller. */
        CALLER,
        /** On the bean singleFlightExecutor; without one on virtual threads, or daemon threads before Java 21. */
        EXECUTOR
    }

    /** What a caller does within a transaction that may write. */
    public enum InTransaction {
        /** It runs its call alone. */
        BYPASS,
        /** It shares flights like any other. */
        JOIN
    }
}
