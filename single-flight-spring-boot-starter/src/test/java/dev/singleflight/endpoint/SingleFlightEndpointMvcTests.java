package dev.singleflight.endpoint;

import org.springframework.boot.WebApplicationType;

/** The endpoint on Spring MVC. */
class SingleFlightEndpointMvcTests extends SingleFlightEndpointWebContractTests {

    SingleFlightEndpointMvcTests() {
        super(WebApplicationType.SERVLET);
    }
}
