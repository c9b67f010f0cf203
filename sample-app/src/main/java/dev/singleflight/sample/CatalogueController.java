package dev.singleflight.sample;

import java.math.BigDecimal;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpStatus;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PutMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.server.ResponseStatusException;

/** The catalogue over HTTP. */
@RestController
final class CatalogueController {

    private final ProductService products;

    CatalogueController(ProductService products) {
        this.products = products;
    }

    @GetMapping("/categories")
    List<String> categories() {
        return products.categories();
    }

    @GetMapping("/categories/{category}/report")
    CategoryReport report(@PathVariable String category, @RequestParam(defaultValue = "true") boolean singleFlight) {
        return singleFlight ? products.report(category) : products.plainReport(category);
    }

    @GetMapping("/products/{id}")
    Product product(@PathVariable long id) {
        return products.find(id);
    }

    @PutMapping("/products/{id}/price")
    Product changePrice(@PathVariable long id, @RequestBody NewPrice newPrice) {
        if (newPrice.price() == null || newPrice.price().signum() <= 0) {
            throw new ResponseStatusException(HttpStatus.BAD_REQUEST, "A price is more than nothing.");
        }
        return products.changePrice(id, newPrice.price());
    }

    @GetMapping("/products/{id}/supplier-price")
    SupplierPrice supplierPrice(@PathVariable long id) {
        return products.supplierPrice(id);
    }

    /**
     * The body of a change of price.
     *
     * @param price what one costs from now on; null where the body does not say
     */
    record NewPrice(@Nullable BigDecimal price) {}
}
