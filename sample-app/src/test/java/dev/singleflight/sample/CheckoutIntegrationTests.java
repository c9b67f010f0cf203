package dev.singleflight.sample;

import static dev.singleflight.sample.RunningApplication.answer;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;

@SampleApplicationTest
final class CheckoutIntegrationTests {

    private final RunningApplication application;
    private final Gate gate;

    CheckoutIntegrationTests(@Autowired RunningApplication application, @Autowired Gate gate) {
        this.application = application;
        this.gate = gate;
    }

    @AfterEach
    void openGate() {
        gate.open();
    }

    @Test
    void secondClickOfADoubleSubmitIsRefused() {
        gate.close("/* risk assessment */");
        CompletableFuture<Answer> first = application.post("/orders/42/checkout");
        application.awaitHeld(1);

        Answer second = answer(application.post("/orders/42/checkout"));
        gate.open();

        assertThat(second.problem()).isEqualTo("409 urn:problem:already-in-progress");
        assertThat(second.text("group")).isEqualTo("checkout");
        assertThat(second.text("reason")).isEqualTo("DUPLICATE");
        assertThat(second.body()).doesNotContain("\"key\"");
        assertThat(answer(first).status()).isEqualTo(201);
        assertThat(answer(first).number("basketId")).isEqualTo(42);
    }

    @Test
    void othersCheckOutMeanwhile() {
        gate.close("/* risk assessment */");
        CompletableFuture<Answer> one = application.post("/orders/44/checkout");
        CompletableFuture<Answer> other = application.post("/orders/45/checkout");
        application.awaitHeld(2);
        gate.open();

        assertThat(answer(one).status()).isEqualTo(201);
        assertThat(answer(other).status()).isEqualTo(201);
    }

    @Test
    void basketIsOrderedOnce() {
        assertThat(answer(application.post("/orders/43/checkout")).status()).isEqualTo(201);

        assertThat(answer(application.post("/orders/43/checkout")).problem())
                .isEqualTo("409 urn:problem:already-ordered");
    }

    @Test
    void unknownBasketIsNotFound() {
        assertThat(answer(application.post("/orders/0/checkout")).status()).isEqualTo(404);
    }
}
