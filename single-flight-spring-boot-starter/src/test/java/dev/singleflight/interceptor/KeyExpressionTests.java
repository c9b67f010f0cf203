package dev.singleflight.interceptor;

import static org.assertj.core.api.Assertions.assertThat;

import dev.singleflight.Callers;
import java.lang.reflect.AccessibleObject;
import java.lang.reflect.Method;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.aopalliance.intercept.MethodInvocation;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.beans.factory.support.DefaultListableBeanFactory;
import org.springframework.context.expression.BeanFactoryResolver;
import org.springframework.expression.spel.SpelCompilerMode;
import org.springframework.expression.spel.SpelParserConfiguration;
import org.springframework.expression.spel.standard.SpelExpressionParser;
import org.springframework.expression.spel.support.StandardEvaluationContext;
import org.springframework.util.ObjectUtils;
import org.springframework.util.ReflectionUtils;

/**
 * An expression gives what SpEL's interpreter gives, in every way it may be evaluated, however often it was, and
 * whatever types it met before.
 */
class KeyExpressionTests {

    /** More evaluations than SpEL waits for before it compiles. */
    private static final int UNTIL_COMPILED = 120;

    private static final DefaultListableBeanFactory BEANS = new DefaultListableBeanFactory();

    static {
        BEANS.registerSingleton("tenants", new Tenants());
    }

    /** Expressions over parameters alone. */
    static List<String> plainExpressions() {
        return List.of(
                "#a",
                "#b",
                "#a0",
                "#p0",
                "#a1",
                "#p1",
                "#a + '/' + #b",
                " #a + ' ' +   #b ",
                "#p0 + '/' + #a1 + '/' + #b",
                "'#a' + #a",
                "'it''s #b' + #b",
                "#a + '#a' + #a + \"#b\" + #a",
                "# a",
                "#a?.toString()?.length()",
                "#a == null ? (#b == null ? 'neither' : #b) : (#b ?: #a)",
                "{#a, #b}[0]",
                "{first: {#a, #b}, 'a': #a}['first']",
                "#a[#b == 2 ? 1 : 0]",
                "T(dev.singleflight.interceptor.KeyExpressionTests$Overloads).of(#a)",
                "#a.id",
                "#a?.id",
                "#a.name",
                "#a?.name?.length()",
                "#a.name + #b",
                "#a.name.toUpperCase().concat('x')",
                "#a.self.name",
                "#a.copy(#b).name",
                "#a[0]",
                "#a['k']",
                "#a[#b]",
                "#a[#b].name",
                "#a[k]",
                "#a.size()",
                "#a.length()",
                "#a.contains(#b)",
                "{#a, #b}",
                "{#a, {#b, 'x'}}",
                "{first: #a, 'second': #b}",
                "{'k': {#a}}",
                "#a ? 'yes' : #b",
                "#a == null ? 'none' : #a",
                "#a == null ? #b : #a.name",
                "#a ?: 'none'",
                "#a ?: #b",
                "#a?.name ?: #b",
                "#a == #b",
                "#a != #b",
                "#a > #b",
                "#a >= 10",
                "#a < 10 and #b < 10",
                "#a lt 10 || #b gt 10",
                "!(#a == #b)",
                "#a instanceof T(String)",
                "#a between {1, 5}",
                "#a.toString()",
                "#a?.toString() + '|' + #b?.toString()",
                "T(Math).abs(#a)",
                "T(java.util.Objects).hash(#a, #b)",
                "new String(#a)",
                "T(java.util.List).of(#a, #b)",
                "(#a)",
                "1",
                "'constant'",
                "null");
    }

    /** Expressions over numbers, of whatever type each call brings. */
    static List<String> arithmeticExpressions() {
        return List.of(
                "#a+#b",
                "#a + 1",
                "#a + #b * 2",
                "#a - #b",
                "#a * #b",
                "#a / 2",
                "#a % 3",
                "#a ^ 2",
                "-#a",
                "#a + 0L",
                "#a + 0.0",
                "#a + #b + '/'",
                "'/' + (#a + #b)",
                "{#a + #b}",
                "#a.amount + 1",
                "#a[0] + 1");
    }

