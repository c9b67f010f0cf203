package dev.singleflight.benchmarks;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** The measurements of one figure. The median is what counts: one round that something else disturbed does not move it. */
final class Samples {

    private final List<Double> values = new ArrayList<>();

    void add(double value) {
        values.add(value);
    }

    double median() {
        return quantile(0.5);
    }

    /** How far the middle half of the samples lies apart, as a part of the median. */
    double spread() {
        return (quantile(0.75) - quantile(0.25)) / median();
    }

    double ratioTo(Samples other) {
        return median() / other.median();
    }

    private double quantile(double part) {
        List<Double> sorted = values.stream().sorted().toList();
        if (sorted.isEmpty()) {
            return Double.NaN;
        }
        double at = part * (sorted.size() - 1);
        int below = (int) at;
        int above = Math.min(below + 1, sorted.size() - 1);
        return sorted.get(below) + (at - below) * (sorted.get(above) - sorted.get(below));
    }

    /** Three digits that mean something. */
    static String figure(double value) {
        if (Double.isNaN(value)) {
            return "";
        }
        double size = Math.abs(value);
        int digits = size >= 100 ? 0 : size >= 10 ? 1 : 2;
        return String.format(Locale.ROOT, "%,." + digits + "f", value);
    }
}
