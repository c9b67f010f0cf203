package dev.singleflight.interceptor;

import static dev.singleflight.Callers.awaitWaiting;
import static dev.singleflight.Callers.group;
import static dev.singleflight.Callers.herd;
import static dev.singleflight.Callers.value;
import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import dev.singleflight.Callers;
import dev.singleflight.Gate;
import dev.singleflight.SingleFlightGroup;
import dev.singleflight.SingleFlightGroups;
import dev.singleflight.annotation.SingleFlight;
import dev.singleflight.autoconfigure.SingleFlightAutoConfiguration;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.aopalliance.intercept.MethodInterceptor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.aop.framework.ProxyFactory;
import org.springframework.beans.factory.BeanFactory;
import org.springframework.beans.factory.FactoryBean;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.client.RestClient;
import org.springframework.web.client.support.RestClientAdapter;
import org.springframework.web.service.annotation.GetExchange;
import org.springframework.web.service.invoker.HttpServiceProxyFactory;

/** What a factory makes is a target like any other; where it is a JDK proxy, its interface names the group. */
class FactoryProductTests {

    private final ApplicationContextRunner contexts = new ApplicationContextRunner()
            .withConfiguration(AutoConfigurations.of(SingleFlightAutoConfiguration.class))
            .withBean(Gate.class);

    @ParameterizedTest(name = "class proxies: {0}")
    @ValueSource(booleans = {true, false})
    void theProductOfAFactoryIsShared(boolean classProxies) {
        contexts.withPropertyValues("spring.aop.proxy-target-class=" + classProxies)
                .withUserConfiguration(OneProduct.class)
                .run(context -> {
                    Stock stock = context.getBean("stock", Stock.class);
                    List<CompletableFuture<String>> outcomes = herd(
                            5,
                            context.getBean(Gate.class),
                            context,
                            "FactoryProductTests.Shop.count",
                            () -> stock.count("nail"));
                    assertThat(outcomes).extracting(Callers::value).containsOnly("nail of one");
                    assertThat(context.getBean(Gate.class).runs()).isOne();
                });
    }

    @Test
    void theProductsOfTwoFactoriesNeverShare() {
        contexts.withUserConfiguration(OneProduct.class, OtherProduct.class)
                .run(context -> neverMix(context, "FactoryProductTests.Shop.count"));
    }

    @ParameterizedTest(name = "class proxies: {0}")
    @ValueSource(booleans = {true, false})
    void twoProxiesOfOneInterfaceNeverShareAndAreNamedByIt(boolean classProxies) {
        contexts.withPropertyValues("spring.aop.proxy-target-class=" + classProxies)
                .withUserConfiguration(Repositories.class)
                .run(context -> {
                    neverMix(context, "FactoryProductTests.Stock.count");
                    assertThat(context.getBean(SingleFlightGroups.class).all())
                            .extracting(SingleFlightGroup::name)
                            .containsExactly("FactoryProductTests.Stock.count");
                });
    }

    @Test
    void anInheritedMethodOfAProxyIsNamedByItsInterfaceBeforeTheFirstCallAndAfter() {
        contexts.withUserConfiguration(Inherited.class).run(context -> {
            context.getBean(Gate.class).open();
            for (int call = 0; call < 2; call++) {
                assertThat(context.getBean(SingleFlightGroups.class).all())
                        .extracting(SingleFlightGroup::name)
                        .containsExactly("FactoryProductTests.Stock.count");
                assertThat(context.getBean(Warehouse.class).count("nail")).isEqualTo("nail of one");
            }
            assertThat(group(context, "FactoryProductTests.Stock.count").stats().runs())
                    .isEqualTo(2);
        });
    }

    @Test
    void anHttpInterfaceClientSendsOneRequestForAHerd() throws IOException {
        try (Backend backend = new Backend("one")) {
            contexts.withBean("client", Client.class, backend::client).run(context -> {
                Client client = context.getBean(Client.class);

                List<CompletableFuture<String>> outcomes =
                        herd(5, backend.gate(), context, "FactoryProductTests.Client.get", () -> client.get("nail"));

                assertThat(outcomes).extracting(Callers::value).containsOnly("/parts/nail of one");
                assertThat(backend.gate().runs()).as("requests").isOne();
            });
        }
    }

    @Test
    void httpInterfaceClientsOfTwoServersNeverShare() throws IOException {
        try (Backend one = new Backend("one");
                Backend other = new Backend("other")) {
            contexts.withBean("one", Client.class, one::client)
                    .withBean("other", Client.class, other::client)
                    .run(context -> {
                        Client ofOne = context.getBean("one", Client.class);
                        Client ofOther = context.getBean("other", Client.class);

                        CompletableFuture<String> first = Callers.start(() -> ofOne.get("nail"));
                        CompletableFuture<String> second = Callers.start(() -> ofOther.get("nail"));
                        one.gate().awaitRuns(1);
                        other.gate().awaitRuns(1);
                        one.gate().open();
                        other.gate().open();

                        assertThat(value(first)).isEqualTo("/parts/nail of one");
                        assertThat(value(second)).isEqualTo("/parts/nail of other");
                        assertThat(context.getBean(SingleFlightGroups.class).all())
                                .extracting(SingleFlightGroup::name)
                                .containsExactly("FactoryProductTests.Client.get");
                    });
        }
    }

