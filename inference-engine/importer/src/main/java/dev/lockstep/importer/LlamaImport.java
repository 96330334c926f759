package dev.lockstep.importer;

import dev.lockstep.inference.InvalidModelException;
import dev.lockstep.inference.Model;
import dev.lockstep.inference.ModelNotes;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.random.RandomGeneratorFactory;

/**
 * Import of a llama2.c checkpoint. It needs no samples: texts that the float model draws itself,
 * with fixed seeds, give the ranges, and others the comparison.
 */
final class LlamaImport {
    private static final int CALIBRATION_TEXTS = 4;
    private static final int TEST_TEXTS = 4;
    private static final int TEXT_TOKENS = 256;

    private LlamaImport() {}

    /**
     * How the integers agree with the float model, token by token, on texts of its own.
     *
     * @param tokens predicted
     * @param floatLoss mean negative logarithm of the likelihood of the next token
     * @param integerLoss the same in integers
     * @param logits what both gave, element by element
     */
    record Agreement(
            int tokens, double floatLoss, double integerLoss, ParityReport.OutputParity logits) {
        /** Predictions with the same token first. */
        int sameToken() {
            return logits.sameArgmax();
        }

        @Override
        public String toString() {
            return String.format(
                    Locale.ROOT,
                    "on %,d tokens that the float model drew, the loss went from %.4f to %.4f nat (%+.3f %%), and the"
                            + " likeliest next token is the same %.2f %% of the time",
                    tokens,
                    floatLoss,
                    integerLoss,
                    100 * (integerLoss / floatLoss - 1),
                    100.0 * sameToken() / tokens);
        }
    }

    /**
     * A step of the decoder; or, where the request gives {@code tokens} a size, a whole text of so
     * many. A precision of 8 bits makes weights of one term, all else of two.
     */
    static ImportedModel importModel(ImportRequest request, byte[] file, Progress progress)
            throws ImportException {
        Path path = request.file();
        LlamaCheckpoint checkpoint = LlamaCheckpoint.read(file);
        int terms = request.precision() == Precision.I8 ? 1 : 2;
        int tokens = tokens(request, checkpoint);
        progress.report("read", 1, 1);
        TensorStatistics seen = statistics(checkpoint);
        progress.report("calibrate", 1, 1);
        Model step;
        Model model;
        try {
            step = LlamaQuantizer.step(checkpoint, seen, terms);
            model = tokens == 0 ? step : LlamaQuantizer.sequence(checkpoint, seen, terms, tokens);
        } catch (InvalidModelException e) {
            throw new ImportException(path + ": " + e.getMessage(), e);
        }
        progress.report("quantize", 1, 1);
        // A sequence is its steps, integer for integer.
        Agreement agreement = agreement(checkpoint, step);
        progress.report("compare", 1, 1);
        List<String> notes =
                List.of(
                        tokens == 0
                                ? "a step of a decoder: a token, its position and the caches give logits and the caches with one position more; caches start as zeros"
                                : "a decoder over a text of "
                                        + tokens
                                        + " tokens from its start: after each of them the logits of the next",
                        "activations have type I16, weights 8 bits with a scale for each output channel"
                                + (terms == 1 ? "" : ", in two terms"),
                        agreement.toString());
        SortedMap<String, String> more = new TreeMap<>();
        for (int i = 0; i < notes.size(); i++) {
            more.put("import." + i, notes.get(i));
        }
        ModelNotes names =
                new ModelNotes(
                        path.getFileName().toString().replaceFirst("[.]bin$", ""),
                        tokens == 0 ? List.of("token", "position", "caches") : List.of("tokens"),
                        tokens == 0 ? List.of("logits", "caches") : List.of("logits"),
                        List.of(),
                        more);
        ParityReport report =
                Parity.report(
                        model,
                        "a decoder in double precision, on texts that it drew",
                        agreement.tokens(),
                        0,
                        List.of(agreement.logits()),
                        List.of());
        return new ImportedModel(model, names, notes, report);
    }

    /** Tokens of a whole text, or 0 for a step. */
    private static int tokens(ImportRequest request, LlamaCheckpoint checkpoint)
            throws ImportException {
        if (request.shapes().isEmpty()) {
            return 0;
        }
        List<Integer> size = request.shapes().get("tokens");
        if (request.shapes().size() != 1 || size == null || size.size() != 1) {
            throw new ImportException(
                    "shapes are "
                            + new TreeMap<>(request.shapes())
                            + "; a decoder takes one size, of 'tokens'");
        }
        int tokens = size.getFirst();
        if (tokens < 1 || tokens > checkpoint.context()) {
            throw new ImportException(
                    "tokens is " + tokens + "; allowed 1.." + checkpoint.context());
        }
        return tokens;
    }

    /** What is known of all tensors from the texts for calibration. */
    static TensorStatistics statistics(LlamaCheckpoint checkpoint) {
        return LlamaFloat.statistics(checkpoint, texts(checkpoint, 1, CALIBRATION_TEXTS));
    }

    static int[][] texts(LlamaCheckpoint checkpoint, long firstSeed, int count) {
        int[][] texts = new int[count][];
        int tokens = Math.min(TEXT_TOKENS, checkpoint.context());
        for (int i = 0; i < count; i++) {
            texts[i] =
                    LlamaFloat.text(
                            checkpoint,
                            tokens,
                            RandomGeneratorFactory.of("L64X128MixRandom").create(firstSeed + i));
        }
        return texts;
    }

    static Agreement agreement(LlamaCheckpoint checkpoint, Model step) {
        int[][] texts = texts(checkpoint, 1_000, TEST_TEXTS);
        int tokens = Arrays.stream(texts).mapToInt(text -> text.length - 1).sum();
        float[] given = new float[tokens];
        float[] next = new float[tokens];
        Samples samples = new Samples(1, given, next);
        Parity.Tally tally = new Parity.Tally();
        double floatLoss = 0;
        double integerLoss = 0;
        int at = 0;
        int vocabulary = 0;
        for (int[] text : texts) {
            LlamaFloat decoder = new LlamaFloat(checkpoint);
            DecoderRun run = DecoderRun.of(step);
            vocabulary = run.vocabulary();
            for (int i = 0; i + 1 < text.length; i++, at++) {
                given[at] = text[i];
                next[at] = text[i + 1];
                double[] expected = decoder.next(text[i], i);
                double[] found = run.next(text[i], i);
                float[] narrow = new float[expected.length];
                for (int k = 0; k < narrow.length; k++) {
                    narrow[k] = (float) expected[k];
                }
                tally.add(narrow, found, samples, at);
                floatLoss += loss(expected, text[i + 1]);
                integerLoss += loss(found, text[i + 1]);
            }
        }
        return new Agreement(
                tokens,
                floatLoss / tokens,
                integerLoss / tokens,
                tally.parity("logits", vocabulary, samples));
    }

    private static double loss(double[] logits, int token) {
        double[] shares = logits.clone();
        LlamaFloat.softmax(shares);
        return -StrictMath.log(shares[token]);
    }
}
