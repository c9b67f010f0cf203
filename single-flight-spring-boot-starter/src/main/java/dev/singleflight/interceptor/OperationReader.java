package dev.singleflight.interceptor;

import dev.singleflight.annotation.SingleFlight;
import dev.singleflight.annotation.SingleFlightForget;
import java.lang.reflect.Method;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.beans.factory.config.ConfigurableBeanFactory;
import org.springframework.boot.convert.DurationStyle;
import org.springframework.cache.interceptor.KeyGenerator;
import org.springframework.core.annotation.MergedAnnotation;
import org.springframework.util.ReflectionUtils;

/** Reads the annotations of a method into operations, and refuses those that cannot work. */
final class OperationReader {

    private final GroupClaims claims;

    private final ConfigurableBeanFactory beans;

    OperationReader(GroupClaims claims, ConfigurableBeanFactory beans) {
        this.claims = claims;
        this.beans = beans;
    }

    MethodOperations read(Declaration declaration) {
        List<MergedAnnotation<SingleFlight>> flights = declaration.annotations(SingleFlight.class);
        List<MergedAnnotation<SingleFlightForget>> forgetting = declaration.annotations(SingleFlightForget.class);
        if (flights.isEmpty() && forgetting.isEmpty()) {
            return MethodOperations.NONE;
        }
        LaterType later = LaterType.of(declaration);
        List<ForgetOperation> forgets = forgetting.stream()
                .map(forget -> forget(declaration, forget, later))
                .toList();
        return new MethodOperations(
                flights.isEmpty() ? null : flight(declaration, flights.get(0), later),
                forgets,
                ReturnTypes.isFuture(declaration.returnType().toClass()),
                later);
    }

    private SingleFlightOperation flight(
            Declaration declaration, MergedAnnotation<SingleFlight> annotation, @Nullable LaterType type) {
        ParameterNames parameters = parameters(declaration, annotation, false);
        boolean batch = annotation.getBoolean("batch");
        LaterType later = batch ? null : type;
        CallShape shape = batch ? batch(declaration, annotation, parameters) : ReturnTypes.shapeOf(declaration, later);
        String group = annotation.getString("group");
        boolean byDefault = group.isBlank();
        if (byDefault) {
            group = GroupNames.defaultName(declaration.type(), declaration.method(), isOverloaded(declaration));
        }
        requireGroupName(group, declaration);
        SingleFlightOperation operation = new SingleFlightOperation(
                group,
                key(declaration, annotation.getString("key"), annotation.getString("keyGenerator"), parameters),
                condition(declaration, annotation.getString("condition"), parameters),
                waitTimeout(declaration, annotation.getString("waitTimeout")),
                shape,
                later == null && Outsiders.changeResult(declaration) && !batch);
        claims.claim(group, declaration, ReturnTypes.valueType(declaration, later, batch), byDefault);
        if (later != null) {
            claims.reactive(group, declaration);
        }
        Outsiders.report(declaration);
        return operation;
    }

    private CallShape batch(
            Declaration declaration, MergedAnnotation<SingleFlight> annotation, ParameterNames parameters) {
        CallShape shape = BatchTypes.shapeOf(declaration);
        String key = annotation.getString("key");
        String generator = annotation.getString("keyGenerator");
        boolean ofParameter =
                key.isBlank() || keyExpression(declaration, key, parameters).isParameter();
        if (!ofParameter || !generator.isBlank()) {
            throw declaration.invalid(
                    "is a batch with the " + (ofParameter ? "keyGenerator '" + generator + "'" : "key \"" + key + "\"")
                            + "; its keys are the elements of its parameter.",
                    "Remove it, or write the mere parameter: key = \"" + parameters.examples() + "\".");
        }
        return shape;
    }

    private ForgetOperation forget(
            Declaration declaration, MergedAnnotation<SingleFlightForget> annotation, @Nullable LaterType later) {
        ReturnTypes.requireEnd(declaration, later);
        String group = annotation.getString("group");
        if (group.isBlank()) {
            throw declaration.invalid(
                    "forgets keys of no group.", "Name it: @SingleFlightForget(group = \"UserService.find\", ...)");
        }
        claims.forget(group, declaration);
        return new ForgetOperation(
                group,
                key(
                        declaration,
                        annotation.getString("key"),
                        "",
                        parameters(declaration, annotation, later == null || !later.isMany())));
    }

