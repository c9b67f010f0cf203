package dev.singleflight.interceptor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.singleflight.annotation.SingleFlight;
import dev.singleflight.annotation.SingleFlightForget;
import java.io.IOException;
import java.io.InputStream;
import java.lang.reflect.Method;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.asm.ClassReader;
import org.springframework.asm.ClassWriter;
import org.springframework.beans.factory.support.DefaultListableBeanFactory;
import org.springframework.util.ReflectionUtils;

/** An expression that cannot work is refused at the start, whatever part of it is wrong, with what to write instead. */
class WrongExpressionTests {

    private static final String PARAMETERS = "#id, #name, #list, #map";

    static Stream<String> withAnUnknownName() {
        return Stream.of(
                "#idd",
                "#idd + ':' + #id",
                "#id + ':' + #idd",
                "#idd.name",
                "#idd?.name",
                "#id.toString().concat(#idd)",
                "#name.replace('a', #idd)",
                "#list[#idd]",
                "#map[#idd]",
                "#list[0].foo(#id, #map[#idd])",
                "#id > 0 ? #idd : #name",
                "#id > 0 ? #name : #idd",
                "#idd ? #id : #name",
                "#name ?: #idd",
                "{#id, #idd}",
                "{#id, {#name, #idd}}",
                "{key: #idd}",
                "{#idd: #id}",
                "#list.![#this + #idd]",
                "#list.?[#this == #idd]",
                "#list.^[#this == #idd]",
                "#list.$[#idd]",
                "new String(#idd)",
                "T(String).valueOf(#idd)",
                "@bean.tenant(#idd)",
                "!#idd",
                "-#idd",
                "#id == #idd",
                "#id between {1, #idd}",
                "#name matches #idd",
                "(#idd)",
                "#root.args[#idd]",
                "#idd instanceof T(String)");
    }

    @ParameterizedTest
    @MethodSource("withAnUnknownName")
    void aNameThatIsNoParameter(String expression) {
        refused(expression, "uses #idd, which is no parameter.", "Write one of its parameters: " + PARAMETERS + ".");
    }

