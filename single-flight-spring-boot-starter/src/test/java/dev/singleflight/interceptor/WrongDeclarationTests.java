package dev.singleflight.interceptor;

import static org.assertj.core.api.Assertions.assertThat;

import dev.singleflight.Callers;
import dev.singleflight.SingleFlightGroups;
import dev.singleflight.annotation.SingleFlight;
import dev.singleflight.annotation.SingleFlightForget;
import dev.singleflight.autoconfigure.SingleFlightAutoConfiguration;
import java.io.InputStream;
import java.util.Collections;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Flow;
import java.util.concurrent.Future;
import java.util.concurrent.FutureTask;
import java.util.stream.Stream;
import kotlin.coroutines.Continuation;
import kotlinx.coroutines.Deferred;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.reactivestreams.Publisher;
import org.springframework.beans.factory.BeanCreationException;
import org.springframework.beans.factory.InitializingBean;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.diagnostics.FailureAnalysis;
import org.springframework.boot.diagnostics.FailureAnalyzer;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.context.support.PropertySourcesPlaceholderConfigurer;
import org.springframework.core.NestedExceptionUtils;
import org.springframework.core.io.buffer.DataBuffer;
import org.springframework.core.io.support.SpringFactoriesLoader;
import org.springframework.http.ResponseEntity;
import org.springframework.web.context.request.async.DeferredResult;
import org.springframework.web.servlet.mvc.method.annotation.SseEmitter;
import org.springframework.web.servlet.mvc.method.annotation.StreamingResponseBody;
import reactor.core.publisher.ConnectableFlux;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** A declaration that cannot work stops the start, and says what is wrong and what to write instead. */
class WrongDeclarationTests {

    private static final String US = "WrongDeclarationTests.";

    private final ApplicationContextRunner contexts = new ApplicationContextRunner()
            .withConfiguration(AutoConfigurations.of(SingleFlightAutoConfiguration.class))
            .withBean(PropertySourcesPlaceholderConfigurer.class)
            .withBean("notAGenerator", String.class, () -> "not a generator")
            .withPropertyValues("unitless=5");

