package dev.singleflight.interceptor;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** Who calls: the thread of a blocking call, or the subscriber of a reactive one. */
interface Caller {

    /** Whether it is in a transaction that may write: what it reads there may yet be rolled back. */
    boolean mayWrite();

    /** What it must not share across. */
    List<@Nullable Object> isolation();
}
