package dev.singleflight.sample;

import java.math.BigDecimal;

/**
 * What the supplier takes for a product.
 *
 * @param productId the number of the product
 * @param price what one costs
 */
record SupplierPrice(long productId, BigDecimal price) {}
