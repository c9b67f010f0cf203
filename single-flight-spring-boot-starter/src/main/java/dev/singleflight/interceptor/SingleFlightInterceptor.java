package dev.singleflight.interceptor;

import dev.singleflight.SingleFlightGroup;
import dev.singleflight.SingleFlightGroups;
import java.lang.reflect.Method;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Supplier;
import org.aopalliance.intercept.MethodInterceptor;
import org.aopalliance.intercept.MethodInvocation;
import org.jspecify.annotations.Nullable;
import org.springframework.aop.ProxyMethodInvocation;
import org.springframework.core.task.TaskDecorator;
import org.springframework.util.function.SingletonSupplier;

/** The way of a call: from its method to the operation, to the key, to the group. */
public final class SingleFlightInterceptor implements MethodInterceptor {

    /** How many; a power of two. */
    private static final int RECENT = 256;

    private final Map<Class<?>, Map<Method, Route>> routes = new ConcurrentHashMap<>();

    /**
     * Routes taken lately, by the identity of their methods: a proxy calls with the same object each time. Races are harmless
     * here, for an entry is immutable and says what it is for.
     */
    private final @Nullable Recent[] recent = new Recent[RECENT];

    private final SingleFlightOperations operations;

    private final SingletonSupplier<SingleFlightGroups> groups;

    private final SingletonSupplier<List<FlightKeyContributor>> contributors;

    private final SingletonSupplier<? extends GroupRules> rules;

    private final SingletonSupplier<TaskDecorator> context;

    private final SingletonSupplier<ReactiveCallers> subscribers;

    private final Caller thread = new CallingThread();

    /** Set once, by {@link #open}. */
    private volatile boolean open;

    /**
     * An interceptor that asks for beans when it is opened: advisors are made before most beans.
     *
     * @param operations what the annotations come to
     * @param groups gives the groups
     * @param contributors gives what isolates callers
     * @param rules gives what the configuration says of each group
     * @param context gives what takes a caller's context along where the group's executor runs its call
     * @param subscribers gives what tells who subscribes to a call of a reactive type; asked where there is Reactor
     */
    public SingleFlightInterceptor(
            SingleFlightOperations operations,
            Supplier<SingleFlightGroups> groups,
            Supplier<List<FlightKeyContributor>> contributors,
            Supplier<? extends GroupRules> rules,
            Supplier<TaskDecorator> context,
            Supplier<ReactiveCallers> subscribers) {
        this.operations = operations;
        this.groups = SingletonSupplier.of(groups);
        this.contributors = SingletonSupplier.of(contributors);
        this.rules = SingletonSupplier.of(rules);
        this.context = SingletonSupplier.of(context);
        this.subscribers = SingletonSupplier.of(subscribers);
    }

    /**
     * Lets calls share flights, once the beans are there. Until then they go straight through: a call that comes while beans
     * are made would have others made too early, or be part of a circle. Nothing is asked of the bean factory later, so
     * calls may come after it has closed.
     *
     * @throws InvalidSingleFlightException where subscribers would share what blocking callers must not
     */
    void open() {
        groups.obtain();
        contributors.obtain();
        rules.obtain();
        context.obtain();
        if (LaterType.arePossible()) {
            ReactiveCallers reactive = subscribers.obtain();
            operations.claims().reactive().forEach(reactive::requireIsolation);
        }
        open = true;
    }

    @Override
    public @Nullable Object invoke(MethodInvocation invocation) throws Throwable {
        if (!open) {
            Object result = invocation.proceed();
            return open ? forget(route(invocation), result, invocation) : result;
        }
        Route route = route(invocation);
        Object result = route.flight() == null ? invocation.proceed() : fly(route.flight(), invocation);
        return forget(route, result, invocation);
    }

    private @Nullable Object forget(Route route, @Nullable Object result, MethodInvocation invocation) {
        Forgetting forgetting = route.forgetting();
        return forgetting == null ? result : forgetting.after(result, invocation);
    }

    private @Nullable Object fly(FlightRoute route, MethodInvocation invocation) throws Throwable {
        return route.shape() instanceof LaterShape later
                ? later.defer(invocation, subscribers.obtain(), (caller, subscribed) -> fly(route, subscribed, caller))
                : fly(route, invocation, thread);
    }

