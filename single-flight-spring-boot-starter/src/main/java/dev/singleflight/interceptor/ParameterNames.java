package dev.singleflight.interceptor;

import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * What an expression may call the parameters of its method: by name where the class file has them, and as {@code a0} or
 * {@code p0}.
 *
 * @param names the names; empty where the class file has none
 * @param count how many parameters there are
 * @param result whether {@code #result} stands for what the method returned
 */
record ParameterNames(List<String> names, int count, boolean result) {

    static final int NONE = -1;

    static final String ROOT = "root";

    static final String RESULT = "result";

    /** The index of the parameter; {@link #NONE} where there is none of this name. A name goes before a position. */
    int index(String name) {
        return names.contains(name)
                ? names.indexOf(name)
                : IntStream.range(0, count)
                        .filter(index -> name.equals("a" + index) || name.equals("p" + index))
                        .findFirst()
                        .orElse(NONE);
    }

    /** Whether a parameter has the name of something else that expressions may use. */
    boolean isAmbiguous(String name) {
        return names.contains(name) && (name.equals(ROOT) || (result && name.equals(RESULT)));
    }

    /** What such a name stands for but for a parameter. */
    static String reserved(String name) {
        return name.equals(RESULT) ? "what the method returned" : "the call itself";
    }

    /** Whether there are parameters whose names nobody knows. */
    boolean areUnknown() {
        return names.isEmpty() && count > 0;
    }

    /** How to write them: {@code #id, #name}. */
    String examples() {
        Stream<String> parameters =
                IntStream.range(0, count).mapToObj(index -> areUnknown() ? "a" + index : names.get(index));
        String examples = Stream.concat(parameters, result ? Stream.of(RESULT) : Stream.empty())
                .map(name -> "#" + name)
                .collect(Collectors.joining(", "));
        return examples.isEmpty() ? "none" : examples;
    }
}
