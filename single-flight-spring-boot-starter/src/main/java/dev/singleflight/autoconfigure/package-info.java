/** Everything put together for a Spring Boot application. */
@NullMarked
package dev.singleflight.autoconfigure;

import org.jspecify.annotations.NullMarked;
