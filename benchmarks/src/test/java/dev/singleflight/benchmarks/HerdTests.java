package dev.singleflight.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;

import dev.singleflight.benchmarks.contender.Contender;
import java.time.Duration;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class HerdTests {

    @ParameterizedTest
    @EnumSource(names = {"IDIOM_A", "IDIOM_B", "GO", "CAFFEINE_ASYNC", "GROUP"})
    void wholeHerdIsOneRun(Contender contender) {
        assertThat(send(contender).runs()).isEqualTo(1);
    }

    private static Herd.Result send(Contender contender) {
        return Herd.send(contender.open(), 20, CallerThreads.platform(), Duration.ZERO, () -> {});
    }
}
