/** The way of an annotated call: from the annotation to an operation, a key, and the group. */
@NullMarked
package dev.singleflight.interceptor;

import org.jspecify.annotations.NullMarked;
