/** One method behind a Spring proxy, advised in every way in which people advise it today, and in ours. */
@NullMarked
package dev.singleflight.benchmarks.spring;

import org.jspecify.annotations.NullMarked;
