package dev.singleflight.sample;

import java.math.BigDecimal;
import java.util.Objects;
import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import org.springframework.stereotype.Component;
import org.springframework.web.client.RestClient;
import org.springframework.web.client.RestClientException;

/** Asks the supplier for prices over HTTP. */
@Component
final class SupplierClient {

    private static final Log logger = LogFactory.getLog(SupplierClient.class);

    private final RestClient supplier;

    SupplierClient(RestClient supplier) {
        this.supplier = supplier;
    }

    /**
     * The supplier's price of a product.
     *
     * @throws SupplierUnavailableException when the supplier gives no answer in time; logged once, however many callers share it
     */
    SupplierPrice price(Product product) {
        try {
            BigDecimal price =
                    supplier.get().uri("/prices/{id}", product.id()).retrieve().body(BigDecimal.class);
            return new SupplierPrice(product.id(), Objects.requireNonNull(price, "The supplier's answer is empty."));
        } catch (RestClientException failure) {
            SupplierUnavailableException unavailable = new SupplierUnavailableException(failure);
            logger.warn("Supplier unavailable, incident " + unavailable.incident() + ": " + failure.getMessage());
            throw unavailable;
        }
    }
}
