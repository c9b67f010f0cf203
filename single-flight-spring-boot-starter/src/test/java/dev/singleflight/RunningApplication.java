package dev.singleflight;

import static org.assertj.core.api.Assertions.assertThat;

import com.jayway.jsonpath.DocumentContext;
import com.jayway.jsonpath.JsonPath;
import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.springframework.beans.factory.support.BeanDefinitionBuilder;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.support.GenericApplicationContext;
import org.springframework.http.client.ReactorResourceFactory;
import org.springframework.util.ClassUtils;

/** A whole application with a real web server, and a client of it. */
public final class RunningApplication implements AutoCloseable {

    private final HttpClient http = HttpClient.newHttpClient();

    private final ConfigurableApplicationContext context;

    /** Who asks; empty where nobody is signed in. */
    private final String authorization;

    private RunningApplication(ConfigurableApplicationContext context) {
        this(context, "");
    }

    private RunningApplication(ConfigurableApplicationContext context, String authorization) {
        this.context = context;
        this.authorization = authorization;
    }

    /** The same application, asked by somebody who is signed in. */
    public RunningApplication as(String user, String password) {
        byte[] credentials = (user + ":" + password).getBytes(StandardCharsets.UTF_8);
        return new RunningApplication(context, "Basic " + Base64.getEncoder().encodeToString(credentials));
    }

    /**
     * Spring Boot locks every application that has Spring Security on its class path; tests that want a lock make it. Of no
     * meaning on the lines where these are in a module of their own.
     */
    private static final String NO_SECURITY = Stream.of(
                    "security.servlet.SecurityAutoConfiguration",
                    "security.servlet.UserDetailsServiceAutoConfiguration",
                    "security.reactive.ReactiveSecurityAutoConfiguration",
                    "security.reactive.ReactiveUserDetailsServiceAutoConfiguration")
            .map(name -> "org.springframework.boot.autoconfigure." + name)
            .collect(Collectors.joining(
                    ",",
                    "spring.autoconfigure.exclude=",
                    ",org.springframework.boot.actuate.autoconfigure.security.servlet.ManagementWebSecurityAutoConfiguration,"
                            + "org.springframework.boot.actuate.autoconfigure.security.reactive."
                            + "ReactiveManagementWebSecurityAutoConfiguration"));

    /** Starts the configuration's application with these properties, on Spring MVC. */
    public static RunningApplication start(Class<?> configuration, String... properties) {
        return start(WebApplicationType.SERVLET, configuration, properties);
    }

    /** Starts the configuration's application with these properties, on Spring MVC and Tomcat or on WebFlux and Netty. */
    public static RunningApplication start(WebApplicationType web, Class<?> configuration, String... properties) {
        SpringApplicationBuilder application =
                new SpringApplicationBuilder(configuration).main(configuration).web(web);
        if (web == WebApplicationType.REACTIVE) {
            application.initializers(context -> serveByNetty((GenericApplicationContext) context));
        }
        return new RunningApplication(application.run(arguments(properties)));
    }

    /** These properties, and what every application of these tests needs, as arguments of {@code main}. */
    public static String[] arguments(String... properties) {
        Stream<String> ours = Stream.of(
                NO_SECURITY,
                "server.port=0",
                // A server may close a connection in the very moment in which the client takes it again.
                "server.tomcat.max-keep-alive-requests=1",
                "server.netty.max-keep-alive-requests=1",
                "spring.main.banner-mode=off");
        return Stream.concat(ours, Stream.of(properties))
                .map(property -> "--" + property)
                .toArray(String[]::new);
    }

    public ConfigurableApplicationContext context() {
        return context;
    }

    public <T> T bean(Class<T> type) {
        return context.getBean(type);
    }

    public SingleFlightGroup<?, ?> group(String name) {
        return Callers.group(context, name);
    }

    /** A path of the actuator, each part encoded. */
    public static String path(String... parts) {
        return Stream.of(parts).map(RunningApplication::encoded).reduce("/actuator", (path, part) -> path + "/" + part);
    }

    public static String encoded(String part) {
        return URLEncoder.encode(part, StandardCharsets.UTF_8).replace("+", "%20");
    }

    public HttpResponse<String> get(String path) {
        return send(HttpRequest.newBuilder(uri(path)).GET());
    }

    public HttpResponse<String> delete(String path) {
        return send(HttpRequest.newBuilder(uri(path)).DELETE());
    }

    public HttpResponse<String> post(String path, String json) {
        return send(HttpRequest.newBuilder(uri(path))
                .header("Content-Type", "application/json")
                .POST(BodyPublishers.ofString(json)));
    }

    /** The JSON of a successful answer. */
    public static DocumentContext json(HttpResponse<String> response) {
        assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
        return JsonPath.parse(response.body());
    }

    @Override
    public void close() {
        context.close();
    }

    /**
     * On resources of its own: by default the first application to close takes away what the others run on. Spring Boot 3.5
     * would take Tomcat, where both servers are on the class path.
     */
    private static void serveByNetty(GenericApplicationContext context) {
        context.registerBeanDefinition(
                "resources",
                BeanDefinitionBuilder.rootBeanDefinition(ReactorResourceFactory.class)
                        .addPropertyValue("useGlobalResources", false)
                        .getBeanDefinition());
        String nettyOf35 = "org.springframework.boot.web.embedded.netty.NettyReactiveWebServerFactory";
        if (ClassUtils.isPresent(nettyOf35, context.getClassLoader())) {
            context.registerBeanDefinition(
                    "netty",
                    BeanDefinitionBuilder.rootBeanDefinition(nettyOf35)
                            .addPropertyReference("resourceFactory", "resources")
                            .getBeanDefinition());
        }
    }

    private URI uri(String path) {
        return URI.create(
                "http://localhost:" + context.getEnvironment().getRequiredProperty("local.server.port") + path);
    }

    private HttpResponse<String> send(HttpRequest.Builder request) {
        if (!authorization.isEmpty()) {
            request.header("Authorization", authorization);
        }
        try {
            return http.send(request.timeout(Callers.LIMIT).build(), BodyHandlers.ofString());
        } catch (IOException failed) {
            throw new AssertionError(failed);
        } catch (InterruptedException interrupted) {
            throw new IllegalStateException(interrupted);
        }
    }
}
