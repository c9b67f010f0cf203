/** What a user writes on a method. */
@NullMarked
package dev.singleflight.annotation;

import org.jspecify.annotations.NullMarked;
