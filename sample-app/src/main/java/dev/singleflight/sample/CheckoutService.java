package dev.singleflight.sample;

import dev.singleflight.annotation.SingleFlight;
import org.springframework.stereotype.Service;
import org.springframework.transaction.annotation.Transactional;

/** Turns baskets into orders. Not final, since Spring proxies it. */
@Service
class CheckoutService {

    private final OrderRepository orders;

    CheckoutService(OrderRepository orders) {
        this.orders = orders;
    }

    /**
     * Orders a basket. The group is configured with {@code duplicates: reject}: the second click of a double submit is refused at
     * once instead of waiting for the first. What comes after the landing is refused by the table's primary key.
     */
    @SingleFlight(group = "checkout", key = "#basketId")
    @Transactional
    public Order checkout(long basketId) {
        Order order = orders.assess(basketId).orElseThrow(() -> new NotFoundException("basket"));
        orders.store(order);
        return order;
    }
}
