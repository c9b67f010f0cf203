package dev.singleflight.benchmarks.spring;

import dev.singleflight.benchmarks.contender.Contender;
import dev.singleflight.benchmarks.contender.SharedCalls;
import java.lang.reflect.Method;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import org.aspectj.lang.ProceedingJoinPoint;
import org.aspectj.lang.annotation.Around;
import org.aspectj.lang.annotation.Aspect;
import org.aspectj.lang.reflect.MethodSignature;
import org.springframework.context.expression.MethodBasedEvaluationContext;
import org.springframework.core.DefaultParameterNameDiscoverer;
import org.springframework.core.ParameterNameDiscoverer;
import org.springframework.expression.Expression;
import org.springframework.expression.spel.standard.SpelExpressionParser;

/** What the usual starters do: an aspect, an evaluation context for each call, idiom A. */
@Aspect
class SharedAspect {

    private final SharedCalls calls = Contender.IDIOM_A.open();

    private final ParameterNameDiscoverer names = new DefaultParameterNameDiscoverer();

    private final Function<String, Expression> expressions;

    private SharedAspect(Function<String, Expression> expressions) {
        this.expressions = expressions;
    }

    /** Parses the key once. */
    static SharedAspect cached() {
        SpelExpressionParser parser = new SpelExpressionParser();
        Map<String, Expression> parsed = new ConcurrentHashMap<>();
        return new SharedAspect(key -> parsed.computeIfAbsent(key, parser::parseExpression));
    }

    /** Parses the key on every call. */
    static SharedAspect parsing() {
        return new SharedAspect(new SpelExpressionParser()::parseExpression);
    }

    @Around("@annotation(shared)")
    Object around(ProceedingJoinPoint joinPoint, Shared shared) {
        Method method = ((MethodSignature) joinPoint.getSignature()).getMethod();
        Object key = expressions
                .apply(shared.key())
                .getValue(new MethodBasedEvaluationContext(joinPoint.getTarget(), method, joinPoint.getArgs(), names));
        return calls.get(Objects.requireNonNull(key), () -> {
            try {
                return Objects.requireNonNull(joinPoint.proceed());
            } catch (RuntimeException | Error failure) {
                throw failure;
            } catch (Throwable failure) {
                throw new IllegalStateException(failure);
            }
        });
    }
}
