package dev.singleflight.interceptor;

import org.aopalliance.intercept.MethodInvocation;
import org.jspecify.annotations.Nullable;
import org.springframework.beans.factory.BeanFactory;
import org.springframework.cache.interceptor.KeyGenerator;

/** What makes the user's part of a key: an expression, a key generator, or all arguments. */
@FunctionalInterface
interface CallKey {

    /** The key of a call, with all that is mutable in it copied. */
    Object of(MethodInvocation invocation, @Nullable Object result);

    /** All arguments. */
    static CallKey ofArguments() {
        return (invocation, result) -> KeyParts.ofArguments(invocation.getArguments());
    }

    /** An expression's value. */
    static CallKey of(CallExpression expression, String text, Declaration declaration) {
        String source = "Key expression \"" + text + "\"";
        return (invocation, result) -> required(expression.value(invocation, result), source, declaration);
    }

    /** What the bean of this name generates. */
    static CallKey generated(String bean, BeanFactory beans, Declaration declaration) {
        String source = "Key generator '" + bean + "'";
        return (invocation, result) -> required(
                beans.getBean(bean, KeyGenerator.class)
                        .generate(
                                SingleFlightInterceptor.target(invocation),
                                invocation.getMethod(),
                                invocation.getArguments()),
                source,
                declaration);
    }

    private static Object required(@Nullable Object key, String source, Declaration declaration) {
        Object frozen = KeyParts.frozen(key);
        if (frozen == null) {
            throw new IllegalArgumentException(
                    source + " on " + declaration
                            + " gave null, which tells no two calls apart. Give it a value, or a condition that excludes the call");
        }
        return frozen;
    }
}
