package dev.singleflight.interceptor;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** Forgets keys once a reactive type has emitted its value, or all of them; what fails or is cancelled forgets nothing. */
final class ReactiveForgetting {

    private ReactiveForgetting() {}

    /**
     * What the caller gets: each subscription to it forgets.
     *
     * @param forget takes the value, null where there is none or there are many, and what takes each forgetting, to be done
     *     once more after the commit
     */
    static Object after(
            @Nullable Object result, LaterType type, BiConsumer<@Nullable Object, Consumer<Runnable>> forget) {
        Publisher<Object> source = type.publisher(result);
        return type.returned(
                type.isMany()
                        ? Flux.defer(() -> {
                            List<Runnable> again = new CopyOnWriteArrayList<>();
                            return afterCommit(again)
                                    .thenMany(Flux.from(source).doOnComplete(() -> forget.accept(null, again::add)));
                        })
                        : Mono.defer(() -> {
                            List<Runnable> again = new CopyOnWriteArrayList<>();
                            return afterCommit(again)
                                    .then(Mono.fromDirect(source)
                                            .doOnSuccess(value -> forget.accept(value, again::add)));
                        }));
    }

    private static Mono<Void> afterCommit(List<Runnable> again) {
        return SubscriberTransaction.afterCommit(() -> again.forEach(Runnable::run));
    }
}
