package dev.singleflight.sample;

import java.util.Optional;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;

/** The tables of baskets and orders. */
@Component
final class OrderRepository {

    /** Adds up every basket that was ever sold: the second expensive query of the sample. */
    private static final String ASSESSMENT = """
            /* risk assessment */
            with past as (
                select basket_id, sum(quantity * price) as total
                from sales
                group by basket_id
            ),
            present as (
                select i.basket_id, sum(i.quantity * p.price) as total
                from basket_items i
                join products p on p.id = i.product_id
                where i.basket_id = :basketId
                group by i.basket_id
            )
            select present.basket_id, present.total,
                   round((select avg(case when past.total <= present.total then 1.0 else 0.0 end) from past), 3) as risk
            from present
            """;

    private final JdbcClient jdbc;

    OrderRepository(JdbcClient jdbc) {
        this.jdbc = jdbc;
    }

    /** The order that a basket would become, not yet stored; empty where there is no such basket. */
    Optional<Order> assess(long basketId) {
        return jdbc.sql(ASSESSMENT)
                .param("basketId", basketId)
                .query(Order.class)
                .optional();
    }

    /**
     * Stores an order.
     *
     * @throws org.springframework.dao.DuplicateKeyException when the basket was ordered before
     */
    void store(Order order) {
        jdbc.sql("insert into orders (basket_id, total, risk) values (:basketId, :total, :risk)")
                .paramSource(order)
                .update();
    }
}
