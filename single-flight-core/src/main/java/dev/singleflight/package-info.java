/**
 * Single flight: while a call for a key is in flight, nobody starts a second one, and everyone who asks gets that one's
 * outcome. {@link dev.singleflight.SingleFlightGroup} is where to start.
 */
@NullMarked
package dev.singleflight;

import org.jspecify.annotations.NullMarked;
