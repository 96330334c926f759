package dev.lockstep.importer;

import dev.lockstep.importer.ParityReport.LayerParity;
import dev.lockstep.importer.ParityReport.OutputParity;
import dev.lockstep.inference.DType;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Gives 16 bits to the tensors that lose most in 8, until the model puts the same result first as
 * often as is asked for.
 */
final class Promotion {
    /** Samples on which a choice is judged. */
    private static final int SAMPLES = 200;

    private Promotion() {}

    /**
     * @param share of the samples on which both models must put the same element of an output first
     * @param notes gets how many tensors have 16 bits
     */
    static Quantizer.Result promote(
            Network network,
            Map<String, Range> ranges,
            Samples calibration,
            double share,
            List<String> notes,
            Progress progress)
            throws ImportException {
        Samples samples = calibration.first(SAMPLES);
        Quantizer.Result result = Quantizer.quantize(network.graph(), ranges, DType.I8, Set.of());
        ParityReport report = report(network, result, samples, progress);
        List<String> worstFirst =
                report.layers().stream()
                        .filter(layer -> layer.type().equals(DType.I8.name()))
                        .sorted(Comparator.comparingDouble(LayerParity::sqnr))
                        .map(LayerParity::tensor)
                        .filter(ranges::containsKey)
                        .toList();
        int count = 0;
        while (agreement(report) < share && count < worstFirst.size()) {
            count = Math.min(worstFirst.size(), Math.max(1, 2 * count));
            Set<String> wide = worstFirst.stream().limit(count).collect(Collectors.toSet());
            result = Quantizer.quantize(network.graph(), ranges, DType.I8, wide);
            report = report(network, result, samples, progress);
        }
        notes.add(
                count
                        + " of "
                        + worstFirst.size()
                        + " tensors have 16 bits; the same result is first on "
                        + Math.round(10_000 * agreement(report)) / 100.0
                        + " % of "
                        + samples.count()
                        + " calibration samples");
        return result;
    }

    private static ParityReport report(
            Network network, Quantizer.Result result, Samples samples, Progress progress)
            throws ImportException {
        return Parity.compare(network, result.model(), result.traced(), samples, progress);
    }

    private static double agreement(ParityReport report) {
        return report.outputs().stream()
                        .mapToInt(OutputParity::sameArgmax)
                        .min()
                        .orElse(report.samples())
                / (double) report.samples();
    }
}
