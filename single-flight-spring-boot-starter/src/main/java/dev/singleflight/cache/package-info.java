/** Lets the loads of any Spring cache share flights. */
@NullMarked
package dev.singleflight.cache;

import org.jspecify.annotations.NullMarked;
