/** Tests of the sample application. */
@NullMarked
package dev.singleflight.sample;

import org.jspecify.annotations.NullMarked;
