package dev.singleflight.sample;

import java.math.BigDecimal;

/**
 * What the catalogue sells.
 *
 * @param id the number of the product
 * @param name what it is called
 * @param category the category that it belongs to, such as {@code books}
 * @param price what one costs today
 */
record Product(long id, String name, String category, BigDecimal price) {}
