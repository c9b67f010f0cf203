package dev.singleflight.annotation;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Repeatable;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.springframework.core.annotation.AliasFor;

/**
 * Forgets a key of a group when the method has succeeded, so that calls that begin after it do not join a flight that
 * may have read the state before.
 *
 * <pre>{@code
 * @SingleFlightForget(group = "UserService.find", key = "#user.id")
 * public void update(User user) { ... }
 * }</pre>
 *
 * <p>It runs when the method returned, or when the future it returned has completed with a value, its {@code Mono} has
 * emitted it, its {@code Flux} is complete; after an exception it
 * does not run. It reaches the key on every bean instance. Callers that were waiting already still get the old outcome.
 */
@Target({ElementType.METHOD, ElementType.ANNOTATION_TYPE})
@Retention(RetentionPolicy.RUNTIME)
@Documented
@Repeatable(SingleFlightForget.Container.class)
public @interface SingleFlightForget {

    /**
     * Alias of {@link #group()}.
     *
     * @return the group's name
     */
    @AliasFor("group")
    String value() default "";

    /**
     * The name of the group, which must be one of a {@link SingleFlight} method, of the properties, or created in code.
     *
     * @return the name
     */
    @AliasFor("value")
    String group() default "";

    /**
     * The key to forget, as a SpEL expression like {@link SingleFlight#key()}; it may use {@code #result}, what the
     * method returned.
     *
     * @return the expression; by default all arguments
     */
    String key() default "";

    /** Several on one method. */
    @Target({ElementType.METHOD, ElementType.ANNOTATION_TYPE})
    @Retention(RetentionPolicy.RUNTIME)
    @Documented
    @interface Container {

        /**
         * The annotations.
         *
         * @return the annotations
         */
        SingleFlightForget[] value();
    }
}
