package dev.singleflight.metrics;

import dev.singleflight.FlightListener;
import dev.singleflight.FlightStats;
import dev.singleflight.SingleFlightGroup;
import dev.singleflight.SingleFlightGroups;
import dev.singleflight.WaitEnd;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.FunctionTimer;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.Timer;
import io.micrometer.core.instrument.binder.MeterBinder;
import java.util.Collection;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.ToDoubleFunction;
import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import org.jspecify.annotations.Nullable;

/**
 * The meters {@code single.flight.*} of every group, those created later too. Counters and gauges read the groups' own
 * figures when they are asked, so that a call pays for the time of its run alone. Closed, it takes its meters away.
 */
public final class SingleFlightMetrics implements MeterBinder, FlightListener, AutoCloseable {

    private static final Log LOGGER = LogFactory.getLog(SingleFlightMetrics.class);

    private final SingleFlightGroups groups;

    private final Set<MeterRegistry> registries = ConcurrentHashMap.newKeySet();

    private final Map<String, GroupRecorder> recorders = new ConcurrentHashMap<>();

    private final Collection<Registered> registered = new ConcurrentLinkedQueue<>();

    private volatile boolean closed;

    /**
     * Meters of these groups.
     *
     * @param groups whose listener this must be
     */
    public SingleFlightMetrics(SingleFlightGroups groups) {
        this.groups = groups;
    }

    @Override
    public void bindTo(MeterRegistry registry) {
        if (registries.add(registry)) {
            groups.onGroup(group -> bind(new Binding(group, registry)));
        }
    }

    @Override
    public void onRun(String group, long nanos, @Nullable Throwable failure) {
        recorder(group).ran(nanos, failure);
    }

    @Override
    public void onWait(String group, long nanos, WaitEnd end) {
        recorder(group).waited(nanos, end);
    }

    @Override
    public void onStale(String group) {
        recorder(group).answeredStale();
    }

    @Override
    public void close() {
        closed = true;
        registered.forEach(Registered::remove);
        registered.clear();
    }

    private void bind(Binding binding) {
        if (closed) {
            return;
        }
        if (binding.isTaken()) {
            LOGGER.warn("The meter registry has meters of a group '" + binding.group.name()
                    + "' already, those of another application context. The group of this context has none in there."
                    + " Give each context a registry of its own.");
            return;
        }
        binding.bind();
    }

    private GroupRecorder recorder(String group) {
        GroupRecorder known = recorders.get(group);
        return known != null ? known : recorders.computeIfAbsent(group, name -> new GroupRecorder());
    }

    private record Registered(MeterRegistry registry, Meter meter) {

        private void remove() {
            registry.remove(meter);
        }
    }

    /** One group in one registry. */
    private final class Binding {

        private final SingleFlightGroup<?, ?> group;

        private final MeterRegistry registry;

        private final Tags tags;

        private Binding(SingleFlightGroup<?, ?> group, MeterRegistry registry) {
            this.group = group;
            this.registry = registry;
            this.tags = Tags.of("group", group.name());
        }

        /** The registry would hand out the other's meters, and this one's end would take them away. */
        private boolean isTaken() {
            return registry.find("single.flight.active").tags(tags).meter() != null;
        }

        private void bind() {
            calls("leader", Binding::led);
            calls("follower", FlightStats::joined);
            calls("reused", FlightStats::reused);
            calls("bypass", FlightStats::bypassed);
            calls("rejected", FlightStats::rejected);
            counter("stuck", "Flights whose leader was declared stuck", tags, FlightStats::stuck);
            counter("successions", "Runs by a follower that took over", tags, FlightStats::successions);
            counter("forgotten", "Flights taken out by a forget", tags, FlightStats::forgotten);
            gauge("active", "Flights that newcomers can join", FlightStats::active);
            gauge("waiting", "Callers that wait for an outcome", FlightStats::waiting);
            GroupRecorder recorder = recorder(group.name());
            keep(FunctionCounter.builder("single.flight.stale", recorder, GroupRecorder::stale)
                    .description("Failed calls and impatient callers answered by an earlier value")
                    .tags(tags)
                    .register(registry));
            runs("success", recorder.successes());
            runs("failure", recorder.failures());
            Map<WaitEnd, Timer> waits = new EnumMap<>(WaitEnd.class);
            for (WaitEnd end : WaitEnd.values()) {
                waits.put(end, waits(end));
            }
            recorder.recordWaitsIn(waits);
        }

        private void calls(String role, ToDoubleFunction<FlightStats> figure) {
            counter("calls", "Keys asked for", tags.and("role", role), figure);
        }

        private void counter(String name, String description, Tags tags, ToDoubleFunction<FlightStats> figure) {
            keep(FunctionCounter.builder("single.flight." + name, group, of -> figure.applyAsDouble(of.stats()))
                    .description(description)
                    .tags(tags)
                    .register(registry));
        }

        private void gauge(String name, String description, ToDoubleFunction<FlightStats> figure) {
            keep(Gauge.builder("single.flight." + name, group, of -> figure.applyAsDouble(of.stats()))
                    .description(description)
                    .tags(tags)
                    .register(registry));
        }

        private void runs(String outcome, GroupRecorder.Runs runs) {
            keep(FunctionTimer.builder(
                            "single.flight.runs",
                            runs,
                            GroupRecorder.Runs::count,
                            GroupRecorder.Runs::nanos,
                            TimeUnit.NANOSECONDS)
                    .description("Runs of calls")
                    .tags(tags.and("outcome", outcome))
                    .register(registry));
        }

        private Timer waits(WaitEnd end) {
            Timer timer = Timer.builder("single.flight.waits")
                    .description("Waits of followers")
                    .tags(tags.and("outcome", end.name().toLowerCase(Locale.ROOT)))
                    .register(registry);
            keep(timer);
            return timer;
        }

        private void keep(Meter meter) {
            Registered one = new Registered(registry, meter);
            registered.add(one);
            if (closed) {
                one.remove();
            }
        }

        private static double led(FlightStats stats) {
            return stats.calls() - stats.joined() - stats.reused() - stats.bypassed() - stats.rejected();
        }
    }
}
