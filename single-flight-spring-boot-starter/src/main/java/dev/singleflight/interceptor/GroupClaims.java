package dev.singleflight.interceptor;

import java.util.Map;
import java.util.Set;
import java.util.SortedSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Predicate;
import org.springframework.core.ResolvableType;

/**
 * Which declarations claim which group: two classes must not meet in a default name by chance, one group holds one type of
 * value, and no two names may be the same to the properties.
 */
final class GroupClaims {

    private final Map<String, Claim> claims = new ConcurrentHashMap<>();

    /** Names by what the properties compare of them. */
    private final Map<String, String> names = new ConcurrentHashMap<>();

    private final Map<String, Declaration> forgets = new ConcurrentHashMap<>();

    /**
     * Claims a group.
     *
     * @param byDefault whether nobody chose the name
     */
    void claim(String group, Declaration declaration, boolean byDefault) {
        String twin = names.putIfAbsent(GroupNames.normal(group), group);
        if (twin != null && !twin.equals(group)) {
            throw declaration.invalid(
                    "its group '" + group + "' and the group '" + twin
                            + "' are the same to the properties, which compare" + " letters and digits alone.",
                    "Name one of them otherwise: @SingleFlight(group = \"...\").");
        }
        Claim claim = new Claim(declaration, ReturnTypes.valueType(declaration), byDefault);
        Claim earlier = claims.putIfAbsent(group, claim);
        if (earlier != null) {
            requireCompatible(group, claim, earlier);
        }
    }

    /** Notes that a method forgets keys of a group. */
    void forget(String group, Declaration declaration) {
        forgets.putIfAbsent(group, declaration);
    }

    /** The groups that methods claim. */
    Set<String> groups() {
        return Set.copyOf(claims.keySet());
    }

    /**
     * Checks that every group to forget exists.
     *
     * @param known the names of all groups
     * @param configured whether the properties name a group
     */
    void checkForgets(SortedSet<String> known, Predicate<String> configured) {
        forgets.forEach((group, declaration) -> {
            if (!known.contains(group) && !configured.test(group)) {
                throw declaration.invalid(
                        "forgets keys of group '" + group + "', which does not exist.",
                        "Write one of these: "
                                + (known.isEmpty() ? "there are none" : String.join(", ", known))
                                + ". A group that only code uses must be named under single-flight.groups.");
            }
        });
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
        if (!earlier.value().toString().equals(claim.value().toString())) {
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

    private record Claim(Declaration declaration, ResolvableType value, boolean byDefault) {

        private Class<?> owner() {
            return GroupNames.owner(declaration.type(), declaration.method());
        }
    }
}
