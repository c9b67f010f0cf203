package dev.singleflight.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;

import dev.singleflight.benchmarks.spring.Advice;
import dev.singleflight.benchmarks.spring.AdvisedCalls;
import dev.singleflight.benchmarks.spring.User;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class AdviceTests {

    @ParameterizedTest
    @EnumSource
    void everyAdviceLeadsToTheMethod(Advice advice) {
        AdvisedCalls calls = advice.open();

        assertThat(calls.call(4711L, new User(4711L))).isNotNull().isSameAs(calls.call(4712L, new User(4712L)));
    }
}
