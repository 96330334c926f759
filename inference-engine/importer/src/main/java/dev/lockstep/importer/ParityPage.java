package dev.lockstep.importer;

import dev.lockstep.importer.ParityReport.LayerParity;
import dev.lockstep.importer.ParityReport.OutputParity;
import java.util.Formatter;
import java.util.Locale;
import java.util.Map;

/** A parity report as one page of HTML that needs no other file: its plots are in it. */
final class ParityPage {
    private static final int BAR_WIDTH = 320;

    /** What a full bar stands for: beyond, noise is far below what 8 bits can show. */
    private static final double DECIBELS_FULL = 60;

    private static final String STYLE =
            """
            body { font: 15px/1.5 system-ui, sans-serif; color: #1b1f24; margin: 2rem auto; max-width: 72rem; padding: 0 1rem }
            h1 { font-size: 1.5rem; overflow-wrap: anywhere } h2 { font-size: 1.1rem; margin-top: 2rem }
            table { border-collapse: collapse; width: 100% } td, th { text-align: left; padding: .25rem .6rem; border-bottom: 1px solid #e4e7eb }
            td.n, th.n { text-align: right; font-variant-numeric: tabular-nums } code { overflow-wrap: anywhere }
            .scroll { overflow-x: auto } .small { color: #5b6470; font-size: .85rem }
            """;

    private final StringBuilder out = new StringBuilder();
    private final Formatter html = new Formatter(out, Locale.ROOT);

    private ParityPage() {}

    /**
     * @param name of the model
     * @param gas of one call at the default scale
     */
    static String of(ParityReport report, String name, long gas) {
        ParityPage page = new ParityPage();
        page.write(report, name, gas);
        return page.out.toString();
    }

    private void write(ParityReport report, String name, long gas) {
        html.format(
                "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\"><title>%s: parity</title><style>%s</style></head><body>\n",
                text(name), STYLE);
        html.format("<h1>%s</h1>\n<p>id <code>0x%s</code></p>\n", text(name), report.model());
        html.format(
                "<table><tr><th>samples compared</th><td class=n>%,d</td></tr>", report.samples());
        row("input elements cut off", report.inputsCut());
        row("bytes", report.size().bytes());
        row("multiply-accumulates", report.size().macs());
        row("bytes of working memory", report.size().arenaBytes());
        row("gas a call, at the default scale", gas);
        html.format(
                "</table>\n<h2>Outputs against the original under %s</h2>\n",
                text(report.oracle()));
        for (OutputParity output : report.outputs()) {
            output(output, report.samples());
        }
        layers(report);
        html.format("<h2>Operations</h2>\n<table>");
        for (Map.Entry<String, Integer> entry : report.operations().entrySet()) {
            html.format("<tr><td>%s</td><td>", text(entry.getKey()));
            int most = report.operations().values().stream().mapToInt(n -> n).max().orElse(1);
            bar((double) entry.getValue() / most, "#4c78a8");
            html.format("</td><td class=n>%d</td></tr>\n", entry.getValue());
        }
        html.format("</table>\n</body></html>\n");
    }

    private void row(String what, long number) {
        html.format("<tr><th>%s</th><td class=n>%,d</td></tr>", what, number);
    }

    private void output(OutputParity output, int samples) {
        html.format("<h3>%s, %,d elements</h3>\n<table>", text(output.name()), output.elements());
        if (output.elements() > 1) {
            share("same first place", output.sameArgmax(), samples);
        }
        if (output.floatRight() >= 0) {
            share("right, original", output.floatRight(), samples);
            share("right, fixed point", output.integerRight(), samples);
        }
        html.format(
                "<tr><td>difference</td><td></td><td class=n>at most %.4g, mean %.4g, SQNR %.1f dB</td></tr></table>\n",
                output.maxError(), output.meanError(), output.sqnr());
    }

    private void share(String what, int count, int samples) {
        html.format("<tr><td>%s</td><td>", what);
        bar((double) count / samples, "#54a24b");
        html.format(
                "</td><td class=n>%,d of %,d (%.2f %%)</td></tr>",
                count, samples, 100.0 * count / samples);
    }

    private void layers(ParityReport report) {
        if (report.layers().isEmpty()) {
            return;
        }
        html.format(
                "<h2>Layers</h2>\n<p class=small>Signal to quantisation noise against the original, a full bar is %.0f dB; elements that the original puts outside of what the tensor can hold; what one unit stands for.</p>\n<div class=scroll><table><tr><th class=n>op</th><th>kind</th><th>type</th><th colspan=2>SQNR, dB</th><th class=n>cut off</th><th class=n>scale</th><th class=n>zero</th><th>tensor</th></tr>\n",
                DECIBELS_FULL);
        for (LayerParity layer : report.layers()) {
            html.format(
                    "<tr><td class=n>%d</td><td>%s</td><td>%s</td><td>",
                    layer.index(), text(layer.operation()), text(layer.type()));
            bar(layer.sqnr() / DECIBELS_FULL, layer.sqnr() < 20 ? "#e45756" : "#4c78a8");
            html.format(
                    "</td><td class=n>%.1f</td><td class=n>%.3f %%</td><td class=n>%.6g</td><td class=n>%d</td><td><code>%s</code></td></tr>\n",
                    layer.sqnr(),
                    100.0 * layer.cut() / Math.max(1, layer.elements()),
                    layer.scale(),
                    layer.zeroPoint(),
                    text(layer.tensor()));
        }
        html.format("</table></div>\n");
    }

    private void bar(double share, String colour) {
        html.format(
                "<svg width=\"%d\" height=\"14\" role=\"img\"><rect width=\"%d\" height=\"14\" fill=\"#eef0f3\"/><rect width=\"%.1f\" height=\"14\" fill=\"%s\"/></svg>",
                BAR_WIDTH, BAR_WIDTH, Math.clamp(share, 0, 1) * BAR_WIDTH, colour);
    }

    /** Text of the file, which may hold anything, as text of the page. */
    private static String text(String raw) {
        return raw.replace("&", "&amp;")
                .replace("<", "&lt;")
                .replace(">", "&gt;")
                .replace("\"", "&quot;");
    }
}
