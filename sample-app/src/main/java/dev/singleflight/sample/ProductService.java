package dev.singleflight.sample;

import dev.singleflight.annotation.SingleFlight;
import dev.singleflight.annotation.SingleFlightForget;
import java.math.BigDecimal;
import java.util.List;
import org.springframework.stereotype.Service;
import org.springframework.transaction.annotation.Transactional;

/** The catalogue's products: the class where single flight is at work. Not final, since Spring proxies it. */
@Service
class ProductService {

    private final ProductRepository products;
    private final SupplierClient supplier;

    ProductService(ProductRepository products, SupplierClient supplier) {
        this.products = products;
        this.supplier = supplier;
    }

    public List<String> categories() {
        return products.categories();
    }

    public Product find(long id) {
        return products.find(id).orElseThrow(() -> new NotFoundException("product"));
    }

    /** Callers that ask for the same category at the same time share one run; its group is {@code ProductService.report}. */
    @SingleFlight(key = "#category")
    @Transactional(readOnly = true)
    public CategoryReport report(String category) {
        return products.report(category).orElseThrow(() -> new NotFoundException("category"));
    }

    /** The same report, but every caller runs the query for itself. */
    @Transactional(readOnly = true)
    public CategoryReport plainReport(String category) {
        return products.report(category).orElseThrow(() -> new NotFoundException("category"));
    }

    /** Takes a report of the category that is in flight out of its group: who asks from now on sees the new price. */
    @SingleFlightForget(group = "ProductService.report", key = "#result.category")
    @Transactional
    public Product changePrice(long id, BigDecimal price) {
        products.changePrice(id, price);
        return find(id);
    }

    /** Asks the supplier once for all callers that wait. A failure is shared as well: all get the same instance. */
    @SingleFlight(key = "#id")
    public SupplierPrice supplierPrice(long id) {
        return supplier.price(find(id));
    }
}
