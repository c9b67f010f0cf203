package dev.singleflight.sample;

import java.math.BigDecimal;

/**
 * A basket that was ordered.
 *
 * @param basketId the number of the basket
 * @param total what it costs
 * @param risk the part of all former baskets that cost no more, between 0 and 1: the higher, the more unusual
 */
record Order(long basketId, BigDecimal total, BigDecimal risk) {}
