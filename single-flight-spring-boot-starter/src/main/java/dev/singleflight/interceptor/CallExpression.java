package dev.singleflight.interceptor;

import org.aopalliance.intercept.MethodInvocation;
import org.jspecify.annotations.Nullable;
import org.springframework.beans.factory.BeanFactory;
import org.springframework.context.expression.BeanFactoryResolver;
import org.springframework.expression.EvaluationContext;
import org.springframework.expression.Expression;
import org.springframework.expression.ParseException;
import org.springframework.expression.TypeLocator;
import org.springframework.expression.spel.SpelCompilerMode;
import org.springframework.expression.spel.SpelParserConfiguration;
import org.springframework.expression.spel.standard.SpelExpression;
import org.springframework.expression.spel.standard.SpelExpressionParser;
import org.springframework.expression.spel.support.StandardEvaluationContext;
import org.springframework.expression.spel.support.StandardTypeLocator;

/**
 * A SpEL expression over the arguments of a call, turned into a function when it is made, in the fastest way that fits:
 *
 * <ol>
 *   <li>a mere parameter becomes the index of its argument;
 *   <li>an expression over parameters is rewritten onto the argument array ({@code #user.id} becomes {@code [0].id}),
 *       compiled, and evaluated in a context that all calls share;
 *   <li>what needs more ({@code #root}, {@code #result}, {@code @bean}, selections and projections, in which the root is
 *       another) gets a context of its own for each call.
 * </ol>
 */
interface CallExpression {

    /** Whether it is a mere parameter. */
    default boolean isParameter() {
        return false;
    }

    /**
     * The value for a call.
     *
     * @param result what the method returned, where it has
     */
    @Nullable
    Object value(MethodInvocation invocation, @Nullable Object result);

    /**
     * Checks and prepares an expression.
     *
     * @param what what messages call the expression, as in "Key expression"
     * @param parameters what it may use
     * @throws InvalidSingleFlightException where it cannot work
     */
    static CallExpression of(
            String text, String what, Declaration declaration, ParameterNames parameters, BeanFactory beans) {
        SpelExpression parsed;
        try {
            parsed = parser(SpelCompilerMode.OFF, declaration).parseRaw(text);
        } catch (ParseException | IllegalStateException failure) {
            throw declaration.invalid(
                    what + " \"" + text + "\" is no valid SpEL: " + failure.getMessage() + ".",
                    "Correct it. Its parameters: " + parameters.examples() + ".");
        }
        TypeLocator types = new StandardTypeLocator(declaration.type().getClassLoader());
        ExpressionTree tree = new ExpressionTree(parsed, text, what, declaration, parameters);
        if (tree.needsContext()) {
            BeanFactoryResolver resolver = new BeanFactoryResolver(beans);
            return (invocation, result) -> parsed.getValue(context(invocation, result, parameters, resolver, types));
        }
        if (tree.isParameter()) {
            return new Argument(tree.firstParameter());
        }
        // Mixed mode compiles after some evaluations and goes back to interpreting where another type shows up.
        SpelCompilerMode mode = tree.needsInterpreter() ? SpelCompilerMode.OFF : SpelCompilerMode.MIXED;
        Expression onArguments = parser(mode, declaration).parseRaw(tree.onArguments());
        StandardEvaluationContext shared = new StandardEvaluationContext();
        shared.setTypeLocator(types);
        return (invocation, result) -> onArguments.getValue(shared, (Object) invocation.getArguments());
    }

    /** A mere parameter. */
    record Argument(int index) implements CallExpression {

        @Override
        public boolean isParameter() {
            return true;
        }

        @Override
        public @Nullable Object value(MethodInvocation invocation, @Nullable Object result) {
            return invocation.getArguments()[index];
        }
    }

    private static SpelExpressionParser parser(SpelCompilerMode mode, Declaration declaration) {
        return new SpelExpressionParser(
                new SpelParserConfiguration(mode, declaration.type().getClassLoader()));
    }

    private static EvaluationContext context(
            MethodInvocation invocation,
            @Nullable Object result,
            ParameterNames parameters,
            BeanFactoryResolver beans,
            TypeLocator types) {
        StandardEvaluationContext context = new StandardEvaluationContext(new CallRoot(invocation));
        context.setTypeLocator(types);
        context.setBeanResolver(beans);
        @Nullable Object[] arguments = invocation.getArguments();
        for (int index = 0; index < arguments.length; index++) {
            context.setVariable("a" + index, arguments[index]);
            context.setVariable("p" + index, arguments[index]);
        }
        for (int index = 0; index < parameters.names().size(); index++) {
            context.setVariable(parameters.names().get(index), arguments[index]);
        }
        if (parameters.result()) {
            context.setVariable(ParameterNames.RESULT, result);
        }
        return context;
    }
}