    @ParameterizedTest
    @ValueSource(strings = {"#a4", "#p4", "#a-1", "#A0", "#ID", "#args", "#target"})
    void aPositionOrSpellingThatIsNoParameter(String expression) {
        String name = expression.replace("-1", "");
        refused(
                expression,
                "uses " + name + ", which is no parameter.",
                "Write one of its parameters: " + PARAMETERS + ".");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "id",
                "id + ':' + #name",
                "#name + ':' + id",
                "#name.concat(id)",
                "#list.contains(id)",
                "{#name, id}",
                "{key: id}",
                "#name == null ? id : #name",
                "#name ?: id",
                "id.foo",
                "id?.foo",
                "(id)",
                "!id",
                "T(String).valueOf(id)",
                "@bean.tenant(id)",
                "new String(id)"
            })
    void aNameWithoutItsSign(String expression) {
        refused(expression, "uses 'id' without '#'.", "Did you mean #id? Its parameters: " + PARAMETERS + ".");
    }

    @ParameterizedTest
    @ValueSource(strings = {"tenant()", "tenant(#id)", "#name + tenant()", "{tenant()}", "#name.concat(tenant())"})
    void aMethodOfNothing(String expression) {
        refused(
                expression,
                "calls tenant(...) on nothing.",
                "Call it on a parameter, on #root.target, @bean or T(Type). Its parameters: " + PARAMETERS + ".");
    }

    @ParameterizedTest
    @ValueSource(strings = {"#tenant()", "#tenant(#id)", "#name + #tenant(#id)", "{#id, #tenant()}"})
    void aFunction(String expression) {
        refused(
                expression,
                "calls a function, and there are none.",
                "Call T(Type).method(...) or @bean.method(...) instead.");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "#id = 7",
                "#name = #id",
                "#id == 1 ? (#name = 'x') : #name",
                "{#id, #name = 'x'}",
                "#id++",
                "++#id",
                "#id--",
                "--#id",
                "#list[0] = 1",
                "#list[#id++]",
                "#list.![#id = 1]"
            })
    void whatChangesSomething(String expression) {
        refused(expression, "changes something.", "An expression only reads: write == to compare.");
    }

    @ParameterizedTest
    @ValueSource(strings = {"#result", "#result.id", "#id + #result", "{#result}", "#list.![#result]"})
    void theResultInTheKeyOfAFlight(String expression) {
        refused(
                expression,
                "uses #result, which is not known before the call.",
                "Use what the call is made with. Its parameters: " + PARAMETERS + ".");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"#id +", "#id + ", "(#id", "#id)", "{#id", "#list[", "'it", "#", "#id #name", "T(", "#id..name"})
    void whatIsNoSpel(String expression) {
        assertThatExceptionOfType(InvalidSingleFlightException.class)
                .isThrownBy(() -> key(expression, false))
                .satisfies(refused -> {
                    assertThat(refused.reason())
                            .startsWith("WrongExpressionTests.Lookups.find(long, String, List, Map): Key expression \""
                                    + expression + "\" is no valid SpEL: ")
                            .endsWith(".")
                            .doesNotEndWith("..");
                    assertThat(refused.action()).isEqualTo("Correct it. Its parameters: " + PARAMETERS + ".");
                });
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "#list.![name]",
                "#list.?[name == #name]",
                "#list.![length() + #id]",
                "#list.![{name, #this}]",
                "#map['id']",
                "#map[id]",
                "#map.name",
                "{id: #id}",
                "{'id': #id}",
                "#root.method.name",
                "#this",
                "#root.args",
                "@bean.tenant()",
                "T(java.util.Locale).getDefault()",
                "#id == 7",
                "'id'",
                "7",
                "new java.util.Date(#id)"
            })
    void whatOnlyLooksWrongIsAccepted(String expression) {
        assertThat(key(expression, false)).isNotNull();
    }

    @ParameterizedTest
    @ValueSource(strings = {"#result", "#result.id", "#id + '/' + #result", "#name"})
    void aForgetMayUseTheResult(String expression) {
        assertThat(key(expression, true)).isNotNull();
    }

    @Test
    void aForgetIsToldOfTheResult() {
        assertThatExceptionOfType(InvalidSingleFlightException.class)
                .isThrownBy(() -> key("#resultt", true))
                .satisfies(refused -> assertThat(refused.action())
                        .isEqualTo("Write one of its parameters: " + PARAMETERS + ", #result."));
    }

    @Test
    void aMethodWithoutParametersHasNone() {
        assertThatExceptionOfType(InvalidSingleFlightException.class)
                .isThrownBy(() -> operations(NoParameters.class))
                .satisfies(refused -> assertThat(refused.action()).isEqualTo("Write one of its parameters: none."));
    }

    static Stream<Arguments> annotations() {
        return Stream.of(
                Arguments.of(WrongKey.class, "Key expression"),
                Arguments.of(WrongCondition.class, "Condition"),
                Arguments.of(WrongForget.class, "Key expression"));
    }

    @ParameterizedTest
    @MethodSource("annotations")
    void everyExpressionOfAnAnnotationIsChecked(Class<?> type, String what) {
        assertThatExceptionOfType(InvalidSingleFlightException.class)
                .isThrownBy(() -> operations(type))
                .satisfies(refused -> assertThat(refused.reason())
                        .isEqualTo("WrongExpressionTests." + type.getSimpleName() + ".call(long): " + what
                                + " \"#idd\" uses #idd, which is no parameter."));
    }

    @Test
    void withoutParameterNamesAPositionIsWhatToWrite() throws IOException {
        Class<?> type = withoutParameterNames(Orders.class);
        assertThatExceptionOfType(InvalidSingleFlightException.class)
                .isThrownBy(() -> operations("byName", type))
                .satisfies(refused -> {
                    assertThat(refused.reason())
                            .isEqualTo(
                                    "Orders.byName(long, String): Key expression \"#id + #name\" uses #id, but the class"
                                            + " was compiled without parameter names.");
                    assertThat(refused.action())
                            .isEqualTo("Compile with -parameters (Kotlin: -java-parameters), or write #a0, #a1.");
                });
    }

    @Test
    void withoutParameterNamesPositionsWork() throws IOException {
        assertThat(operations("byPosition", withoutParameterNames(Orders.class)).flight())
                .isNotNull();
    }

    @ParameterizedTest
    @CsvSource({"root, the call itself", "result, what the method returned"})
    void aParameterThatHasAnotherMeaningTooIsNotGuessed(String name, String meaning) {
        assertThatExceptionOfType(InvalidSingleFlightException.class)
                .isThrownBy(() -> ambiguous(name, true))
                .withMessage(
                        "WrongExpressionTests.Lookups.find(long, String, List, Map): Key expression \"#id + '/' + #"
                                + name
                                + "\" uses #" + name + ", which is a parameter and " + meaning
                                + ". Write #a1 for the parameter, or rename that.");
    }

    @Test
    void beforeTheCallAParameterMayBeCalledResult() {
        assertThat(ambiguous("result", false)).isNotNull();
    }

    @ParameterizedTest
    @ValueSource(strings = {"new int[#id]", "new int[#idd]", "new String[2][#id]", "{#id, new int[7]}"})
    void anArrayOfNothing(String expression) {
        refused(expression, "makes an array of nothing.", "List what is in it: {#id, #name}.");
    }

    @Test
    void anArrayOfSomethingIsAccepted() {
        assertThat(key("new long[] {#id}", false)).isNotNull();
        assertThat(key("new int[][] {{1}, {2}}", false)).isNotNull();
    }

    private static CallExpression ambiguous(String name, boolean result) {
        return expression("#id + '/' + #" + name, new ParameterNames(List.of("id", name, "list", "map"), 4, result));
    }

    private static void refused(String expression, String reason, String action) {
        assertThatExceptionOfType(InvalidSingleFlightException.class)
                .isThrownBy(() -> key(expression, false))
                .satisfies(refused -> {
                    assertThat(refused.reason())
                            .isEqualTo("WrongExpressionTests.Lookups.find(long, String, List, Map): Key expression \""
                                    + expression + "\" " + reason);
                    assertThat(refused.action()).isEqualTo(action);
                });
    }

    private static CallExpression key(String expression, boolean result) {
        return expression(expression, new ParameterNames(List.of("id", "name", "list", "map"), 4, result));
    }

    private static CallExpression expression(String expression, ParameterNames parameters) {
        Method method =
                ReflectionUtils.findMethod(Lookups.class, "find", long.class, String.class, List.class, Map.class);
        return CallExpression.of(
                expression,
                "Key expression",
                Declaration.of(method, Lookups.class),
                parameters,
                new DefaultListableBeanFactory());
    }

    private static SingleFlightOperations operations(Class<?> type) {
        SingleFlightOperations operations = new SingleFlightOperations(new DefaultListableBeanFactory(), true);
        operations.check(type);
        return operations;
    }

    private static MethodOperations operations(String method, Class<?> type) {
        return new SingleFlightOperations(new DefaultListableBeanFactory(), true)
                .find(ReflectionUtils.findMethod(type, method, long.class, String.class), type);
    }

    /** The class as a compiler without {@code -parameters} and debug information would have made it. */
    private static Class<?> withoutParameterNames(Class<?> type) throws IOException {
        try (InputStream compiled = type.getResourceAsStream(type.getName().replaceAll(".*\\.", "") + ".class")) {
            ClassWriter stripped = new ClassWriter(0);
            new ClassReader(compiled).accept(stripped, ClassReader.SKIP_DEBUG);
            return new Stripping(type.getClassLoader()).define(type.getName(), stripped.toByteArray());
        }
    }

    private static final class Stripping extends ClassLoader {
        Stripping(ClassLoader parent) {
            super(parent);
        }

        Class<?> define(String name, byte[] stripped) {
            return defineClass(name, stripped, 0, stripped.length);
        }
    }

    public static class Lookups {
        public String find(long id, String name, List<String> list, Map<String, String> map) {
            return name + id + list + map;
        }
    }

    static class NoParameters {
        @SingleFlight(key = "#id")
        public void call() {}
    }

    static class WrongKey {
        @SingleFlight(key = "#idd")
        public void call(long id) {}
    }

    static class WrongCondition {
        @SingleFlight(key = "#id", condition = "#idd")
        public void call(long id) {}
    }

    static class WrongForget {
        @SingleFlightForget(group = "group", key = "#idd")
        public void call(long id) {}
    }
}
