package dev.singleflight.autoconfigure;

import java.util.Set;
import org.springframework.boot.actuate.endpoint.Show;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * The properties {@code management.endpoint.singleflight.*} that are not every endpoint's.
 *
 * @param showKeys When to show the keys of flights, which may be personal data.
 * @param roles Roles that count as authorized. Empty: everybody who is signed in.
 */
@ConfigurationProperties("management.endpoint.singleflight")
public record SingleFlightEndpointProperties(
        @DefaultValue("never") Show showKeys, @DefaultValue Set<String> roles) {}
