package dev.singleflight.endpoint;

import dev.singleflight.FlightInfo;
import dev.singleflight.FlightStats;
import dev.singleflight.GroupConfig;
import dev.singleflight.SingleFlightGroup;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What the endpoint says about a group: maps of plain values, which every JSON library writes alike. */
final class GroupBody {

    private static final String HIDDEN = "******";

    private GroupBody() {}

    /** The figures, and whether the group is switched on. */
    static Map<String, Object> figures(SingleFlightGroup<?, ?> group) {
        FlightStats stats = group.stats();
        Map<String, Object> figures = new LinkedHashMap<>();
        figures.put("calls", stats.calls());
        figures.put("runs", stats.runs());
        figures.put("joined", stats.joined());
        figures.put("reused", stats.reused());
        figures.put("bypassed", stats.bypassed());
        figures.put("rejected", stats.rejected());
        figures.put("failures", stats.failures());
        figures.put("successions", stats.successions());
        figures.put("stuck", stats.stuck());
        figures.put("forgotten", stats.forgotten());
        figures.put("active", stats.active());
        figures.put("waiting", stats.waiting());
        figures.put("enabled", group.enabled());
        return figures;
    }

    /** The figures, the settings, and the flights that are up. */
    static Map<String, Object> details(SingleFlightGroup<?, ?> group, boolean keys) {
        Map<String, Object> details = figures(group);
        details.put("config", settings(group.config()));
        details.put(
                "flights",
                group.inFlight().stream().map(flight -> flight(flight, keys)).toList());
        return details;
    }

    /** What has no limit is null. */
    private static Map<String, @Nullable Object> settings(GroupConfig config) {
        Map<String, @Nullable Object> settings = new LinkedHashMap<>();
        settings.put("waitTimeout", text(config.waitTimeout()));
        settings.put("stuckAfter", text(config.stuckAfter()));
        settings.put("duplicates", lowerCase(config.duplicates()));
        settings.put("maxFlights", bound(config.maxFlights()));
        settings.put("maxFollowers", bound(config.maxFollowers()));
        settings.put("overflow", lowerCase(config.overflow()));
        settings.put("reuseFor", text(config.reuseFor()));
        settings.put("staleFor", text(config.staleFor()));
        settings.put("execution", config.executor() == null ? "caller" : "executor");
        settings.put("abandoned", lowerCase(config.abandoned()));
        return settings;
    }

    private static Map<String, Object> flight(FlightInfo flight, boolean keys) {
        Map<String, Object> body = new LinkedHashMap<>();
        body.put("key", keys ? String.valueOf(flight.key()) : HIDDEN);
        body.put("age", flight.age().toString());
        body.put("followers", flight.followers());
        body.put("leader", flight.leader());
        body.put("stuck", flight.stuck());
        return body;
    }

    private static @Nullable String text(@Nullable Duration time) {
        return time == null ? null : time.toString();
    }

    private static String lowerCase(Enum<?> setting) {
        return setting.name().toLowerCase(Locale.ROOT);
    }

    private static @Nullable Integer bound(int max) {
        return max == GroupConfig.UNLIMITED ? null : max;
    }
}