    static Stream<Arguments> methods() {
        return Stream.of(
                refused(
                        FinalMethod.class,
                        "FinalMethod.find(int): is final, so no proxy can intercept it.",
                        "Remove 'final' (in Kotlin: make it open), or move the annotation to a public method that other beans call."),
                refused(
                        PrivateMethod.class,
                        "PrivateMethod.find(int): is private, so no proxy can intercept it.",
                        "Remove 'private', or move the annotation to a public method that other beans call."),
                refused(
                        InheritedPrivateMethod.class,
                        "InheritedPrivateMethod.find(int): is private, so no proxy can intercept it.",
                        "Remove 'private', or move the annotation to a public method that other beans call."),
                refused(
                        StaticMethod.class,
                        "StaticMethod.find(int): is static, so no proxy can intercept it.",
                        "Remove 'static', or move the annotation to a public method that other beans call."),
                refused(
                        OfInterfaceWithStaticMethod.class,
                        "OfInterfaceWithStaticMethod.find(int): is static, so no proxy can intercept it.",
                        "Remove 'static', or move the annotation to a public method that other beans call."),
                refused(
                        FinalForget.class,
                        "FinalForget.update(int): is final, so no proxy can intercept it.",
                        "Remove 'final' (in Kotlin: make it open), or move the annotation to a public method that other beans call."),
                refused(
                        FinalClass.class,
                        "FinalClass.find(int): is in a final class, which no proxy can extend.",
                        "Make the class open (not final, no record), or move the method to one that is."),
                refused(
                        ARecord.class,
                        "ARecord.find(int): is in a final class, which no proxy can extend.",
                        "Make the class open (not final, no record), or move the method to one that is."),
                refused(
                        UnknownKeyGenerator.class,
                        "UnknownKeyGenerator.find(int): names 'nobody' as its keyGenerator, and no bean of this name is a"
                                + " org.springframework.cache.interceptor.KeyGenerator.",
                        "Define the bean, or write a key expression instead."),
                refused(
                        OtherKeyGenerator.class,
                        "OtherKeyGenerator.find(int): names 'notAGenerator' as its keyGenerator, and no bean of this name"
                                + " is a org.springframework.cache.interceptor.KeyGenerator.",
                        "Define the bean, or write a key expression instead."),
                refused(
                        KeyAndKeyGenerator.class,
                        "KeyAndKeyGenerator.find(int): has both a key and a keyGenerator.",
                        "Keep one: key = \"#id\" or keyGenerator = \"generator\"."),
                refused(
                        BadTimeout.class,
                        "BadTimeout.find(int): has the waitTimeout \"soon\", which is no duration.",
                        "Write a duration with its unit, as 500ms, 2s or PT2S; 0 for no limit."),
                refused(
                        UnitlessTimeout.class,
                        "UnitlessTimeout.find(int): has the waitTimeout \"5\", which has no unit.",
                        "Write a duration with its unit, as 500ms, 2s or PT2S; 0 for no limit."),
                refused(
                        UnitlessPlaceholder.class,
                        "UnitlessPlaceholder.find(int): has the waitTimeout \"5\", which has no unit.",
                        "Write a duration with its unit, as 500ms, 2s or PT2S; 0 for no limit."),
                refused(
                        NegativeTimeout.class,
                        "NegativeTimeout.find(int): has the waitTimeout \"-2s\", which is negative.",
                        "Write a duration with its unit, as 500ms, 2s or PT2S; 0 for no limit."),
                refused(
                        GroupWithSlash.class,
                        "GroupWithSlash.find(int): has the group 'users/find'; a name with '/', '\\', ';' or '%' cannot"
                                + " stand in the endpoint's path.",
                        "Use letters, digits, '.', '-' and ':'."),
                refused(
                        GroupWithBackslash.class,
                        "GroupWithBackslash.find(int): has the group 'users\\find'; a name with '/', '\\', ';' or '%' cannot"
                                + " stand in the endpoint's path.",
                        "Use letters, digits, '.', '-' and ':'."),
                refused(
                        ForgetOfUnknown.class,
                        "ForgetOfUnknown.update(int): forgets keys of group 'nobody', which does not exist.",
                        "Write one of these: known, other. A group that only code uses must be named under"
                                + " single-flight.groups."),
                refused(
                        ForgetOfNone.class,
                        "ForgetOfNone.update(int): forgets keys of no group.",
                        "Name it: @SingleFlightForget(group = \"UserService.find\", ...)"));
    }

