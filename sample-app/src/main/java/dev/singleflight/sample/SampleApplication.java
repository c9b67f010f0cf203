package dev.singleflight.sample;

import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;

/** The catalogue: {@code http://localhost:8080} shows the page, the report and all else are plain HTTP. */
@SpringBootApplication(proxyBeanMethods = false)
final class SampleApplication {

    /**
     * Starts the catalogue.
     *
     * @param args Spring Boot's own, such as {@code --server.port=0}
     */
    public static void main(String[] args) {
        SpringApplication.run(SampleApplication.class, args);
    }
}
