/** A product catalogue whose expensive report is asked for by a whole herd of callers, with and without single flight. */
@NullMarked
package dev.singleflight.sample;

import org.jspecify.annotations.NullMarked;
