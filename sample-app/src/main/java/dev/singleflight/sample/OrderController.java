package dev.singleflight.sample;

import org.springframework.http.HttpStatus;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.ResponseStatus;
import org.springframework.web.bind.annotation.RestController;

/** Orders over HTTP. */
@RestController
final class OrderController {

    private final CheckoutService checkouts;

    OrderController(CheckoutService checkouts) {
        this.checkouts = checkouts;
    }

    @PostMapping("/orders/{basketId}/checkout")
    @ResponseStatus(HttpStatus.CREATED)
    Order checkout(@PathVariable long basketId) {
        return checkouts.checkout(basketId);
    }
}