    private @Nullable Object fly(FlightRoute route, MethodInvocation invocation, Caller caller) throws Throwable {
        SingleFlightGroup<Object, @Nullable Object> group = route.group();
        if (!group.enabled()) {
            return invocation.proceed();
        }
        SingleFlightOperation operation = route.operation();
        if (!route.joinsInTransaction() && caller.mayWrite()) {
            route.reportTransaction(invocation);
            return route.shape().bypass(group, invocation);
        }
        CallExpression condition = operation.condition();
        if (condition != null && !Boolean.TRUE.equals(condition.value(invocation, null))) {
            return route.shape().bypass(group, invocation);
        }
        MethodInvocation run = route.run(invocation);
        if (route.shape() instanceof SingleShape single) {
            Object key = operation.key().of(invocation, null);
            Object isolated = route.targets().key(target(invocation), caller.isolation(), key);
            Object result = single.call(group, isolated, route.waitTimeout(), run);
            return operation.copied() ? ShallowCopy.of(result) : result;
        }
        Object target = target(invocation);
        List<@Nullable Object> isolation = caller.isolation();
        return ((BatchShape) route.shape())
                .call(group, key -> route.targets().key(target, isolation, key), route.waitTimeout(), run);
    }

    private Route route(MethodInvocation invocation) {
        Class<?> type = target(invocation).getClass();
        Method method = invocation.getMethod();
        int place = System.identityHashCode(method) & (RECENT - 1);
        Recent last = recent[place];
        if (last != null && last.isFor(type, method)) {
            return last.route();
        }
        Map<Method, Route> ofClass = routes.get(type);
        Route known = ofClass == null ? null : ofClass.get(method);
        Route route = known != null ? known : newRoute(target(invocation), method);
        recent[place] = new Recent(type, method, route);
        return route;
    }

    private Route newRoute(Object target, Method method) {
        Class<?> type = target.getClass();
        MethodOperations found = operations.find(method, type);
        SingleFlightOperation flight = found.flight();
        Route route = new Route(
                flight == null ? null : flightRoute(flight, found, Declaration.of(method, type), target),
                found.forgets().isEmpty() ? null : new Forgetting(found, groups.obtain()));
        routes.computeIfAbsent(type, absent -> new ConcurrentHashMap<>()).put(method, route);
        return route;
    }

    private FlightRoute flightRoute(
            SingleFlightOperation operation, MethodOperations all, Declaration declaration, Object target) {
        String name = operation.group();
        CallShape shape = operation.shape();
        if (shape instanceof LaterShape) {
            subscribers.obtain().requireIsolation(declaration); // a late bean's, which nobody has looked at
        }
        SingleFlightGroup<Object, @Nullable Object> group = groups.obtain().group(name);
        return new FlightRoute(
                operation,
                shape instanceof LaterShape reactive
                        ? reactive.withMaxElements(rules.obtain().fluxMaxElements(name))
                        : shape,
                group,
                TargetKey.Targets.of(group, target),
                rules.obtain().overridesWaitTimeout(name) ? null : operation.waitTimeout(),
                rules.obtain().joinsInTransaction(name),
                travel(group, all.future() || all.later() != null),
                new AtomicBoolean());
    }

    /** On an executor a call takes its caller's context along; one that ends later may succeed another on a pool. */
    private @Nullable TaskDecorator travel(SingleFlightGroup<?, ?> group, boolean later) {
        if (group.config().executor() != null) {
            return context.obtain();
        }
        return later ? run -> run : null;
    }

    /** The bean; where the proxy stands for no object (an interface client), the proxy itself. */
    static Object target(MethodInvocation invocation) {
        Object target = invocation.getThis();
        return target != null ? target : ((ProxyMethodInvocation) invocation).getProxy();
    }

    /** What becomes of the calls of a method of a class. */
    private record Route(
            @Nullable FlightRoute flight, @Nullable Forgetting forgetting) {}

    /** Who makes a blocking call. */
    private final class CallingThread implements Caller {

        @Override
        public boolean mayWrite() {
            return CallerTransaction.mayWrite();
        }

        @Override
        public List<@Nullable Object> isolation() {
            List<FlightKeyContributor> all = contributors.obtain();
            if (all.isEmpty()) {
                return List.of();
            }
            @Nullable Object[] parts = new Object[all.size()];
            for (int at = 0; at < parts.length; at++) {
                parts[at] = KeyParts.frozen(all.get(at).contribute());
            }
            return Arrays.asList(parts);
        }
    }

    /** A route that was taken lately. */
    private record Recent(Class<?> type, Method method, Route route) {

        @SuppressWarnings("ReferenceEquality") // an equal method may have a place of its own
        private boolean isFor(Class<?> calledOn, Method called) {
            return type == calledOn && method == called;
        }
    }
}
