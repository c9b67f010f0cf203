package dev.singleflight;

import static org.assertj.core.api.Assertions.assertThat;

import dev.singleflight.FlightRejectedException.Reason;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** The group's own exceptions: they name the group and say what to do, and keep the key to those who ask. */
class ExceptionsTests {

    private static final Object KEY = List.of("alice@example.org");

    static Stream<SingleFlightException> exceptions() {
        Stream<SingleFlightException> others = Stream.of(
                new FlightTimeoutException("people", KEY, Duration.ofSeconds(2)),
                new FlightInterruptedException("people", KEY),
                new FlightUnavailableException("people", KEY, "the store", new IOException("refused")));
        return Stream.concat(
                others,
                Arrays.stream(Reason.values()).map(reason -> new FlightRejectedException("people", KEY, reason)));
    }

    @ParameterizedTest
    @MethodSource("exceptions")
    void messageNamesTheGroupAndNeverTheKey(SingleFlightException exception) {
        assertThat(exception.getMessage()).contains("'people'").doesNotContain("alice");
        assertThat(exception.toString()).doesNotContain("alice");
        assertThat(exception.group()).isEqualTo("people");
        assertThat(exception.key()).isSameAs(KEY);
    }

    @ParameterizedTest
    @MethodSource("exceptions")
    void travelsWithoutItsKey(SingleFlightException exception) throws Exception {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (ObjectOutputStream out = new ObjectOutputStream(bytes)) {
            out.writeObject(exception);
        }
        assertThat(bytes.toString(StandardCharsets.ISO_8859_1)).doesNotContain("alice");

        try (ObjectInputStream in = new ObjectInputStream(new ByteArrayInputStream(bytes.toByteArray()))) {
            SingleFlightException travelled = (SingleFlightException) in.readObject();
            assertThat(travelled).hasSameClassAs(exception).hasMessage(exception.getMessage());
            assertThat(travelled.group()).isEqualTo("people");
            assertThat(travelled.key()).isNull();
        }
    }

    @ParameterizedTest
    @EnumSource
    void rejectionHoldsItsReason(Reason reason) {
        assertThat(new FlightRejectedException("people", KEY, reason).reason()).isEqualTo(reason);
    }

    @Test
    void timeoutSaysHowLongTheCallerWaited() {
        assertThat(new FlightTimeoutException("people", KEY, Duration.ofSeconds(2)))
                .hasMessageContaining("PT2S");
    }

    @Test
    void unavailabilitySaysWhatIsAwayAndWhy() {
        IOException cause = new IOException("refused");

        assertThat(new FlightUnavailableException("people", KEY, "the store", cause))
                .hasMessageContaining("the store")
                .hasCause(cause);
    }
}
