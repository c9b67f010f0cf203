package dev.singleflight.sample;

import java.math.BigDecimal;
import java.util.List;
import java.util.UUID;

/**
 * How the products of a category sell, compared with the whole catalogue.
 *
 * @param id made once per run of the query: two callers that hold the same id share one run
 * @param category the category
 * @param products how many of its products ever sold
 * @param averagePrice the average of their prices of today
 * @param averageStars the average of their reviews' stars
 * @param revenue what they brought in
 * @param shareOfRevenue their part of the catalogue's revenue, between 0 and 1
 * @param bestSellers the five that brought in most, best first
 */
record CategoryReport(
        UUID id,
        String category,
        int products,
        BigDecimal averagePrice,
        BigDecimal averageStars,
        BigDecimal revenue,
        BigDecimal shareOfRevenue,
        List<BestSeller> bestSellers) {

    CategoryReport {
        bestSellers = List.copyOf(bestSellers);
    }

    /**
     * One line of the report.
     *
     * @param productId the number of the product
     * @param name what it is called
     * @param pieces how many were sold
     * @param revenue what they brought in
     * @param catalogueRank its rank by revenue in the whole catalogue, 1 is the best
     */
    record BestSeller(long productId, String name, long pieces, BigDecimal revenue, int catalogueRank) {}
}