    /** Expressions that need more than the arguments. */
    static List<String> richExpressions() {
        return List.of(
                "#root.args[0]",
                "#root.args[0] + '/' + #b",
                "#root.method.name",
                "#root.method.name + #a",
                "#root.target.class.simpleName + #a",
                "#root.targetClass",
                "#root.targetClass.simpleName + '.' + #root.method.name + #a + #b",
                "#root == null ? #a : #b",
                "@tenants.current()",
                "@tenants.current() + #a",
                "@tenants.of(#a, #b)",
                "#a.![#this + 1]",
                "#a.![name]",
                "#a.![#root]",
                "#a.?[#this > 1]",
                "#a.?[#this != #b]",
                "#a.^[#this > 1]",
                "#a.$[#this < 5]",
                "{#a, #b}.![#this]",
                "{#a, #b}.?[#this != null]");
    }

    @ParameterizedTest
    @MethodSource({"plainExpressions", "arithmeticExpressions"})
    void anExpressionOverParametersGivesWhatTheInterpreterGives(String expression) {
        Key key = new Key(expression);
        assertThat(arguments()).flatExtracting(key::differences).isEmpty();
    }

    @ParameterizedTest
    @MethodSource({"plainExpressions", "arithmeticExpressions"})
    void withAContextOfItsOwnItGivesTheSame(String expression) {
        Key key = new Key(expression, "#root == null ? null : (" + expression + ")");
        assertThat(arguments()).flatExtracting(key::differences).isEmpty();
    }

    @ParameterizedTest
    @MethodSource({"plainExpressions", "richExpressions"})
    void compiledItGivesTheSame(String expression) {
        compiledForEachItGivesTheSameForAll(expression);
    }

    @ParameterizedTest
    @MethodSource("arithmeticExpressions")
    void compiledForOneTypeOfNumberItDoesNotTruncateAnother(String expression) {
        compiledForEachItGivesTheSameForAll(expression);
    }

