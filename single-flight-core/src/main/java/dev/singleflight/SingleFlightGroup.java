package dev.singleflight;

import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A named namespace of keys: while a call for a key is in flight, nobody starts a second one, and everyone who asks gets
 * that one's outcome.
 *
 * <pre>{@code
 * SingleFlightGroup<Long, User> users = SingleFlightGroup.create("users");
 * User user = users.execute(42L, () -> database.load(42L)); // a hundred threads at once: one load
 * }</pre>
 *
 * <p><b>Outcomes are shared.</b> Every caller gets the very value, or the very Throwable, of the one run: checked
 * exceptions and errors too, unwrapped. A failure's stack trace is the leader's, and what one caller adds to it
 * ({@code addSuppressed}) all callers see; the same holds for a mutable value.
 *
 * <p><b>Freshness.</b> Who has an outcome and asks again never gets the same run again. But a caller that joins gets a
 * run that may have begun before the call: what the caller wrote just before may be missing from it. {@link #forget}
 * after the write is the remedy. What the leader did before the landing happens-before what a follower does with the
 * outcome.
 *
 * <p><b>Nothing hangs, nothing leaks.</b> Whatever a call ends with, its flight lands and leaves nothing behind. A
 * caller that times out, is interrupted or cancels leaves alone, and a call for a key whose flight its own thread is
 * running runs alone. A group has no thread, and no timer but those of futures with a wait timeout.
 *
 * <p>Groups are safe for use by any number of threads, platform or virtual. Keys are compared with {@code equals} and
 * must not be null; {@code hashCode} is asked once a call.
 *
 * @param <K> the type of the keys
 * @param <V> the type of the values, which may be null
 */
public interface SingleFlightGroup<K, V extends @Nullable Object> {

    /**
     * A group of its own with every default.
     *
     * @param name what messages call it; not blank
     * @param <K> the type of the keys
     * @param <V> the type of the values
     * @return the group
     * @throws IllegalArgumentException if the name is blank
     */
    static <K, V extends @Nullable Object> SingleFlightGroup<K, V> create(String name) {
        return create(GroupConfig.of(name));
    }

    /**
     * A group of its own, configured so.
     *
     * @param config its settings
     * @param <K> the type of the keys
     * @param <V> the type of the values
     * @return the group
     */
    static <K, V extends @Nullable Object> SingleFlightGroup<K, V> create(GroupConfig config) {
        return new LocalGroup<>(config);
    }

    /**
     * The group's name.
     *
     * @return the name
     */
    String name();

    /**
     * Runs the call, or waits for the key's flight and shares its outcome. By default the leader runs the call on its
     * own thread, so that its transaction, security context and thread locals are intact.
     *
     * @param key what makes two calls the same
     * @param call run where nobody else is running one for the key
     * @param <X> the checked exception of the call
     * @return the value of this call or of the one it joined
     * @throws X what the call ended with, or the one it joined: the very same instance for all its callers
     * @throws FlightTimeoutException if the group's wait timeout ended while waiting
     * @throws FlightInterruptedException if this thread was interrupted while waiting, or when it came to wait
     * @throws FlightRejectedException if the group is configured to refuse it
     * @throws IllegalArgumentException if the key is null
     */
    <X extends Exception> V execute(K key, FlightCall<? extends V, X> call) throws X;

    /**
     * {@link #execute(Object, FlightCall)} with this wait timeout instead of the group's.
     *
     * @param key what makes two calls the same
     * @param waitTimeout how long to wait for another caller's flight; {@link Duration#ZERO} for not at all
     * @param call run where nobody else is running one for the key
     * @param <X> the checked exception of the call
     * @return the value of this call or of the one it joined
     * @throws X what the call ended with, or the one it joined
     * @throws FlightTimeoutException if the wait timeout ended while waiting
     * @throws FlightInterruptedException if this thread was interrupted while waiting, or when it came to wait
     * @throws FlightRejectedException if the group is configured to refuse it
     * @throws IllegalArgumentException if the key is null or the wait timeout negative
     */
    <X extends Exception> V execute(K key, Duration waitTimeout, FlightCall<? extends V, X> call) throws X;

    /**
     * {@link #execute(Object, FlightCall)}, telling also how the caller came by the value.
     *
     * @param key what makes two calls the same
     * @param call run where nobody else is running one for the key
     * @param <X> the checked exception of the call
     * @return the value, the caller's role, and whether it was shared
     * @throws X what the call ended with, or the one it joined
     * @throws FlightTimeoutException if the group's wait timeout ended while waiting
     * @throws FlightInterruptedException if this thread was interrupted while waiting, or when it came to wait
     * @throws FlightRejectedException if the group is configured to refuse it
     * @throws IllegalArgumentException if the key is null
     */
    <X extends Exception> FlightResult<V> fly(K key, FlightCall<? extends V, X> call) throws X;

    /**
     * Starts the call, or joins the key's flight, without waiting. Asynchronous and blocking callers share flights.
     *
     * <p>The supplier runs on this thread (with an {@linkplain GroupConfig#executor() executor}: there), and its flight
     * lands when its stage completes. Each caller gets a future of its own: what one does with it never touches another.
     * The leader's future is completed by the thread that completes the stage. A follower's callbacks run on the group's
     * executor, else the common pool, so that no caller's callback delays another's outcome.
     *
     * <p>A future ends as the stage did; a blocking caller that joined it gets the cause, without
     * {@code CompletionException} around it.
     *
     * @param key what makes two calls the same
     * @param call started where nobody else is running one for the key
     * @return this caller's own future. It fails with {@link FlightTimeoutException} where the group's wait timeout
     *     ends first, {@link FlightRejectedException} where the group refuses the call, and with whatever the supplier,
     *     the executor, or the key's {@code equals} and {@code hashCode} throw; a supplier that returns null is a
     *     {@link NullPointerException}
     * @throws IllegalArgumentException if the key is null
     * @throws NullPointerException if the call is null
     */
    CompletableFuture<V> executeAsync(K key, Supplier<? extends CompletionStage<? extends V>> call);

    /**
     * {@link #executeAsync(Object, Supplier)} with this wait timeout instead of the group's.
     *
     * @param key what makes two calls the same
     * @param waitTimeout how long the future may stay pending; {@link Duration#ZERO} for not at all
     * @param call started where nobody else is running one for the key
     * @return this caller's own future, which may fail as there
     * @throws IllegalArgumentException if the key is null or the wait timeout negative
     * @throws NullPointerException if the call is null
     */
    CompletableFuture<V> executeAsync(
            K key, Duration waitTimeout, Supplier<? extends CompletionStage<? extends V>> call);

    /**
     * Runs one call for all keys that nobody else is running, and shares flights key by key: with single calls and with
     * other batches. It claims what is not in flight without waiting, runs the call <b>once</b> for that, together with the
     * keys that must bypass, and lands it; only then it waits for the flights that it found. So batches that overlap never
     * wait for each other.
     *
     * <p>A failure of the own run is thrown at once, one of a joined flight when it is met; what has landed stays so. A key
     * that a call returned nothing for is absent from the result, and a single caller that had joined it starts over.
     *
     * @param keys what to ask for; equal keys are one. None: nothing runs
     * @param call run for the keys that nobody else is running
     * @param <X> the checked exception of the call
     * @return the values in the order of the keys, in a map of the caller's own; a key mapped to null has the value null
     * @throws X what the call ended with, or the one of a joined flight: the very same instance for all its callers
     * @throws FlightTimeoutException if the group's wait timeout, counted over all waits, ended first
     * @throws FlightInterruptedException if this thread was interrupted while waiting, or when it came to wait
     * @throws FlightRejectedException if the group is configured to refuse one of the keys: then nothing was run, and who
     *     had joined what was claimed leads it
     * @throws IllegalArgumentException if a key is null
     * @throws NullPointerException if the call returns null
     */
    <X extends Exception> Map<K, V> executeAll(Collection<? extends K> keys, FlightBatchCall<K, V, X> call) throws X;

    /**
     * {@link #executeAll(Collection, FlightBatchCall)} with this wait timeout instead of the group's.
     *
     * @param keys what to ask for; equal keys are one. None: nothing runs
     * @param waitTimeout how long to wait for other callers' flights in all; {@link Duration#ZERO} for not at all
     * @param call run for the keys that nobody else is running
     * @param <X> the checked exception of the call
     * @return the values in the order of the keys, in a map of the caller's own; a key mapped to null has the value null
     * @throws X what the call ended with, or the one of a joined flight: the very same instance for all its callers
     * @throws FlightTimeoutException if the wait timeout ended first
     * @throws FlightInterruptedException if this thread was interrupted while waiting, or when it came to wait
     * @throws FlightRejectedException if the group is configured to refuse one of the keys: then nothing was run
     * @throws IllegalArgumentException if a key is null or the wait timeout negative
     * @throws NullPointerException if the call returns null
     */
    <X extends Exception> Map<K, V> executeAll(
            Collection<? extends K> keys, Duration waitTimeout, FlightBatchCall<K, V, X> call) throws X;

    /**
     * Runs the call alone, outside any flight, on this thread, and counts it as a bypass: for callers that must not
     * share, such as those within a transaction of their own.
     *
     * @param call run at once
     * @param <X> the checked exception of the call
     * @return its value
     * @throws X what it ended with
     */
    <X extends Exception> V bypass(FlightCall<? extends V, X> call) throws X;

    /**
     * Runs one call for all of these keys alone, outside any flight, on this thread, and counts each key as a bypass.
     *
     * @param keys what to ask for; equal keys are one. None: nothing runs
     * @param call run at once, for all of them
     * @param <X> the checked exception of the call
     * @return the values in the order of the keys, in a map of the caller's own
     * @throws X what it ended with
     * @throws IllegalArgumentException if a key is null
     * @throws NullPointerException if the call returns null
     */
    <X extends Exception> Map<K, V> bypassAll(Collection<? extends K> keys, FlightBatchCall<K, V, X> call) throws X;

    /**
     * Starts the call alone, outside any flight, on this thread, and counts it as a bypass.
     *
     * @param call started at once
     * @return a future that ends as its stage does, or fails with what the supplier throws
     */
    CompletableFuture<V> bypassAsync(Supplier<? extends CompletionStage<? extends V>> call);

    /**
     * Takes the key's flight out of the group, so that the next call starts afresh. A call that begins after this
     * returned does not join it; those already waiting still get its outcome; a call from within the forgotten run
     * starts a new flight.
     *
     * @param key the key to forget
     * @return whether something was forgotten
     * @throws IllegalArgumentException if the key is null
     */
    boolean forget(K key);

    /**
     * {@linkplain #forget Forgets} every key.
     *
     * @return how many flights were forgotten
     */
    int forgetAll();

    /**
     * {@linkplain #forget Forgets} the keys that match.
     *
     * @param keys asked about each key in flight, with no lock held; what it throws goes to this caller, and what was
     *     forgotten by then stays so
     * @return how many flights were forgotten
     */
    int forgetIf(Predicate<? super K> keys);

    /**
     * The flights that newcomers can join, in no order. Looking changes nothing.
     *
     * @return a snapshot
     */
    List<FlightInfo> inFlight();

    /**
     * The group's figures.
     *
     * @return a snapshot
     */
    FlightStats stats();

    /**
     * The settings the group was created with.
     *
     * @return the settings
     */
    GroupConfig config();

    /**
     * Whether calls share flights.
     *
     * @return false while the group is switched off
     */
    boolean enabled();

    /**
     * Switches the group on or off. While it is off calls go straight through, as if there were no group: they are
     * neither joined nor counted. Flights that are up land as usual.
     *
     * @param enabled whether calls share flights from now on
     */
    void enabled(boolean enabled);
}