    private CallKey key(Declaration declaration, String expression, String generator, ParameterNames parameters) {
        if (generator.isBlank()) {
            return expression.isBlank()
                    ? CallKey.ofArguments()
                    : CallKey.of(keyExpression(declaration, expression, parameters), expression, declaration);
        }
        if (!expression.isBlank()) {
            throw declaration.invalid(
                    "has both a key and a keyGenerator.",
                    "Keep one: key = \"" + expression + "\" or keyGenerator = \"" + generator + "\".");
        }
        if (!beans.containsBean(generator) || !beans.isTypeMatch(generator, KeyGenerator.class)) {
            throw declaration.invalid(
                    "names '" + generator + "' as its keyGenerator, and no bean of this name is a "
                            + KeyGenerator.class.getName() + ".",
                    "Define the bean, or write a key expression instead.");
        }
        return CallKey.generated(generator, beans, declaration);
    }

    private CallExpression keyExpression(Declaration declaration, String expression, ParameterNames parameters) {
        return CallExpression.of(expression, "Key expression", declaration, parameters, beans);
    }

    private @Nullable CallExpression condition(Declaration declaration, String condition, ParameterNames parameters) {
        return condition.isBlank() ? null : CallExpression.of(condition, "Condition", declaration, parameters, beans);
    }

    private @Nullable Duration waitTimeout(Declaration declaration, String text) {
        String resolved = resolvePlaceholders(declaration, text);
        if (resolved == null || resolved.isBlank()) {
            return null;
        }
        if (resolved.strip().matches("[+-]?[0-9]*[1-9][0-9]*")) {
            throw badWaitTimeout(declaration, resolved, "has no unit.");
        }
        Duration parsed;
        try {
            parsed = DurationStyle.detectAndParse(resolved.strip());
        } catch (IllegalArgumentException failure) {
            throw badWaitTimeout(declaration, resolved, "is no duration.");
        }
        if (parsed.isNegative()) {
            throw badWaitTimeout(declaration, resolved, "is negative.");
        }
        return parsed.isZero() ? ChronoUnit.FOREVER.getDuration() : parsed;
    }

    private @Nullable String resolvePlaceholders(Declaration declaration, String text) {
        try {
            return beans.resolveEmbeddedValue(text);
        } catch (IllegalArgumentException failure) {
            throw declaration.invalid(
                    "has the waitTimeout \"" + text + "\", which cannot be resolved: " + failure.getMessage() + ".",
                    "Set the property, or give it a default: ${name:2s}.");
        }
    }

    private static InvalidSingleFlightException badWaitTimeout(Declaration declaration, String text, String reason) {
        return declaration.invalid(
                "has the waitTimeout \"" + text + "\", which " + reason,
                "Write a duration with its unit, as 500ms, 2s or PT2S; 0 for no limit.");
    }

    private static void requireGroupName(String group, Declaration declaration) {
        if (group.chars().anyMatch(character -> "/\\;%".indexOf(character) >= 0)) {
            throw declaration.invalid(
                    "has the group '" + group
                            + "'; a name with '/', '\\', ';' or '%' cannot stand in the endpoint's path.",
                    "Use letters, digits, '.', '-' and ':'.");
        }
    }

    private static boolean isOverloaded(Declaration declaration) {
        Method method = declaration.method();
        Class<?> owner = GroupNames.owner(declaration.type(), method);
        return Arrays.stream(ReflectionUtils.getUniqueDeclaredMethods(owner))
                .filter(other -> other.getName().equals(method.getName()) && !other.isBridge())
                .map(other -> Declaration.of(other, declaration.type()))
                .anyMatch(other -> !Arrays.equals(other.method().getParameterTypes(), method.getParameterTypes())
                        && !other.annotations(SingleFlight.class).isEmpty());
    }

    private static ParameterNames parameters(Declaration declaration, MergedAnnotation<?> annotation, boolean result) {
        int all = declaration.method().getParameterCount();
        int count = LaterType.isSuspending(declaration) ? all - 1 : all; // its author knows of no continuation
        List<String> names = declaration.parameterNames(annotation);
        return new ParameterNames(names.subList(0, Math.min(names.size(), count)), count, result);
    }
}
