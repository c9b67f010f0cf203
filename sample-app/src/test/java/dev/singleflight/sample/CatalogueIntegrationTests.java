package dev.singleflight.sample;

import static dev.singleflight.sample.RunningApplication.REPORT_QUERY;
import static dev.singleflight.sample.RunningApplication.answer;
import static org.assertj.core.api.Assertions.assertThat;

import java.math.BigDecimal;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.beans.factory.annotation.Autowired;

@SampleApplicationTest
final class CatalogueIntegrationTests {

    private static final String PRODUCT_QUERY = "from products where id";

    private final RunningApplication application;
    private final Gate gate;

    CatalogueIntegrationTests(@Autowired RunningApplication application, @Autowired Gate gate) {
        this.application = application;
        this.gate = gate;
    }

    @AfterEach
    void openGate() {
        gate.open();
    }

    @Test
    void whoAsksAfterAChangeOfPriceSeesIt() {
        String report = "/categories/" + answer(application.get("/products/17")).text("category") + "/report";
        gate.close(REPORT_QUERY);
        CompletableFuture<Answer> before = application.get(report);
        application.awaitHeld(1);

        Answer changed = answer(application.put("/products/17/price", "{\"price\": 90000.00}"));
        CompletableFuture<Answer> after = application.get(report);
        application.awaitHeld(2);
        gate.open();

        assertThat(changed.status()).isEqualTo(200);
        assertThat(averagePrice(before)).isLessThan(BigDecimal.valueOf(120));
        assertThat(averagePrice(after)).isGreaterThan(BigDecimal.valueOf(180));
    }

    @Test
    void herdSharesOneFailure() {
        List<Answer> answers =
                application.herd(20, "ProductService.supplierPrice", PRODUCT_QUERY, "/products/4711/supplier-price");

        assertThat(answers).extracting(Answer::problem).containsOnly("502 urn:problem:supplier-unavailable");
        assertThat(answers.stream().map(answer -> answer.text("incident")).distinct())
                .singleElement()
                .asString()
                .hasSize(36);
    }

    @Test
    void theNextFailureIsAnotherOne() {
        String first = answer(application.get("/products/4712/supplier-price")).text("incident");
        String second = answer(application.get("/products/4712/supplier-price")).text("incident");

        assertThat(first).hasSize(36).isNotEqualTo(second);
    }

    @Test
    void whatDoesNotExistIsNotFound() {
        assertThat(answer(application.get("/categories/none/report")).status()).isEqualTo(404);
        assertThat(answer(application.get("/products/0")).status()).isEqualTo(404);
        assertThat(answer(application.put("/products/0/price", "{\"price\": 1}"))
                        .status())
                .isEqualTo(404);
    }

    @ParameterizedTest
    @ValueSource(strings = {"{\"price\": 0}", "{}"})
    void priceIsMoreThanNothing(String body) {
        Answer answer = answer(application.put("/products/18/price", body));

        assertThat(answer.status()).isEqualTo(400);
        assertThat(answer.text("detail")).isEqualTo("A price is more than nothing.");
    }

    private static BigDecimal averagePrice(CompletableFuture<Answer> report) {
        return answer(report).json().path("averagePrice").decimalValue();
    }
}
