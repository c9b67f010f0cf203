package dev.singleflight.endpoint;

import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.actuate.endpoint.SecurityContext;
import org.springframework.boot.actuate.endpoint.Show;
import org.springframework.boot.actuate.endpoint.annotation.DeleteOperation;
import org.springframework.boot.actuate.endpoint.annotation.ReadOperation;
import org.springframework.boot.actuate.endpoint.annotation.Selector;
import org.springframework.boot.actuate.endpoint.annotation.WriteOperation;
import org.springframework.boot.actuate.endpoint.web.WebEndpointResponse;
import org.springframework.boot.actuate.endpoint.web.annotation.EndpointWebExtension;

/** The endpoint on the web: an unknown group is a 404, and who asks decides whether keys are shown. */
@EndpointWebExtension(endpoint = SingleFlightEndpoint.class)
public final class SingleFlightEndpointWebExtension {

    private final SingleFlightEndpoint endpoint;

    private final Show showKeys;

    private final Set<String> roles;

    /**
     * The web's side of the endpoint.
     *
     * @param endpoint what it shows
     * @param showKeys to whom keys are shown
     * @param roles who counts as authorized; empty for everybody who is signed in
     */
    public SingleFlightEndpointWebExtension(SingleFlightEndpoint endpoint, Show showKeys, Set<String> roles) {
        this.endpoint = endpoint;
        this.showKeys = showKeys;
        this.roles = roles;
    }

    /**
     * One group.
     *
     * @param security who asks
     * @param group its name
     * @return 404 for an unknown group
     */
    @ReadOperation
    public WebEndpointResponse<Map<String, Object>> group(SecurityContext security, @Selector String group) {
        return found(endpoint.group(group, showKeys.isShown(security, roles)));
    }

    /**
     * Forgets a key of a group, or all its keys.
     *
     * @param group its name
     * @param key as {@code String.valueOf} prints it; null for all keys
     * @return 404 for an unknown group
     */
    @DeleteOperation
    @SuppressWarnings("deprecation") // Spring's own annotation is the one that Spring Boot 3 takes for "optional"
    public WebEndpointResponse<Map<String, Object>> forget(
            @Selector String group, @org.springframework.lang.Nullable String key) {
        return found(endpoint.forget(group, key));
    }

    /**
     * Switches a group on or off.
     *
     * @param group its name
     * @param enabled whether its calls share flights from now on
     * @return 404 for an unknown group
     */
    @WriteOperation
    public WebEndpointResponse<Map<String, Object>> enable(@Selector String group, boolean enabled) {
        return found(endpoint.enable(group, enabled));
    }

    private static WebEndpointResponse<Map<String, Object>> found(@Nullable Map<String, Object> body) {
        return body == null
                ? new WebEndpointResponse<>(WebEndpointResponse.STATUS_NOT_FOUND)
                : new WebEndpointResponse<>(body);
    }
}
