package dev.singleflight.interceptor;

import java.lang.reflect.Method;
import org.aopalliance.aop.Advice;
import org.jspecify.annotations.Nullable;
import org.springframework.aop.Pointcut;
import org.springframework.aop.support.AbstractPointcutAdvisor;
import org.springframework.aop.support.StaticMethodMatcherPointcut;

/**
 * Brings annotated methods to their groups. An infrastructure advisor: after Spring Security's, before those at the end
 * of the chain (retry, cache, transaction).
 */
public final class SingleFlightAdvisor extends AbstractPointcutAdvisor {

    private static final long serialVersionUID = 1L;

    private final transient Pointcut pointcut;

    private final transient Advice advice;

    /**
     * Advises the methods that have operations.
     *
     * @param operations what the annotations come to
     * @param interceptor routes the calls
     * @param order the place among the advisors of a bean; lower is further outside
     */
    public SingleFlightAdvisor(SingleFlightOperations operations, SingleFlightInterceptor interceptor, int order) {
        this.pointcut = new AnnotatedMethods(operations);
        this.advice = interceptor;
        setOrder(order);
    }

    @Override
    public Pointcut getPointcut() {
        return pointcut;
    }

    @Override
    public Advice getAdvice() {
        return advice;
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return this == other;
    }

    @Override
    public int hashCode() {
        return System.identityHashCode(this);
    }

    /** Checks a class as a whole when it is first asked about it, so that a wrong declaration fails its bean. */
    private static final class AnnotatedMethods extends StaticMethodMatcherPointcut {

        private final SingleFlightOperations operations;

        private AnnotatedMethods(SingleFlightOperations operations) {
            this.operations = operations;
            setClassFilter(this::mayMatch);
        }

        @Override
        public boolean matches(Method method, Class<?> targetClass) {
            return !operations.find(method, targetClass).isEmpty();
        }

        private boolean mayMatch(Class<?> type) {
            if (!operations.mayBeAnnotated(type)) {
                return false;
            }
            operations.check(type);
            return true;
        }
    }
}
