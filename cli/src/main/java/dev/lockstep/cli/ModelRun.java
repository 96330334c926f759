package dev.lockstep.cli;

import dev.lockstep.inference.DType;
import dev.lockstep.inference.InferenceResult;
import dev.lockstep.inference.Model;
import dev.lockstep.inference.Quantization;
import dev.lockstep.inference.Session;
import dev.lockstep.inference.TensorSpec;
import java.io.PrintWriter;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/** Runs a model on samples of real numbers and tells what it answers. */
final class ModelRun {
    private final Model model;
    private final Session session;
    private final TensorSpec input;
    private final List<TensorSpec> outputs;
    private final PrintWriter out;
    private final int print;

    ModelRun(Model model, PrintWriter out, int print) {
        if (model.inputs().size() != 1) {
            throw new CommandFailure(
                    "the model has " + model.inputs().size() + " inputs; samples go with one");
        }
        this.model = model;
        this.session = Session.open(model);
        this.input = model.inputs().getFirst();
        this.outputs = model.outputs();
        this.out = out;
        this.print = print;
    }

    int inputElements() {
        return input.shape().elements();
    }

    boolean takesFeatures() {
        return input.dtype() == DType.F32;
    }

    /** Whether the first output is a label, followed by what it was chosen by. */
    private boolean isLabelled() {
        return outputs.size() > 1 && outputs.getFirst().shape().elements() == 1;
    }

    void all(Imports.Data data, Progress progress) {
        boolean classifies = isLabelled() || outputs.getFirst().shape().elements() > 1;
        int right = 0;
        double errorSum = 0;
        for (int i = 0; i < data.count(); i++) {
            List<double[]> answers = one(data.sample(i));
            double[] answer = answers.getFirst();
            int best = isLabelled() ? (int) answer[0] : best(answer);
            float[] targets = data.targets();
            if (targets != null && classifies && best == Math.round(targets[i])) right++;
            if (targets != null && !classifies) errorSum += Math.abs(answer[0] - targets[i]);
            if (i < print) {
                out.println(
                        i
                                + ": "
                                + (classifies ? "class " + best + "  " : "")
                                + shown(isLabelled() ? answers.get(1) : answer)
                                + (targets == null ? "" : "  (right: " + targets[i] + ")"));
            }
            progress.at(i + 1, data.count(), "samples");
        }
        if (data.count() > print) out.println("... " + (data.count() - print) + " more");
        float[] targets = data.targets();
        if (targets != null && classifies) {
            out.printf(
                    Locale.ROOT,
                    "accuracy %d of %d: %.2f %%%n",
                    right,
                    data.count(),
                    100.0 * right / data.count());
        } else if (targets != null) {
            out.printf(
                    Locale.ROOT,
                    "mean absolute error %.6f over %d samples%n",
                    errorSum / data.count(),
                    data.count());
        }
        out.printf("%d runs of %,d MACs%n", data.count(), model.cost().macs());
    }

    private List<double[]> one(float[] sample) {
        ByteBuffer bytes = ByteBuffer.allocate(input.bytes());
        for (float value : sample) {
            if (input.dtype() == DType.F32) bytes.putFloat(value);
            else put(bytes, quantize(value));
        }
        return switch (session.run(bytes.array())) {
            case InferenceResult.Output(byte[] answer) -> reals(ByteBuffer.wrap(answer));
            case InferenceResult.InputLength length -> throw new CommandFailure(length.toString());
            case InferenceResult.InputOutOfRange range ->
                    throw new CommandFailure(range.toString());
        };
    }

    /** The nearest number that the input's scale has, within its range. */
    private long quantize(float value) {
        Quantization scale = input.quantization();
        double units =
                Math.rint(value * Math.scalb(1.0, scale.shift()) / scale.multiplier())
                        + scale.zeroPoint();
        return (long) Math.clamp(units, (double) input.range().lo(), (double) input.range().hi());
    }

    private void put(ByteBuffer bytes, long q) {
        switch (input.dtype().bytes()) {
            case 1 -> bytes.put((byte) q);
            case 2 -> bytes.putShort((short) q);
            default -> bytes.putInt((int) q);
        }
    }

    private List<double[]> reals(ByteBuffer bytes) {
        List<double[]> all = new ArrayList<>();
        for (TensorSpec output : outputs) {
            double[] values = new double[output.shape().elements()];
            Quantization scale = output.quantization();
            for (int i = 0; i < values.length; i++) {
                values[i] =
                        Math.scalb(
                                (double) (get(bytes, output.dtype()) - scale.zeroPoint())
                                        * scale.multiplier(),
                                -scale.shift());
            }
            all.add(values);
        }
        return all;
    }

    private static long get(ByteBuffer bytes, DType dtype) {
        return switch (dtype.bytes()) {
            case 1 -> bytes.get();
            case 2 -> bytes.getShort();
            case 4 -> bytes.getInt();
            default -> bytes.getLong();
        };
    }

    /** The first of the largest. */
    private static int best(double[] answer) {
        int best = 0;
        for (int i = 1; i < answer.length; i++) if (answer[i] > answer[best]) best = i;
        return best;
    }

    private static String shown(double[] answer) {
        String[] texts =
                Arrays.stream(answer)
                        .limit(12)
                        .mapToObj(v -> String.format(Locale.ROOT, "%.4f", v))
                        .toArray(String[]::new);
        return "[" + String.join(" ", texts) + (answer.length > texts.length ? " ..." : "") + "]";
    }
}
