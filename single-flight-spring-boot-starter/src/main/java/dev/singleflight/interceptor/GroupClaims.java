package dev.singleflight.interceptor;

import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Predicate;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.springframework.core.ResolvableType;
import org.springframework.util.ClassUtils;

/**
 * Which declarations claim which group: two classes must not meet in a default name by chance, one group holds one type of
 * value, and no two names may be the same to the properties.
 */
final class GroupClaims {

    private final Map<String, Claim> claims = new ConcurrentHashMap<>();

    /** Names by what the properties compare of them. */
    private final Map<String, String> names = new ConcurrentHashMap<>();

    private final Set<Forget> forgets = ConcurrentHashMap.newKeySet();

    /** Of each group the methods of reactive types. */
    private final Map<String, Set<Declaration>> reactive = new ConcurrentHashMap<>();

    /** Null until all beans were looked at: a group may still come. Written by the start check alone. */
    private volatile @Nullable Others others;

    /**
     * Claims a group.
     *
     * @param value the type of what its callers share
     * @param byDefault whether nobody chose the name
     */
    void claim(String group, Declaration declaration, ResolvableType value, boolean byDefault) {
        String twin = names.putIfAbsent(GroupNames.normal(group), group);
        if (twin != null && !twin.equals(group)) {
            throw declaration.invalid(
                    "its group '" + group + "' and the group '" + twin
                            + "' are the same to the properties, which compare letters and digits alone.",
                    "Name one of them otherwise: @SingleFlight(group = \"...\").");
        }
        Claim claim = new Claim(declaration, value, byDefault);
        Claim earlier = claims.putIfAbsent(group, claim);
        if (earlier != null) {
            requireCompatible(group, claim, earlier);
        }
    }

    /** Notes that calls of a group return a reactive type, or suspend. */
    void reactive(String group, Declaration declaration) {
        reactive.computeIfAbsent(group, absent -> ConcurrentHashMap.newKeySet()).add(declaration);
    }

    /** Whether calls of the group return a reactive type, or suspend. */
    boolean isReactive(String group) {
        return reactive.containsKey(group);
    }

    /** The methods that return a reactive type, or suspend. */
    Stream<Declaration> reactive() {
        return reactive.values().stream().flatMap(Set::stream);
    }

    /** Notes that a method forgets keys of a group. */
    void forget(String group, Declaration declaration) {
        forgets.add(new Forget(group, declaration));
    }

    /** The groups that methods claim. */
    Set<String> groups() {
        return Set.copyOf(claims.keySet());
    }

    /**
     * Checks that every group to forget exists.
     *
     * @param created the names of the groups that there are
     * @param configured whether the properties name a group
     */
    void checkForgets(Supplier<Stream<String>> created, Predicate<String> configured) {
        Others known = new Others(created, configured);
        others = known;
        forgets.forEach(forget -> check(forget, known));
    }

    /** Checks those of a class that nobody knew before; until all beans were looked at, their groups may still come. */
    void checkForgets(Class<?> type) {
        Others known = others;
        if (known != null) {
            forgets.stream()
                    .filter(forget -> forget.declaration().type() == type)
                    .forEach(forget -> check(forget, known));
        }
    }

    private void check(Forget forget, Others known) {
        if (!claims.containsKey(forget.group()) && !known.include(forget.group())) {
            throw unknown(forget.group(), forget.declaration(), known);
        }
    }

    private InvalidSingleFlightException unknown(String group, Declaration declaration, Others others) {
        Set<String> names = new TreeSet<>(claims.keySet());
        others.created().get().forEach(names::add);
        return declaration.invalid(
                "forgets keys of group '" + group + "', which does not exist.",
                (names.isEmpty()
                                ? "There is no group at all: annotate the method whose calls it forgets with @SingleFlight."
                                : "Write one of these: " + String.join(", ", names) + ".")
                        + " A group that only code uses must be named under single-flight.groups.");
    }

    /** A batch maps to an {@code Integer} what a single call returns as an {@code int}. */
    private static ResolvableType boxed(ResolvableType type) {
        Class<?> raw = type.toClass();
        return raw.isPrimitive() ? ResolvableType.forClass(ClassUtils.resolvePrimitiveIfNecessary(raw)) : type;
    }

    private static void requireCompatible(String group, Claim claim, Claim earlier) {
        Declaration declaration = claim.declaration();
        if ((claim.byDefault() || earlier.byDefault()) && claim.owner() != earlier.owner()) {
            throw declaration.invalid(
                    "its group would be '" + group + "', which "
                            + earlier.owner().getName() + " has too.",
                    "Name one of them, for instance: @SingleFlight(group = \"" + lastPackage(claim.owner()) + group
                            + "\", ...)");
        }
        if (!boxed(earlier.value()).toString().equals(boxed(claim.value()).toString())) {
            throw declaration.invalid(
                    "its group '" + group + "' holds " + earlier.value() + " (of " + earlier.declaration()
                            + "), this method returns " + claim.value() + ".",
                    "Give it a group of its own: one group holds one type of value.");
        }
    }

    /** The last part of the package, which tells most namesakes apart. */
    private static String lastPackage(Class<?> type) {
        String name = type.getPackageName();
        return name.isEmpty() ? "my." : name.substring(name.lastIndexOf('.') + 1) + ".";
    }

    /**
     * Groups that no method claims.
     *
     * @param created the names of those that code has made
     * @param configured whether the properties name a group
     */
    private record Others(Supplier<Stream<String>> created, Predicate<String> configured) {

        private boolean include(String group) {
            return configured.test(group) || created.get().anyMatch(group::equals);
        }
    }

    /** That a method forgets keys of a group. */
    private record Forget(String group, Declaration declaration) {}

    private record Claim(Declaration declaration, ResolvableType value, boolean byDefault) {

        private Class<?> owner() {
            return GroupNames.owner(declaration.type(), declaration.method());
        }
    }
}
