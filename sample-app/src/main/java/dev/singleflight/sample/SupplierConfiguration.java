package dev.singleflight.sample;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.URISyntaxException;
import java.time.Duration;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.http.client.SimpleClientHttpRequestFactory;
import org.springframework.web.client.RestClient;

/** The way to the supplier, who is down. */
@Configuration(proxyBeanMethods = false)
final class SupplierConfiguration {

    /** A supplier that is down in the worst way: the connection is there, and nobody ever answers. */
    @Bean
    ServerSocket silentSupplier() throws IOException {
        return new ServerSocket(0, 500, InetAddress.getLoopbackAddress());
    }

    @Bean
    RestClient supplier(ServerSocket silentSupplier, @Value("${sample.supplier.timeout}") Duration timeout)
            throws URISyntaxException {
        SimpleClientHttpRequestFactory requests = new SimpleClientHttpRequestFactory();
        requests.setConnectTimeout(timeout);
        requests.setReadTimeout(timeout);
        String host = silentSupplier.getInetAddress().getHostAddress();
        return RestClient.builder()
                .requestFactory(requests)
                .baseUrl(new URI("http", null, host, silentSupplier.getLocalPort(), null, null, null))
                .build();
    }
}
