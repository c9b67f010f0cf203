/** The runner of every scenario and the report of ratios. */
@NullMarked
package dev.singleflight.benchmarks;

import org.jspecify.annotations.NullMarked;