    @ParameterizedTest
    @MethodSource({"plainExpressions", "richExpressions"})
    void typesMayChangeFromCallToCall(String expression) {
        Key key = new Key(expression);
        List<Object[]> all = arguments();
        for (int call = 0; call < 4 * UNTIL_COMPILED; call++) {
            key.evaluate(all.get(call * call % all.size()));
        }
        assertThat(all).flatExtracting(key::differences).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"#a + '/' + #b", "#a?.name", "{#a, #b}", "#a?.toString() + #b", "#a ?: #b", "#a == #b"})
    void manyThreadsGetTheirOwnValues(String expression) {
        Key key = new Key(expression);
        List<Object[]> all = arguments();
        List<CompletableFuture<Void>> threads = IntStream.range(0, 4)
                .mapToObj(thread -> Callers.<Void>start(() -> {
                    for (int call = 0; call < 4 * UNTIL_COMPILED; call++) {
                        assertThat(key.differences(all.get((call + 5 * thread) % all.size())))
                                .isEmpty();
                    }
                    return null;
                }))
                .toList();
        assertThat(threads)
                .allSatisfy(thread -> assertThat(Callers.value(thread)).isNull());
    }

    /** As those of the common pool have it in an executable jar. */
    @ParameterizedTest
    @ValueSource(strings = {"", "#root.method.name + "})
    void typesAreTheApplicationsOnEveryThread(String withOrWithoutContext) {
        Thread thread = Thread.currentThread();
        ClassLoader before = thread.getContextClassLoader();
        thread.setContextClassLoader(ClassLoader.getPlatformClassLoader());
        try {
            Key key = new Key(
                    withOrWithoutContext + "T(dev.singleflight.interceptor.KeyExpressionTests$Overloads).of(#a)");
            assertThat(key.evaluate(new Object[] {"x", null})).asString().endsWith("text x");
        } finally {
            thread.setContextClassLoader(before);
        }
    }

    @ParameterizedTest
    @MethodSource("richExpressions")
    void aRichExpressionGivesWhatTheInterpreterGives(String expression) {
        Key key = new Key(expression);
        assertThat(arguments()).flatExtracting(key::differences).isEmpty();
    }

    private static void compiledForEachItGivesTheSameForAll(String expression) {
        for (Object[] first : oneOfEachType()) {
            Key key = new Key(expression);
            for (int call = 0; call < UNTIL_COMPILED; call++) {
                key.evaluate(first);
            }
            assertThat(arguments())
                    .flatExtracting(key::differences)
                    .as("after %s", Arrays.deepToString(first))
                    .isEmpty();
            assertThat(key.differences(first)).isEmpty();
        }
    }

    /** By the type of the first argument, which an expression is compiled for. */
    private static Collection<Object[]> oneOfEachType() {
        Map<String, Object[]> byType = new LinkedHashMap<>();
        arguments().forEach(arguments -> byType.putIfAbsent(ObjectUtils.nullSafeClassName(arguments[0]), arguments));
        return byType.values();
    }

    /** Arguments of all kinds, not all of which suit every expression: then both ways must fail. */
    private static List<Object[]> arguments() {
        Map<Object, Object> map = new LinkedHashMap<>();
        map.put("k", "value");
        map.put("name", new Person(3, "in a map"));
        Map<String, Object> nullMap = new HashMap<>();
        nullMap.put("k", null);
        List<Object[]> all = new ArrayList<>();
        for (Object[] pair : new Object[][] {
            {7, 8},
            {7, 7},
            {7L, 8L},
            {1L << 33, 3L},
            {(1L << 33) + 7, 7},
            {7.5, 2.25},
            {7.25, 7},
            {7.5f, 2},
            {(short) 7, (byte) 2},
            {new BigDecimal("7.50"), new BigDecimal("2.1")},
            {7, new BigDecimal("2.1")},
            {7, null},
            {null, 7},
            {null, null},
            {"from", "to"},
            {"from", null},
            {null, "to"},
            {"", "to"},
            {"7", 7},
            {'c', 'd'},
            {true, false},
            {false, true},
            {new Person(1, "Ann"), "b"},
            {new Person(2, null), "b"},
            {new Company("acme", "Acme"), "b"},
            {new Company(null, null), "b"},
            {new Hidden(3, "Ann"), "b"},
            {new HiddenCompany("acme"), "b"},
            {new Sum(7), 1},
            {new Sum(7.5), 1},
            {new Sum((1L << 33) + 7), 1},
            {map, "k"},
            {map, "name"},
            {nullMap, "k"},
            {List.of("x", "y"), 1},
            {List.of(1, 2, 3), 2},
            {List.of(1L, 2L, 3L), 2},
            {Arrays.asList(1, null, 5L), 1},
            {List.of(new Person(1, "Ann"), new Company("acme", "Acme")), 1},
            {Collections.emptyList(), 0},
            {new String[] {"x", "y"}, 1},
            {new int[] {4, 5, 6}, 2},
            {new Object[] {4, "5", 6L}, 2},
            {Thread.State.NEW, Thread.State.RUNNABLE},
        }) {
            all.add(pair);
        }
        return all;
    }

    /** An expression on a method, and the interpreter's word on it. */
    private static final class Key {

        private static final Method METHOD =
                ReflectionUtils.findMethod(Orders.class, "find", Object.class, Object.class);

        private final Orders target = new Orders();

        private final String expression;

        private final CallExpression tested;

        Key(String expression) {
            this(expression, expression);
        }

        Key(String expression, String tested) {
            this.expression = expression;
            this.tested = CallExpression.of(
                    tested,
                    "Key expression",
                    Declaration.of(METHOD, Orders.class),
                    new ParameterNames(List.of("a", "b"), 2, false),
                    BEANS);
        }

        /** None, or what was given instead of what. */
        List<String> differences(Object[] arguments) {
            Object given = evaluate(arguments);
            Object expected = interpret(arguments);
            return Objects.equals(given, expected)
                    ? List.of()
                    : List.of("%s of %s is %s, not %s"
                            .formatted(expression, Arrays.deepToString(arguments), expected, given));
        }

        Object evaluate(Object[] arguments) {
            try {
                return comparable(tested.value(new Call(target, arguments), null));
            } catch (RuntimeException failure) {
                return "a failure";
            }
        }

        private Object interpret(Object[] arguments) {
            StandardEvaluationContext context = new StandardEvaluationContext(new Root(new Call(target, arguments)));
            context.setBeanResolver(new BeanFactoryResolver(BEANS));
            for (String first : List.of("a", "a0", "p0")) {
                context.setVariable(first, arguments[0]);
            }
            for (String second : List.of("b", "a1", "p1")) {
                context.setVariable(second, arguments[1]);
            }
            try {
                return comparable(new SpelExpressionParser(new SpelParserConfiguration(SpelCompilerMode.OFF, null))
                        .parseExpression(expression)
                        .getValue(context));
            } catch (RuntimeException failure) {
                return "a failure";
            }
        }

        /** Root objects differ between the two on purpose. */
        private static Object comparable(Object value) {
            if (value instanceof Root || value instanceof CallRoot) {
                return "the root";
            }
            if (value instanceof List<?> list) {
                return list.stream().map(Key::comparable).collect(Collectors.toList());
            }
            return value instanceof Object[] array ? comparable(Arrays.asList(array)) : value;
        }
    }

    /** What {@code #root} must be able to say, written down a second time. */
    public static final class Root {
        private final Call call;

        Root(Call call) {
            this.call = call;
        }

        public Method getMethod() {
            return call.getMethod();
        }

        public Object[] getArgs() {
            return call.getArguments();
        }

        public Object getTarget() {
            return call.getThis();
        }

        public Class<?> getTargetClass() {
            return call.getThis().getClass();
        }
    }

    private static final class Call implements MethodInvocation {
        private final Object target;

        private final Object[] arguments;

        Call(Object target, Object... arguments) {
            this.target = target;
            this.arguments = arguments;
        }

        @Override
        public Method getMethod() {
            return Key.METHOD;
        }

        @Override
        public Object[] getArguments() {
            return arguments;
        }

        @Override
        public Object proceed() {
            throw new UnsupportedOperationException();
        }

        @Override
        public Object getThis() {
            return target;
        }

        @Override
        public AccessibleObject getStaticPart() {
            return Key.METHOD;
        }
    }

    public static class Orders {
        public String find(Object a, Object b) {
            return a + "/" + b;
        }
    }

    public static class Tenants {
        public String current() {
            return "tenant";
        }

        public String of(Object a, Object b) {
            return a + "@" + b;
        }
    }

    public record Person(long id, String name) {
        public Person getSelf() {
            return this;
        }

        public Person copy(Object newName) {
            return new Person(id, String.valueOf(newName));
        }
    }

    /** What is called differs by the type of the argument. */
    public static final class Overloads {
        private Overloads() {}

        public static String of(Object anything) {
            return "anything";
        }

        public static String of(String text) {
            return "text " + text;
        }

        public static String of(Number number) {
            return "number " + number;
        }
    }

    private record Hidden(long id, String name) {}

    static final class HiddenCompany {
        private final String name;

        HiddenCompany(String name) {
            this.name = name;
        }

        public String getName() {
            return name;
        }
    }

    public record Sum(Number amount) {}

    public static class Company {
        private final String id;

        private final String name;

        Company(String id, String name) {
            this.id = id;
            this.name = name;
        }

        public String getId() {
            return id;
        }

        public String getName() {
            return name;
        }

        public Company getSelf() {
            return this;
        }

        public Company copy(Object newName) {
            return new Company(id, String.valueOf(newName));
        }
    }
}
