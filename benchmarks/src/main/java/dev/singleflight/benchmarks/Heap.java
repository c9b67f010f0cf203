package dev.singleflight.benchmarks;

import java.lang.management.ManagementFactory;

/** What lives on the heap. */
final class Heap {

    private Heap() {}

    /** Bytes in use after a full collection. */
    static long used() {
        System.gc();
        System.gc();
        return ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed();
    }
}
