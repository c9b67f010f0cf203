/** What is measured side by side: this library and what people use today, all behind one interface. */
@NullMarked
package dev.singleflight.benchmarks.contender;

import org.jspecify.annotations.NullMarked;