    private static void neverMix(BeanFactory beans, String group) {
        Stock one = beans.getBean("stock", Stock.class);
        Stock other = beans.getBean("otherStock", Stock.class);
        Gate gate = beans.getBean(Gate.class);

        CompletableFuture<String> ofOne = Callers.start(() -> one.count("nail"));
        CompletableFuture<String> ofOther = Callers.start(() -> other.count("nail"));
        gate.awaitRuns(2);
        CompletableFuture<String> ofOtherToo = Callers.start(() -> other.count("nail"));
        awaitWaiting(group(beans, group), 1);
        gate.open();

        assertThat(value(ofOne)).isEqualTo("nail of one");
        assertThat(value(ofOther)).isEqualTo(value(ofOtherToo)).isEqualTo("nail of other");
        assertThat(gate.runs()).isEqualTo(2);
    }

    interface Stock {
        @SingleFlight(key = "#part")
        String count(String part);
    }

    static class Shop implements Stock {
        private final String name;
        private final Gate gate;

        Shop(String name, Gate gate) {
            this.name = name;
            this.gate = gate;
        }

        @Override
        public String count(String part) {
            gate.pass();
            return part + " of " + name;
        }
    }

    private record ShopFactory(String name, Gate gate) implements FactoryBean<Shop> {
        @Override
        public Shop getObject() {
            return new Shop(name, gate);
        }

        @Override
        public Class<?> getObjectType() {
            return Shop.class;
        }
    }

    interface Warehouse extends Stock {}

    /** Makes a proxy without a class behind it, as repositories' factories do. */
    private record RepositoryFactory<S extends Stock>(Class<S> type, String name, Gate gate) implements FactoryBean<S> {
        @Override
        public S getObject() {
            return ProxyFactory.getProxy(type, (MethodInterceptor) invocation -> {
                if (!invocation.getMethod().getName().equals("count")) {
                    return invocation.getMethod().getName().equals("toString") ? name : null;
                }
                gate.pass();
                return invocation.getArguments()[0] + " of " + name;
            });
        }

        @Override
        public Class<?> getObjectType() {
            return type;
        }
    }

    @Configuration(proxyBeanMethods = false)
    static class OneProduct {
        @Bean
        static FactoryBean<Shop> stock(Gate gate) {
            return new ShopFactory("one", gate);
        }
    }

    @Configuration(proxyBeanMethods = false)
    static class OtherProduct {
        @Bean
        static FactoryBean<Shop> otherStock(Gate gate) {
            return new ShopFactory("other", gate);
        }
    }

    @Configuration(proxyBeanMethods = false)
    static class Repositories {
        @Bean
        static FactoryBean<Stock> stock(Gate gate) {
            return new RepositoryFactory<>(Stock.class, "one", gate);
        }

        @Bean
        static FactoryBean<Stock> otherStock(Gate gate) {
            return new RepositoryFactory<>(Stock.class, "other", gate);
        }
    }

    @Configuration(proxyBeanMethods = false)
    static class Inherited {
        @Bean
        static FactoryBean<Warehouse> stock(Gate gate) {
            return new RepositoryFactory<>(Warehouse.class, "one", gate);
        }
    }

    interface Client {
        @GetExchange("/parts/{part}")
        @SingleFlight(key = "#part")
        String get(@PathVariable("part") String part);
    }

    /** A real server whose requests stay at a gate. */
    private static final class Backend implements AutoCloseable {
        private final Gate gate = new Gate();
        private final ExecutorService threads = Executors.newCachedThreadPool();
        private final HttpServer server;

        Backend(String name) throws IOException {
            server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
            server.setExecutor(threads);
            server.createContext("/", exchange -> {
                gate.pass();
                byte[] body = (exchange.getRequestURI() + " of " + name).getBytes(StandardCharsets.UTF_8);
                try (exchange) {
                    exchange.getResponseHeaders().add("Content-Type", "text/plain");
                    exchange.sendResponseHeaders(200, body.length);
                    exchange.getResponseBody().write(body);
                } catch (IOException broken) {
                    throw new UncheckedIOException(broken);
                }
            });
            server.start();
        }

        Gate gate() {
            return gate;
        }

        Client client() {
            String address = "http://" + InetAddress.getLoopbackAddress().getHostAddress() + ":"
                    + server.getAddress().getPort();
            return HttpServiceProxyFactory.builderFor(RestClientAdapter.create(RestClient.create(address)))
                    .build()
                    .createClient(Client.class);
        }

        @Override
        public void close() {
            gate.open();
            server.stop(0);
            threads.shutdownNow();
        }
    }
}
