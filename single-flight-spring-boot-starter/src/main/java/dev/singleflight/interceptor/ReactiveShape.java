package dev.singleflight.interceptor;

import dev.singleflight.SingleFlightGroup;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;
import java.util.function.Supplier;
import org.aopalliance.intercept.MethodInvocation;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Publisher;
import org.springframework.aop.ProxyMethodInvocation;
import reactor.core.Exceptions;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.util.context.ContextView;

/**
 * A reactive type. The leader's source is subscribed to with the leader's context; of several elements a flight holds the
 * list, which each subscriber gets at its own pace. Who cancels leaves alone.
 */
final class ReactiveShape implements LaterShape {

    private final LaterType type;

    /** Null where the declared type says that values can be shared. */
    private final @Nullable OpenValues values;

    private final int maxElements;

    /**
     * The shape of a method.
     *
     * @param values null where the declared type says that values can be shared
     */
    ReactiveShape(LaterType type, @Nullable OpenValues values) {
        this(type, values, Integer.MAX_VALUE);
    }

    private ReactiveShape(LaterType type, @Nullable OpenValues values, int maxElements) {
        this.type = type;
        this.values = values;
        this.maxElements = maxElements;
    }

    @Override
    public ReactiveShape withMaxElements(int most) {
        return new ReactiveShape(type, values, most);
    }

    @Override
    public Object defer(MethodInvocation invocation, ReactiveCallers callers, SubscribedCall call) {
        Mono<Caller> subscriber = Mono.defer(callers::current);
        Function<Caller, Publisher<Object>> subscribed = caller -> {
            ProxyMethodInvocation own = (ProxyMethodInvocation) ((ProxyMethodInvocation) invocation).invocableClone();
            try {
                return type.publisher(call.by(caller, SubscribedInvocation.of(own, type)));
            } catch (Throwable thrown) {
                return Mono.error(thrown);
            }
        };
        return type.returned(
                type.isMany()
                        ? subscriber.flatMapMany(subscribed)
                        : subscriber.flatMap(caller -> Mono.fromDirect(subscribed.apply(caller))));
    }

    @Override
    public Object call(
            SingleFlightGroup<Object, @Nullable Object> group,
            Object key,
            @Nullable Duration waitTimeout,
            MethodInvocation invocation) {
        Function<ContextView, Publisher<Object>> call = context -> Led.isLed(context, group, key)
                ? alone(group, invocation)
                : shared(group, waitTimeout, new Run(group, key, invocation, context));
        return type.returned(
                type.isMany()
                        ? Flux.deferContextual(call)
                        : Mono.deferContextual(context -> Mono.fromDirect(call.apply(context))));
    }

    @Override
    public Object bypass(SingleFlightGroup<Object, @Nullable Object> group, MethodInvocation invocation) {
        return type.returned(type.isMany() ? alone(group, invocation) : Mono.fromDirect(alone(group, invocation)));
    }

    @SuppressWarnings("unchecked") // a list of whatever it is
    private Publisher<Object> shared(
            SingleFlightGroup<Object, @Nullable Object> group, @Nullable Duration waitTimeout, Run run) {
        CompletableFuture<@Nullable Object> own =
                waitTimeout == null ? group.executeAsync(run.key, run) : group.executeAsync(run.key, waitTimeout, run);
        Mono<Object> value = Mono.fromFuture(own);
        if (type.isMany()) {
            return value.flatMapIterable(list -> (Iterable<Object>) list);
        }
        return values == null
                ? value
                : value.flatMap(found -> values.suits(found, run.begun)
                        ? Mono.just(found)
                        : Mono.fromDirect(alone(group, run.invocation)));
    }

    /** A run outside any flight: its elements come as they are emitted, and its subscriber can end it. */
    private Flux<Object> alone(SingleFlightGroup<Object, @Nullable Object> group, MethodInvocation invocation) {
        return Flux.defer(() -> {
            CompletableFuture<@Nullable Object> end = new CompletableFuture<>();
            CompletableFuture<@Nullable Object> unused = group.bypassAsync(() -> end);
            return Flux.<Object>defer(() -> source(invocation))
                    .doOnComplete(() -> end.complete(null))
                    .doOnError(end::completeExceptionally)
                    .doOnCancel(() -> end.cancel(false));
        });
    }

    private Publisher<Object> source(MethodInvocation invocation) {
        return type.publisher(PlainShape.<RuntimeException>proceed(invocation));
    }

    /** What a subscriber's call is, should it lead. */
    private final class Run implements Supplier<CompletionStage<?>> {

        private final SingleFlightGroup<?, ?> group;

        private final Object key;

        private final MethodInvocation invocation;

        private final ContextView context;

        private volatile boolean begun; // by the one thread that starts it

        private Run(SingleFlightGroup<?, ?> group, Object key, MethodInvocation invocation, ContextView context) {
            this.group = group;
            this.key = key;
            this.invocation = invocation;
            this.context = context;
        }

        @Override
        public CompletionStage<?> get() {
            begun = true;
            Publisher<Object> source = source(invocation);
            Mono<? extends @Nullable Object> outcome = type.isMany()
                    ? Flux.<Object>from(source).collect(() -> new ArrayList<Object>(), this::add)
                    : Mono.fromDirect(source);
            Led led = Led.within(context, group, key);
            CompletableFuture<?> end = outcome.contextWrite(led.in(context)).toFuture();
            led.until(end);
            return end;
        }

        private void add(List<Object> elements, Object element) {
            if (elements.size() == maxElements) {
                throw Exceptions.failWithOverflow(
                        "A call of group '" + group.name() + "' emitted more than " + maxElements
                                + " elements, and what callers share is collected first. Raise flux-max-elements of the group, or"
                                + " exclude such calls by a condition");
            }
            elements.add(element);
        }
    }
}
