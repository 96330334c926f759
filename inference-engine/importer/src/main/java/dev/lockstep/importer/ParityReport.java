package dev.lockstep.importer;

import java.util.Formatter;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.json.JsonMapper;

/**
 * How a fixed-point model compares with its float model on given inputs.
 *
 * @param model id of the fixed-point model
 * @param oracle what ran the float model
 * @param samples inputs compared
 * @param inputsCut input elements, over all samples, that lie outside of what the model's input can
 *     hold
 * @param layers the operations one by one, on the first samples; empty where that was not asked for
 * @param operations how often each kind of operation stands in the model
 */
public record ParityReport(
        String model,
        String oracle,
        int samples,
        long inputsCut,
        List<OutputParity> outputs,
        List<LayerParity> layers,
        Map<String, Integer> operations,
        Size size) {

    /**
     * One output.
     *
     * @param sameArgmax samples on which both models put the same element first
     * @param floatRight samples that the float model classifies as labelled, -1 without labels
     * @param integerRight the same for the fixed-point model
     * @param floatError root mean square of the float model's error against real targets, NaN
     *     without them
     * @param integerError the same for the fixed-point model
     * @param maxError largest difference between the models, as real numbers
     * @param meanError mean size of the difference
     * @param sqnr signal to quantisation noise in decibels
     */
    public record OutputParity(
            String name,
            int elements,
            int sameArgmax,
            int floatRight,
            int integerRight,
            @Nullable Double floatError,
            @Nullable Double integerError,
            double maxError,
            double meanError,
            double sqnr) {}

    /**
     * One operation's result.
     *
     * @param scale what one unit stands for, from {@code zeroPoint} on
     * @param sqnr signal to quantisation noise in decibels
     * @param cut elements that the float model puts outside of what the tensor can hold
     */
    public record LayerParity(
            int index,
            String operation,
            String tensor,
            String type,
            double scale,
            int zeroPoint,
            double sqnr,
            long cut,
            long elements) {}

    /** What the model takes. */
    public record Size(long bytes, long macs, long arenaBytes) {}

    /** The report for people. */
    public String text() {
        StringBuilder out = new StringBuilder();
        Formatter text = new Formatter(out, Locale.ROOT);
        text.format("model      %s\n", model);
        text.format(
                "size       %,d bytes, %,d multiply-accumulates, %,d bytes of working memory\n",
                size.bytes(), size.macs(), size.arenaBytes());
        text.format("operations %s\n", operations);
        text.format(
                "compared   on %,d samples with %s; %,d input elements cut off\n",
                samples, oracle, inputsCut);
        for (OutputParity output : outputs) {
            text.format("output     %s, %,d elements\n", output.name(), output.elements());
            if (output.elements() > 1) {
                text.format("  same first place      %s\n", share(output.sameArgmax()));
            }
            if (output.floatRight() >= 0) {
                text.format("  right, float          %s\n", share(output.floatRight()));
                text.format("  right, fixed point    %s\n", share(output.integerRight()));
            }
            if (output.floatError() != null) {
                text.format("  error, float          %.6g root mean square\n", output.floatError());
                text.format(
                        "  error, fixed point    %.6g root mean square\n", output.integerError());
            }
            text.format(
                    "  difference            at most %.4g, mean %.4g, SQNR %.1f dB\n",
                    output.maxError(), output.meanError(), output.sqnr());
        }
        if (!layers.isEmpty()) {
            text.format(
                    "%4s  %-18s %-5s %9s %9s  %s\n",
                    "op", "kind", "type", "SQNR dB", "cut", "tensor");
            for (LayerParity layer : layers) {
                text.format(
                        "%4d  %-18s %-5s %9.1f %9d  %s\n",
                        layer.index(),
                        layer.operation(),
                        layer.type(),
                        layer.sqnr(),
                        layer.cut(),
                        layer.tensor());
            }
        }
        return out.toString();
    }

    /**
     * The report as a page that needs no other file.
     *
     * @param gas of one call, as the caller's chain prices it
     */
    public String html(String name, long gas) {
        return ParityPage.of(this, name, gas);
    }

    /** The report for programs. */
    public String json() {
        return JsonMapper.builder()
                .build()
                .writerWithDefaultPrettyPrinter()
                .writeValueAsString(this);
    }

    private String share(int count) {
        return String.format(
                Locale.ROOT, "%,d of %,d (%.2f %%)", count, samples, 100.0 * count / samples);
    }
}
