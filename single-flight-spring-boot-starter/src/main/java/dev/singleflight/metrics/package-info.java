/** Micrometer meters of the groups. */
@NullMarked
package dev.singleflight.metrics;

import org.jspecify.annotations.NullMarked;
