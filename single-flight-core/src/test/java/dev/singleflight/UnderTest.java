package dev.singleflight;

/** Makes what is watched under every schedule, race and load: the one place that says on which table it stands. */
final class UnderTest {

    private UnderTest() {}

    static <K, V> SingleFlightGroup<K, V> group(GroupConfig config) {
        return SingleFlightGroup.create(config);
    }

    static <V> Tower<V> tower(GroupConfig config) {
        return new Tower<>(config);
    }
}
