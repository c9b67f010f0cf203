package dev.singleflight.annotation;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.springframework.core.annotation.AliasFor;

/**
 * Merges concurrent calls: while a call for a key is in flight, nobody starts a second one, and everyone who asks gets
 * that one's outcome, value or exception.
 *
 * <pre>{@code
 * @SingleFlight(key = "#id")
 * public User find(long id) { ... }            // a hundred requests at once: one query
 *
 * @SingleFlight(group = "rates", key = "#from + '/' + #to", waitTimeout = "${rates.patience:2s}")
 * public BigDecimal rate(String from, String to) { ... }
 * }</pre>
 *
 * <p>The first caller runs the method on its own thread (unless the property {@code execution} says otherwise); callers that come meanwhile wait and share what it returns or
 * throws, as the same instance. Nothing is kept: the next call after that runs anew. Calls join only on the same bean
 * instance. The method must be called from outside its bean, through the proxy, and may return anything that can be
 * shared: a value, {@code void}, {@code Optional}, {@code CompletableFuture}, {@code CompletionStage}, {@code Mono}, {@code
 * Flux}; a Kotlin function may suspend. Of a reactive type each subscription is a call.
 *
 * <p>What cannot work (a key that names no parameter, a final method, a result that can be read only once) stops the
 * application at its start, with a message that says what to write instead.
 */
@Target({ElementType.METHOD, ElementType.ANNOTATION_TYPE})
@Retention(RetentionPolicy.RUNTIME)
@Documented
public @interface SingleFlight {

    /**
     * Alias of {@link #group()}.
     *
     * @return the group's name
     */
    @AliasFor("group")
    String value() default "";

    /**
     * The name of the group: what properties, meters and the endpoint call it. Methods of one group share flights where
     * their bean and keys are equal, so they must return the same type.
     *
     * @return the name; by default {@code Type.method}, as in {@code UserService.find}
     */
    @AliasFor("value")
    String group() default "";

    /**
     * What makes two calls the same, as a SpEL expression over the arguments: {@code #name}, {@code #a0} or {@code #p0},
     * {@code #root.method}, {@code #root.args}, {@code #root.target}, {@code #root.targetClass}, {@code @bean}. Arrays,
     * collections and maps in it are copied and compared by content. It must not be null.
     *
     * @return the expression; by default all arguments
     */
    String key() default "";

    /**
     * Whether one call answers many keys: for a method {@code Map<K, V> find(Collection<K> keys)} (or of an {@code Iterable},
     * {@code List} or {@code Set}). Each element is a key of its own, and in one group with single calls each shares the
     * flights of those:
     *
     * <pre>{@code
     * @SingleFlight(group = "users", key = "#id")
     * public User find(long id) { ... }
     *
     * @SingleFlight(group = "users", batch = true)
     * public Map<Long, User> findAll(Collection<Long> ids) { ... }   // runs for the ids that nobody is loading
     * }</pre>
     *
     * <p>The method is called with a new collection of the elements that nobody else is asking for, and what it returns is
     * looked up by them; where there are none it does not run. An element that is not in its map has no value. Every caller
     * gets a map of its own, in the order of its elements. A failure of the run is that of every caller of one of its keys.
     *
     * @return whether it is a batch; by default it is not
     */
    boolean batch() default false;

    /**
     * The name of a {@link org.springframework.cache.interceptor.KeyGenerator} bean, instead of {@link #key()}.
     *
     * @return the bean's name
     */
    String keyGenerator() default "";

    /**
     * A SpEL expression like {@link #key()}: where it is not true, the call runs alone and is counted as a bypass.
     *
     * @return the expression; by default every call may share
     */
    String condition() default "";

    /**
     * How long a follower waits before it leaves with a {@link dev.singleflight.FlightTimeoutException}; the flight goes
     * on for the others. A duration with unit, as {@code 2s}, {@code 500ms} or {@code PT2S}; {@code 0} for no limit;
     * placeholders are resolved. The property {@code single-flight.groups.<group>.wait-timeout} overrides it.
     *
     * @return the duration; by default that of {@code single-flight.defaults.wait-timeout}, which is no limit
     */
    String waitTimeout() default "";
}
