/** The actuator endpoint {@code singleflight}. */
@NullMarked
package dev.singleflight.endpoint;

import org.jspecify.annotations.NullMarked;
