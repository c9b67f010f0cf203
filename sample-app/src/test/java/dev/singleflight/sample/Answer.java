package dev.singleflight.sample;

import java.net.http.HttpResponse;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** What the application answered over HTTP. */
record Answer(int status, String type, String body) {

    private static final JsonMapper JSON = new JsonMapper();

    static Answer of(HttpResponse<String> response) {
        return new Answer(
                response.statusCode(),
                response.headers().firstValue("Content-Type").orElse("none"),
                response.body());
    }

    JsonNode json() {
        return JSON.readTree(body);
    }

    /** The text of a property. */
    String text(String property) {
        return json().path(property).asString();
    }

    /** The number of a property. */
    long number(String property) {
        return json().path(property).asLong();
    }

    /** The status and type of a problem detail; anything else in full. */
    String problem() {
        return type.equals("application/problem+json") ? status + " " + text("type") : toString();
    }
}
