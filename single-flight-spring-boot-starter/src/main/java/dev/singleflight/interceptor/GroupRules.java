package dev.singleflight.interceptor;

/** What the configuration says of a group beyond what the group itself knows. Asked once for each annotated method. */
public interface GroupRules {

    /**
     * Whether the group's own properties set its wait timeout, whatever an annotation says.
     *
     * @param group the group's name
     * @return whether they do
     */
    boolean overridesWaitTimeout(String group);

    /**
     * Whether a caller within a transaction that may write shares flights all the same.
     *
     * @param group the group's name
     * @return false where it bypasses
     */
    boolean joinsInTransaction(String group);

    /**
     * How many elements a call of a reactive type may emit.
     *
     * @param group the group's name
     * @return {@code Integer.MAX_VALUE} for no limit
     */
    int fluxMaxElements(String group);
}
