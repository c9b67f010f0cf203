package dev.singleflight.endpoint;

import org.springframework.boot.WebApplicationType;

/** The endpoint on Spring WebFlux. */
class SingleFlightEndpointWebFluxTests extends SingleFlightEndpointWebContractTests {

    SingleFlightEndpointWebFluxTests() {
        super(WebApplicationType.REACTIVE);
    }
}