    static Stream<Arguments> returnTypes() {
        String future = "Declare the return type as CompletableFuture or CompletionStage, exactly.";
        String closed = "One caller would close it, or read it to its end, for all. Return its content: a byte[], a"
                + " String, a List.";
        String reactive = "Declare the return type as Mono or Flux, exactly, with Reactor on the class path.";
        return Stream.of(
                unshareable(ReturnsPublisher.class, "org.reactivestreams.Publisher<java.lang.String>", reactive),
                unshareable(
                        ReturnsConnectableFlux.class,
                        "reactor.core.publisher.ConnectableFlux<java.lang.String>",
                        reactive),
                unshareable(
                        ReturnsFlowPublisher.class, "java.util.concurrent.Flow$Publisher<java.lang.String>", reactive),
                unshareable(
                        ReturnsDeferred.class,
                        "kotlinx.coroutines.Deferred<java.lang.String>",
                        "Suspend, and return the value."),
                unshareable(ReturnsMonoOfStream.class, "java.io.InputStream", closed),
                unshareable(
                        ReturnsFluxOfBuffers.class,
                        "org.springframework.core.io.buffer.DataBuffer",
                        "One caller would read and release it for all. Return a byte[] or a String."),
                unshareable(ReturnsResponseOfMono.class, "reactor.core.publisher.Mono<java.lang.String>", reactive),
                unshareable(ReturnsFuture.class, "java.util.concurrent.Future<java.lang.String>", future),
                unshareable(ReturnsFutureTask.class, "java.util.concurrent.FutureTask<java.lang.String>", future),
                unshareable(
                        ReturnsOwnFuture.class,
                        "dev.singleflight.interceptor.WrongDeclarationTests$OwnFuture<java.lang.String>",
                        future),
                unshareable(
                        ReturnsCallable.class,
                        "java.util.concurrent.Callable<java.lang.String>",
                        "Return what it computes."),
                unshareable(ReturnsInputStream.class, "java.io.InputStream", closed),
                unshareable(ReturnsStream.class, "java.util.stream.Stream<java.lang.String>", closed),
                unshareable(
                        ReturnsIterator.class,
                        "java.util.Iterator<java.lang.String>",
                        "One caller would use it up for all. Return a List."),
                unshareable(ReturnsOptionalOfStream.class, "java.io.InputStream", closed),
                unshareable(ReturnsFutureOfStream.class, "java.io.InputStream", closed),
                unshareable(ReturnsStageOfOptionalOfStream.class, "java.io.InputStream", closed),
                unshareable(
                        ReturnsStreamingResponse.class,
                        "org.springframework.web.servlet.mvc.method.annotation.StreamingResponseBody",
                        "Annotate the method that makes what is streamed."),
                unshareable(
                        ReturnsEmitter.class,
                        "org.springframework.web.servlet.mvc.method.annotation.SseEmitter",
                        "Annotate the method that makes what is emitted."),
                unshareable(
                        ReturnsDeferredResult.class,
                        "org.springframework.web.context.request.async.DeferredResult<java.lang.String>",
                        "Return a CompletableFuture."),
                unshareable(ReturnsItsParameter.class, "java.io.InputStream", closed));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource({"methods", "returnTypes"})
    void stopsTheStart(Class<?> bean, String description, String action) {
        contexts.withBean(bean).run(context -> {
            assertThat(context).hasFailed();
            FailureAnalysis analysis = analysis(context.getStartupFailure());
            assertThat(analysis.getDescription()).isEqualTo(US + description);
            assertThat(analysis.getAction()).isEqualTo(action);
            assertThat(analysis.getCause())
                    .isInstanceOf(InvalidSingleFlightException.class)
                    .hasMessage(US + description + " " + action);
        });
    }

    static Stream<Class<?>> finalClasses() {
        return Stream.of(FinalClass.class, ARecord.class);
    }

    @ParameterizedTest
    @MethodSource("finalClasses")
    void aFinalClassFailsInThePointcutBeforeCglibDoes(Class<?> bean) {
        contexts.withBean("final", bean)
                .run(context -> assertThat(context.getStartupFailure())
                        .isInstanceOfSatisfying(
                                BeanCreationException.class,
                                failure -> assertThat(failure.getBeanName()).isEqualTo("final"))
                        .hasCauseInstanceOf(InvalidSingleFlightException.class));
    }

    @Test
    void aPlaceholderThatNobodySetsStopsTheStart() {
        contexts.withBean(UnresolvablePlaceholder.class).run(context -> {
            FailureAnalysis analysis = analysis(context.getStartupFailure());
            assertThat(analysis.getDescription())
                    .isEqualTo(US
                            + "UnresolvablePlaceholder.find(int): has the waitTimeout \"${not.there}\", which cannot be"
                            + " resolved: Could not resolve placeholder 'not.there' in value \"${not.there}\".");
            assertThat(analysis.getAction()).isEqualTo("Set the property, or give it a default: ${name:2s}.");
        });
    }

    @Test
    void twoClassesWithOneDefaultNameStopTheStartWithTheLineToPaste() {
        contexts.withBean("one", Billing.UserService.class)
                .withBean("other", dev.singleflight.interceptor.samename.Billing.UserService.class)
                .run(context -> {
                    FailureAnalysis analysis = analysis(context.getStartupFailure());
                    assertThat(analysis.getDescription())
                            .isEqualTo(
                                    "Billing.UserService.find(int): its group would be 'Billing.UserService.find', which"
                                            + " dev.singleflight.interceptor.Billing$UserService has too.");
                    assertThat(analysis.getAction())
                            .isEqualTo("Name one of them, for instance: @SingleFlight(group ="
                                    + " \"samename.Billing.UserService.find\", ...)");
                });
    }

    @Test
    void aDefaultNameThatAnotherClassWasGivenStopsTheStart() {
        contexts.withBean(Billing.UserService.class).withBean(Impostor.class).run(context -> {
            FailureAnalysis analysis = analysis(context.getStartupFailure());
            assertThat(analysis.getDescription())
                    .isEqualTo(US + "Impostor.find(int): its group would be 'Billing.UserService.find', which"
                            + " dev.singleflight.interceptor.Billing$UserService has too.");
        });
    }

    @Test
    void oneGroupWithTwoTypesOfValueStopsTheStart() {
        contexts.withBean(Names.class).withBean(Numbers.class).run(context -> {
            FailureAnalysis analysis = analysis(context.getStartupFailure());
            assertThat(analysis.getDescription())
                    .isEqualTo(US + "Numbers.find(int): its group 'UserService' holds java.lang.String (of"
                            + " WrongDeclarationTests.Names.find(int)), this method returns java.lang.Integer.");
            assertThat(analysis.getAction())
                    .isEqualTo("Give it a group of its own: one group holds one type of value.");
        });
    }

    @Test
    void aValueAndItsFutureAreOneTypeOfValue() {
        contexts.withBean(Names.class)
                .withBean(LaterNames.class)
                .run(context -> assertThat(context).hasNotFailed());
    }

    @Test
    void twoGroupsThatAreOneToThePropertiesStopTheStart() {
        contexts.withBean(Names.class).withBean(Twin.class).run(context -> {
            FailureAnalysis analysis = analysis(context.getStartupFailure());
            assertThat(analysis.getDescription())
                    .isEqualTo(US
                            + "Twin.find(int): its group 'user-service' and the group 'UserService' are the same to the"
                            + " properties, which compare letters and digits alone.");
            assertThat(analysis.getAction()).isEqualTo("Name one of them otherwise: @SingleFlight(group = \"...\").");
        });
    }

    @Test
    void aForgetWhereThereIsNoGroupSaysSo() {
        contexts.withBean(OnlyForget.class)
                .run(
                        context -> assertThat(
                                        analysis(context.getStartupFailure()).getAction())
                                .isEqualTo(
                                        "There is no group at all: annotate the method whose calls it forgets with"
                                                + " @SingleFlight. A group that only code uses must be named under single-flight.groups."));
    }

    @ParameterizedTest
    @MethodSource("reactiveForgets")
    void aForgetOnAMethodThatHasNotRunWhenItReturnsStopsTheStart(Class<?> bean) {
        contexts.withBean(bean).run(context -> {
            assertThat(context).hasFailed();
            assertThat(NestedExceptionUtils.getMostSpecificCause(context.getStartupFailure()))
                    .isInstanceOf(InvalidSingleFlightException.class);
        });
    }

    static Stream<Class<?>> reactiveForgets() {
        return Stream.of(ForgetOnPublisher.class, ForgetOnFuture.class, ForgetOnSuspendedFlux.class);
    }

    static Stream<Class<?>> shareable() {
        return Stream.of(
                ReturnsObject.class,
                ReturnsGeneric.class,
                ReturnsMapOfLists.class,
                ReturnsResponseEntity.class,
                ReturnsFutureOfOptional.class,
                ReturnsRawFuture.class,
                ReturnsRawOptional.class);
    }

    @ParameterizedTest
    @MethodSource("shareable")
    void whatCanBeSharedStarts(Class<?> bean) {
        contexts.withBean(bean).run(context -> assertThat(context).hasNotFailed());
    }

    @Test
    void aFinalClassBehindAnInterfaceProxyStarts() {
        contexts.withPropertyValues("spring.aop.proxy-target-class=false")
                .withBean(FinalFinder.class)
                .run(context -> {
                    assertThat(context).hasNotFailed();
                    assertThat(context.getBean(Finder.class).find(7)).isEqualTo("final 7");
                    assertThat(Callers.group(context, "final finder").stats().calls())
                            .isOne();
                });
    }

    @Test
    void aFinalMethodBehindAnInterfaceProxyStarts() {
        contexts.withPropertyValues("spring.aop.proxy-target-class=false")
                .withBean(FinalMethodOfFinder.class)
                .run(context -> {
                    assertThat(context.getBean(Finder.class).find(7)).isEqualTo("final 7");
                    assertThat(Callers.group(context, "final method").stats().calls())
                            .isOne();
                });
    }

    @Test
    void aMethodOnNoInterfaceBehindAnInterfaceProxyStopsTheStart() {
        contexts.withPropertyValues("spring.aop.proxy-target-class=false")
                .withBean(NotOnItsInterface.class)
                .run(context -> {
                    FailureAnalysis analysis = analysis(context.getStartupFailure());
                    assertThat(analysis.getDescription())
                            .isEqualTo(
                                    US + "NotOnItsInterface.findAll(): is on no interface of its class, and with"
                                            + " spring.aop.proxy-target-class=false proxies have the methods of interfaces alone.");
                    assertThat(analysis.getAction())
                            .isEqualTo("Declare it on an interface, or remove spring.aop.proxy-target-class.");
                });
    }

    static Stream<Class<? extends ByClass>> proxiedByClass() {
        return Stream.of(ByClass.class, ByClassWithCallback.class, ByClassWithMarker.class);
    }

    @ParameterizedTest
    @MethodSource("proxiedByClass")
    void aClassWithoutInterfacesOfItsOwnIsProxiedByClassAllTheSame(Class<? extends ByClass> type) {
        contexts.withPropertyValues("spring.aop.proxy-target-class=false")
                .withBean(type)
                .run(context -> {
                    assertThat(context).hasNotFailed();
                    assertThat(context.getBean(ByClass.class).find(7)).isEqualTo("by class 7");
                    assertThat(Callers.group(context, "by class").stats().calls())
                            .isOne();
                });
    }

    @Test
    void aForgetOfAGroupThatThePropertiesNameStarts() {
        contexts.withPropertyValues("single-flight.groups.only-code.wait-timeout=2s")
                .withBean(ForgetOfCode.class)
                .run(context -> assertThat(context).hasNotFailed());
    }

    @Test
    void aForgetOfAGroupOfCodeStarts() {
        contexts.withBean(ForgetOfCode.class)
                .withBean(UsesGroups.class)
                .run(context -> assertThat(context).hasNotFailed());
    }

    private static Arguments refused(Class<?> bean, String description, String action) {
        return Arguments.of(bean, description, action);
    }

    private static Arguments unshareable(Class<?> bean, String type, String action) {
        return Arguments.of(
                bean, bean.getSimpleName() + ".find(int): returns " + type + ", which callers cannot share.", action);
    }

    /** What the user reads: of all analyzers, Boot's own too, the first that has something to say. */
    private static FailureAnalysis analysis(Throwable failure) {
        assertThat(failure).isNotNull();
        return SpringFactoriesLoader.forDefaultResourceLocation()
                .load(FailureAnalyzer.class, (factory, implementation, problem) -> {})
                .stream()
                .map(analyzer -> analyzer.analyze(failure))
                .filter(Objects::nonNull)
                .findFirst()
                .orElseThrow(() -> new AssertionError("Nobody analyzes this", failure));
    }

    static class FinalMethod {
        @SingleFlight(key = "#id")
        public final String find(int id) {
            return "user " + id;
        }
    }

    static class PrivateMethod {
        public String get(int id) {
            return find(id);
        }

        @SingleFlight(key = "#id")
        private String find(int id) {
            return "user " + id;
        }
    }

    static class InheritedPrivateMethod extends PrivateMethod {}

    static class StaticMethod {
        @SingleFlight(key = "#id")
        public static String find(int id) {
            return "user " + id;
        }
    }

    interface WithStaticMethod {
        @SingleFlight(key = "#id")
        static String find(int id) {
            return "user " + id;
        }
    }

    static class OfInterfaceWithStaticMethod implements WithStaticMethod {}

    static class FinalForget {
        @SingleFlight(group = "users", key = "#id")
        public String find(int id) {
            return "user " + id;
        }

        @SingleFlightForget(group = "users", key = "#id")
        public final void update(int id) {}
    }

    static final class FinalClass {
        @SingleFlight(key = "#id")
        public String find(int id) {
            return "user " + id;
        }
    }

    record ARecord() {
        @SingleFlight(key = "#id")
        public String find(int id) {
            return "user " + id;
        }
    }

    static class UnknownKeyGenerator {
        @SingleFlight(keyGenerator = "nobody")
        public String find(int id) {
            return "user " + id;
        }
    }

    static class OtherKeyGenerator {
        @SingleFlight(keyGenerator = "notAGenerator")
        public String find(int id) {
            return "user " + id;
        }
    }

    static class KeyAndKeyGenerator {
        @SingleFlight(key = "#id", keyGenerator = "generator")
        public String find(int id) {
            return "user " + id;
        }
    }

    static class BadTimeout {
        @SingleFlight(waitTimeout = "soon")
        public String find(int id) {
            return "user " + id;
        }
    }

    static class UnitlessTimeout {
        @SingleFlight(waitTimeout = "5")
        public String find(int id) {
            return "user " + id;
        }
    }

    static class UnitlessPlaceholder {
        @SingleFlight(waitTimeout = "${unitless}")
        public String find(int id) {
            return "user " + id;
        }
    }

    static class UnresolvablePlaceholder {
        @SingleFlight(waitTimeout = "${not.there}")
        public String find(int id) {
            return "user " + id;
        }
    }

    static class NegativeTimeout {
        @SingleFlight(waitTimeout = "-2s")
        public String find(int id) {
            return "user " + id;
        }
    }

    static class GroupWithSlash {
        @SingleFlight("users/find")
        public String find(int id) {
            return "user " + id;
        }
    }

    static class GroupWithBackslash {
        @SingleFlight("users\\find")
        public String find(int id) {
            return "user " + id;
        }
    }

    static class ForgetOfUnknown {
        @SingleFlight("known")
        public String find(int id) {
            return "user " + id;
        }

        @SingleFlight("other")
        public String findOther(int id) {
            return "user " + id;
        }

        @SingleFlightForget("nobody")
        public void update(int id) {}
    }

    static class ForgetOfNone {
        @SingleFlightForget(key = "#id")
        public void update(int id) {}
    }

    static class OnlyForget {
        @SingleFlightForget("nobody")
        public void update(int id) {}
    }

    static class ForgetOfCode {
        @SingleFlightForget("OnlyCode")
        public void update(int id) {}
    }

    static class UsesGroups {
        UsesGroups(SingleFlightGroups groups) {
            assertThat(groups.group("OnlyCode").name()).isEqualTo("OnlyCode");
        }
    }

    static class ForgetOnPublisher {
        @SingleFlight("users")
        public String find(int id) {
            return "user " + id;
        }

        @SingleFlightForget("users")
        public Publisher<Void> update(int id) {
            return Mono.empty();
        }
    }

    /** As Kotlin's compiler has it. */
    static class ForgetOnSuspendedFlux {
        @SingleFlight("users")
        public String find(int id) {
            return "user " + id;
        }

        @SingleFlightForget(group = "users", key = "#id")
        public Object update(int id, Continuation<? super Flux<String>> continuation) {
            return Flux.empty();
        }
    }

    static class ReturnsDeferred {
        @SingleFlight
        public Deferred<String> find(int id) {
            return null;
        }
    }

    static class ForgetOnFuture {
        @SingleFlight("users")
        public String find(int id) {
            return "user " + id;
        }

        @SingleFlightForget("users")
        public Future<String> update(int id) {
            return new OwnFuture<>();
        }
    }

    static class Impostor {
        @SingleFlight("Billing.UserService.find")
        public String find(int id) {
            return "user " + id;
        }
    }

    static class Names {
        @SingleFlight("UserService")
        public String find(int id) {
            return "user " + id;
        }
    }

    static class LaterNames {
        @SingleFlight("UserService")
        public CompletableFuture<String> find(int id) {
            return CompletableFuture.completedFuture("user " + id);
        }
    }

    static class Numbers {
        @SingleFlight("UserService")
        public Integer find(int id) {
            return id;
        }
    }

    static class Twin {
        @SingleFlight("user-service")
        public String find(int id) {
            return "user " + id;
        }
    }

    interface Finder {
        String find(int id);
    }

    static final class FinalFinder implements Finder {
        @Override
        @SingleFlight("final finder")
        public String find(int id) {
            return "final " + id;
        }
    }

    static class FinalMethodOfFinder implements Finder {
        @Override
        @SingleFlight("final method")
        public final String find(int id) {
            return "final " + id;
        }
    }

    static class NotOnItsInterface implements Finder {
        @Override
        public String find(int id) {
            return "user " + id;
        }

        @SingleFlight
        public String findAll() {
            return "users";
        }
    }

    static class ByClass {
        @SingleFlight("by class")
        public String find(int id) {
            return "by class " + id;
        }
    }

    static class ByClassWithCallback extends ByClass implements InitializingBean {
        @Override
        public void afterPropertiesSet() {}
    }

    static class ByClassWithMarker extends ByClass implements Marker {}

    interface Marker {}

    static class OwnFuture<T> extends CompletableFuture<T> {}

    static class ReturnsPublisher {
        @SingleFlight
        public Publisher<String> find(int id) {
            return Mono.just("user " + id);
        }
    }

    static class ReturnsConnectableFlux {
        @SingleFlight
        public ConnectableFlux<String> find(int id) {
            return Flux.just("user " + id).publish();
        }
    }

    static class ReturnsMonoOfStream {
        @SingleFlight
        public Mono<InputStream> find(int id) {
            return Mono.empty();
        }
    }

    static class ReturnsFluxOfBuffers {
        @SingleFlight
        public Flux<DataBuffer> find(int id) {
            return Flux.empty();
        }
    }

    static class ReturnsResponseOfMono {
        @SingleFlight
        public ResponseEntity<Mono<String>> find(int id) {
            return ResponseEntity.ok(Mono.empty());
        }
    }

    static class ReturnsFlowPublisher {
        @SingleFlight
        public Flow.Publisher<String> find(int id) {
            return subscriber -> subscriber.onComplete();
        }
    }

    static class ReturnsFuture {
        @SingleFlight
        public Future<String> find(int id) {
            return CompletableFuture.completedFuture("user " + id);
        }
    }

    static class ReturnsFutureTask {
        @SingleFlight
        public FutureTask<String> find(int id) {
            return new FutureTask<>(() -> "user " + id);
        }
    }

    static class ReturnsOwnFuture {
        @SingleFlight
        public OwnFuture<String> find(int id) {
            return new OwnFuture<>();
        }
    }

    static class ReturnsCallable {
        @SingleFlight
        public Callable<String> find(int id) {
            return () -> "user " + id;
        }
    }

    static class ReturnsInputStream {
        @SingleFlight
        public InputStream find(int id) {
            return InputStream.nullInputStream();
        }
    }

    static class ReturnsStream {
        @SingleFlight
        public Stream<String> find(int id) {
            return Stream.of("user " + id);
        }
    }

    static class ReturnsIterator {
        @SingleFlight
        public Iterator<String> find(int id) {
            return Collections.emptyIterator();
        }
    }

    static class ReturnsOptionalOfStream {
        @SingleFlight
        public Optional<InputStream> find(int id) {
            return Optional.empty();
        }
    }

    static class ReturnsFutureOfStream {
        @SingleFlight
        public CompletableFuture<InputStream> find(int id) {
            return new CompletableFuture<>();
        }
    }

    static class ReturnsStageOfOptionalOfStream {
        @SingleFlight
        public CompletionStage<Optional<InputStream>> find(int id) {
            return new CompletableFuture<>();
        }
    }

    static class ReturnsStreamingResponse {
        @SingleFlight
        public ResponseEntity<StreamingResponseBody> find(int id) {
            return ResponseEntity.ok(stream -> stream.write(id));
        }
    }

    static class ReturnsEmitter {
        @SingleFlight
        public SseEmitter find(int id) {
            return new SseEmitter();
        }
    }

    static class ReturnsDeferredResult {
        @SingleFlight
        public DeferredResult<String> find(int id) {
            return new DeferredResult<>();
        }
    }

    abstract static class Repository<R> {
        @SingleFlight
        public R find(int id) {
            return null;
        }
    }

    static class ReturnsItsParameter extends Repository<InputStream> {}

    static class ReturnsGeneric extends Repository<String> {}

    static class ReturnsObject {
        @SingleFlight
        public Object find(int id) {
            return "user " + id;
        }
    }

    static class ReturnsMapOfLists {
        @SingleFlight
        public Map<String, List<String>> find(int id) {
            return Map.of();
        }
    }

    static class ReturnsResponseEntity {
        @SingleFlight
        public ResponseEntity<String> find(int id) {
            return ResponseEntity.ok("user " + id);
        }
    }

    static class ReturnsFutureOfOptional {
        @SingleFlight
        public CompletableFuture<Optional<String>> find(int id) {
            return CompletableFuture.completedFuture(Optional.empty());
        }
    }

    @SuppressWarnings("rawtypes") // users write such
    static class ReturnsRawFuture {
        @SingleFlight
        public CompletableFuture find(int id) {
            return new CompletableFuture<>();
        }
    }

    @SuppressWarnings("rawtypes") // users write such
    static class ReturnsRawOptional {
        @SingleFlight
        public Optional find(int id) {
            return Optional.empty();
        }
    }
}
