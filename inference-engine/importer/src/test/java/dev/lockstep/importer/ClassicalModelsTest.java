package dev.lockstep.importer;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lockstep.importer.ForestMaker.Style;
import dev.lockstep.importer.OnnxNode.Attribute;
import dev.lockstep.inference.DType;
import dev.lockstep.inference.InferenceResult;
import dev.lockstep.inference.Model;
import dev.lockstep.inference.Session;
import dev.lockstep.inference.TensorSpec;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/**
 * Classical models against ONNX Runtime: every label equal, on rows that meet thresholds exactly
 * and hold missing values, infinities, both zeros and denormals. {@code -Dclassical.rows=10000}
 * takes more rows, and every large forest rather than one.
 */
class ClassicalModelsTest {
    private static final int USUAL_ROWS = 150;
    private static final int ROWS = Integer.getInteger("classical.rows", USUAL_ROWS);

    /** Sizes of differences that a report gives. */
    private record Outcome(
            int rows, long labelsUnequal, double greatest, double greatestRelative) {}

    /** What trees give before any rounding of floats; null where there is nothing to compare. */
    private interface Exactly {
        double at(float[] row, int element);
    }

    @TestFactory
    Stream<DynamicTest> forestsGiveOnnxRuntimesLabels() {
        List<DynamicTest> tests = new ArrayList<>();
        for (int[] size : new int[][] {{10, 3}, {100, 6}, {500, 10}}) {
            String name = size[0] + " trees of depth " + size[1];
            tests.add(
                    test(
                            "XGBoost, two classes, " + name,
                            () ->
                                    twoClasses(
                                            new ForestMaker(1, Style.XGBOOST)
                                                    .boosted(size[0], size[1], 1))));
            if (size[0] == 500 && ROWS == USUAL_ROWS) {
                continue;
            }
            tests.add(
                    test(
                            "LightGBM, two classes, " + name,
                            () ->
                                    twoClasses(
                                            new ForestMaker(2, Style.LIGHTGBM)
                                                    .boosted(size[0], size[1], 1))));
            tests.add(
                    test(
                            "XGBoost, three classes, " + name,
                            () ->
                                    classes(
                                            new ForestMaker(3, Style.XGBOOST)
                                                    .boosted(size[0], size[1], 3),
                                            3,
                                            "SOFTMAX")));
            tests.add(
                    test(
                            "LightGBM, regression, " + name,
                            () ->
                                    regression(
                                            new ForestMaker(4, Style.LIGHTGBM)
                                                    .boosted(size[0], size[1], 1),
                                            1,
                                            "SUM")));
            tests.add(
                    test(
                            "random forest, four classes, " + name,
                            () ->
                                    classes(
                                            new ForestMaker(5, Style.SKLEARN)
                                                    .bagged(size[0], size[1], 4),
                                            4,
                                            "NONE")));
        }
        tests.add(
                test(
                        "random forest, mean, 200 trees of depth 8",
                        () ->
                                regression(
                                        new ForestMaker(7, Style.SKLEARN).bagged(200, 8, 0),
                                        1,
                                        "AVERAGE")));
        tests.add(
                test(
                        "least of 30 trees",
                        () ->
                                regression(
                                        new ForestMaker(8, Style.SKLEARN).bagged(30, 5, 0),
                                        1,
                                        "MIN")));
        tests.add(
                test(
                        "greatest of 30 trees",
                        () ->
                                regression(
                                        new ForestMaker(9, Style.SKLEARN).bagged(30, 5, 0),
                                        1,
                                        "MAX")));
        tests.add(
                test(
                        "three targets, 90 trees of depth 6",
                        () ->
                                regression(
                                        new ForestMaker(10, Style.LIGHTGBM).boosted(90, 6, 3),
                                        3,
                                        "SUM")));
        tests.add(test("scaled features before trees", ClassicalModelsTest::scaled));
        tests.add(test("imputed and scaled features before trees", ClassicalModelsTest::imputed));
        return tests.stream();
    }

    private interface Body {
        void run() throws Exception;
    }

    private static DynamicTest test(String name, Body body) {
        return DynamicTest.dynamicTest(
                name,
                () -> {
                    System.out.printf("%-60s", name);
                    body.run();
                });
    }

    private static void twoClasses(ForestMaker forest) throws Exception {
        Map<String, Attribute> attributes = forest.attributes("class", true);
        attributes.put("classlabels_int64s", new Attribute.Wholes(new long[] {0, 1}));
        attributes.put("post_transform", new Attribute.Text("LOGISTIC"));
        attributes.put("base_values", new Attribute.Reals(new float[] {-0.25f}));
        classify(forest, attributes, null);
    }

    private static void classes(ForestMaker forest, int count, String transform) throws Exception {
        Map<String, Attribute> attributes = forest.attributes("class", false);
        long[] labels = new long[count];
        for (int i = 0; i < count; i++) {
            labels[i] = 10L * i - 7;
        }
        attributes.put("classlabels_int64s", new Attribute.Wholes(labels));
        attributes.put("post_transform", new Attribute.Text(transform));
        classify(forest, attributes, transform.equals("NONE") ? forest::exact : null);
    }

    private static void classify(
            ForestMaker forest, Map<String, Attribute> attributes, Exactly exact) throws Exception {
        List<OnnxNode> nodes =
                List.of(
                        ForestMaker.node(
                                "TreeEnsembleClassifier", "x", List.of("label", "p"), attributes));
        byte[] onnx = ForestMaker.onnx(nodes, "label", "p");
        Outcome outcome = compare(onnx, forest.samples(ROWS), exact);
        assertThat(outcome.labelsUnequal).isZero();
        assertThat(outcome.greatest).isLessThan(1e-5);
    }

    private static void regression(ForestMaker forest, int targets, String aggregate)
            throws Exception {
        Map<String, Attribute> attributes = forest.attributes("target", false);
        attributes.put("n_targets", new Attribute.Whole(targets));
        attributes.put("aggregate_function", new Attribute.Text(aggregate));
        List<OnnxNode> nodes =
                List.of(ForestMaker.node("TreeEnsembleRegressor", "x", List.of("y"), attributes));
        Exactly exact = aggregate.equals("SUM") ? forest::exact : null;
        Outcome outcome = compare(ForestMaker.onnx(nodes, "y"), forest.samples(ROWS), exact);
        assertThat(outcome.greatestRelative).isLessThan(exact == null ? 1e-5 : 1e-6);
    }

    private static void scaled() throws Exception {
        ForestMaker forest = new ForestMaker(11, Style.LIGHTGBM).boosted(60, 6, 3);
        Map<String, Attribute> attributes = forest.attributes("class", false);
        attributes.put("classlabels_int64s", new Attribute.Wholes(new long[] {0, 1, 2}));
        float[] offset = new float[ForestMaker.FEATURES];
        float[] scale = new float[ForestMaker.FEATURES];
        for (int i = 0; i < offset.length; i++) {
            offset[i] = 0.1f * i - 0.3f;
            scale[i] = i == 5 ? -0.7f : 1.3f + i;
        }
        List<OnnxNode> nodes =
                List.of(
                        scaler("x", "s", offset, scale),
                        ForestMaker.node(
                                "TreeEnsembleClassifier", "s", List.of("label", "p"), attributes));
        Outcome outcome =
                compare(ForestMaker.onnx(nodes, "label", "p"), forest.samples(ROWS), null);
        assertThat(outcome.labelsUnequal).isZero();
        assertThat(outcome.greatest).isLessThan(1e-5);
    }

    private static void imputed() throws Exception {
        ForestMaker forest = new ForestMaker(12, Style.XGBOOST).boosted(60, 6, 1);
        Map<String, Attribute> attributes = forest.attributes("target", false);
        attributes.put("n_targets", new Attribute.Whole(1));
        float[] means = {0.5f, -1, 0, 3, 0.25f, 1, 2, -4};
        Map<String, Attribute> imputing = new LinkedHashMap<>();
        imputing.put("imputed_value_floats", new Attribute.Reals(means));
        imputing.put("replaced_value_float", new Attribute.Real(Float.NaN));
        List<OnnxNode> nodes =
                List.of(
                        ForestMaker.node("Imputer", "x", List.of("i"), imputing),
                        scaler("i", "s", new float[] {0.125f}, new float[] {0.9f}),
                        ForestMaker.node("TreeEnsembleRegressor", "s", List.of("y"), attributes));
        Outcome outcome = compare(ForestMaker.onnx(nodes, "y"), forest.samples(ROWS), null);
        assertThat(outcome.greatestRelative).isLessThan(1e-5);
    }

    /**
     * Two classes with a score each. ONNX Runtime then answers 1 wherever the second score is
     * positive, whatever the classes are called; the specification, and the model, say the class
     * with the greater score.
     */
    @Test
    void ofTwoClassesWithAScoreEachTheGreaterScoreWins() throws Exception {
        ForestMaker forest = new ForestMaker(6, Style.SKLEARN).bagged(101, 8, 2);
        Map<String, Attribute> attributes = forest.attributes("class", false);
        attributes.put("classlabels_int64s", new Attribute.Wholes(new long[] {-7, 3}));
        OnnxNode node =
                ForestMaker.node("TreeEnsembleClassifier", "x", List.of("label", "p"), attributes);
        float[] rows = forest.samples(ROWS);
        System.out.printf("%-60s", "random forest, two classes, 101 trees of depth 8");
        Outcome outcome = compare(ForestMaker.onnx(List.of(node), "p"), rows, forest::exact);
        assertThat(outcome.greatest).isLessThan(1e-8);
        Model model = model(ForestMaker.onnx(List.of(node), "label"), rows);
        Session session = Session.open(model);
        Samples samples = new Samples(ForestMaker.FEATURES, rows, null);
        for (int i = 0; i < samples.count(); i++) {
            float[] row = samples.sample(i);
            boolean second = forest.exact(row, 1) > forest.exact(row, 0);
            assertThat(run(model, session, row)[0][0]).isEqualTo(second ? 3 : -7);
        }
    }

    /** An input for each kind of column, as exporters of pipelines write them. */
    @Test
    void inputsOfColumnsStandOneAfterTheOther() throws Exception {
        ForestMaker forest = new ForestMaker(14, Style.SKLEARN).bagged(40, 6, 3);
        Map<String, Attribute> attributes = forest.attributes("class", false);
        attributes.put("classlabels_int64s", new Attribute.Wholes(new long[] {0, 1, 2}));
        List<OnnxGraph.ValueInfo> inputs =
                List.of(
                        new OnnxGraph.ValueInfo("sizes", 1, List.of(-1L, 5L)),
                        new OnnxGraph.ValueInfo("kind", 7, List.of(-1L, 1L)),
                        new OnnxGraph.ValueInfo("more", 1, List.of(-1L, 2L)));
        List<OnnxNode> nodes =
                List.of(
                        scaler("sizes", "s", new float[] {0.25f}, new float[] {1.5f}),
                        new OnnxNode(
                                "Cast",
                                "",
                                "",
                                List.of("kind"),
                                List.of("k"),
                                Map.of("to", new Attribute.Whole(1))),
                        new OnnxNode(
                                "Concat",
                                "",
                                "",
                                List.of("s", "k", "more"),
                                List.of("all"),
                                Map.of("axis", new Attribute.Whole(1))),
                        ForestMaker.node(
                                "TreeEnsembleClassifier",
                                "all",
                                List.of("label", "p"),
                                attributes));
        float[] rows = forest.samples(ROWS);
        for (int i = 5; i < rows.length; i += ForestMaker.FEATURES) {
            rows[i] = Float.isFinite(rows[i]) ? (int) Math.clamp(rows[i], -9, 9) : 0;
        }
        System.out.printf("%-60s", "three inputs, 40 trees");
        Outcome outcome =
                compare(ForestMaker.onnx(inputs, nodes, Map.of(), "label", "p"), rows, null);
        assertThat(outcome.labelsUnequal).isZero();
        assertThat(outcome.greatest).isLessThan(1e-5);
    }

    /** LightGBM's trees as tensors, as Hummingbird writes them, with their published answer. */
    @Test
    void treesThatWalkAsTensorsGiveWhatOnnxRuntimeDoes() throws Exception {
        Path folder = Fixtures.models().resolve("tract/lgbm_regressor_tensor");
        byte[] onnx = Files.readAllBytes(folder.resolve("model.onnx"));
        Network network = Network.read(onnx);
        Random random = new Random(8);
        float[] rows = new float[ROWS * 13];
        for (int i = 0; i < rows.length; i++) {
            rows[i] = (float) (random.nextGaussian() * (i % 13 == 12 ? 700 : 3) + 2);
        }
        assertThat(Calibrator.isNeeded(network.graph())).isFalse();
        System.out.printf("%-60s", "trees as tensors");
        Outcome outcome = compare(onnx, rows, null);
        assertThat(outcome.greatestRelative).isLessThan(1e-6);
    }

    /** What exporters put behind the sum of two classes' trees: shares, and which is greater. */
    @Test
    void sharesAndLabelsBehindTreesAreExact() throws Exception {
        ForestMaker forest = new ForestMaker(15, Style.LIGHTGBM).boosted(60, 5, 1);
        Map<String, Attribute> attributes = forest.attributes("target", false);
        attributes.put("n_targets", new Attribute.Whole(1));
        Map<String, Attribute> columns = Map.of("axis", new Attribute.Whole(1));
        Map<String, Attribute> place =
                Map.of("axis", new Attribute.Whole(1), "keepdims", new Attribute.Whole(0));
        List<OnnxNode> nodes =
                List.of(
                        ForestMaker.node("TreeEnsembleRegressor", "x", List.of("s"), attributes),
                        plain("Sigmoid", List.of("s"), "q", Map.of()),
                        plain("Sub", List.of("one", "q"), "other", Map.of()),
                        plain("Concat", List.of("other", "q"), "p", columns),
                        plain("ArgMax", List.of("p"), "label", place));
        Map<String, OnnxTensor> one =
                Map.of("one", OnnxTensor.ofFloats("one", new int[0], new float[] {1}));
        byte[] onnx = ForestMaker.onnx(nodes, one, "label", "p");
        assertThat(Calibrator.isNeeded(Network.read(onnx).graph())).isFalse();
        System.out.printf("%-60s", "shares behind 60 trees");
        Outcome outcome = compare(onnx, forest.samples(ROWS), null);
        assertThat(outcome.labelsUnequal).isZero();
        assertThat(outcome.greatest).isLessThan(1e-5);
    }

    private static OnnxNode plain(
            String op, List<String> inputs, String output, Map<String, Attribute> attributes) {
        return new OnnxNode(op, "", "", inputs, List.of(output), attributes);
    }

    private static OnnxNode scaler(String input, String output, float[] offset, float[] scale) {
        Map<String, Attribute> attributes = new LinkedHashMap<>();
        attributes.put("offset", new Attribute.Reals(offset));
        attributes.put("scale", new Attribute.Reals(scale));
        return ForestMaker.node("Scaler", input, List.of(output), attributes);
    }

    /** The public models, on rows around their thresholds. */
    @Test
    void publicModelsGiveOnnxRuntimesLabels() throws Exception {
        Random random = new Random(5);
        for (String name :
                List.of("xgboost_classifier_tree", "linear_classifier", "linear_regressor")) {
            byte[] onnx =
                    Files.readAllBytes(Fixtures.models().resolve("tract/" + name + "/model.onnx"));
            Network network = Network.read(onnx);
            OnnxGraph graph = network.source();
            int features = network.graph().sampleSize();
            float[] thresholds =
                    graph.nodes().getFirst().attributes().get("nodes_values")
                                    instanceof Attribute.Reals(float[] values)
                            ? values
                            : new float[] {1, 2, -0.5f};
            float[] rows = new float[ROWS * features];
            for (int i = 0; i < rows.length; i++) {
                float threshold = thresholds[random.nextInt(thresholds.length)];
                rows[i] =
                        switch (random.nextInt(4)) {
                            case 0 -> threshold;
                            case 1 -> Math.nextDown(threshold);
                            default -> (float) (threshold * (0.5 + random.nextDouble()));
                        };
            }
            System.out.printf("%-60s", name);
            Outcome outcome = compare(onnx, rows, null);
            assertThat(outcome.labelsUnequal).isZero();
            assertThat(outcome.greatest).isLessThan(1e-5);
        }
    }

    /** The published input and output of the XGBoost model. */
    @Test
    void theXgBoostModelGivesItsPublishedProbabilities() throws Exception {
        Path folder = Fixtures.models().resolve("tract/xgboost_classifier_tree");
        List<NumberArray> arrays =
                NumpyReader.npz(Files.readAllBytes(folder.resolve("io.npz")), "io.npz");
        Map<String, float[]> values = new LinkedHashMap<>();
        arrays.forEach(array -> values.put(array.name(), array.values()));
        Model model = model(Files.readAllBytes(folder.resolve("model.onnx")), new float[0]);
        double[][] outputs =
                run(model, Session.open(model), values.getOrDefault("input", new float[0]));
        float[] expected = values.getOrDefault("probabilities", new float[0]);
        assertThat(expected).hasSize(3);
        for (int i = 0; i < 3; i++) {
            assertThat(outputs[1][i]).isBetween(expected[i] - 3e-6, expected[i] + 3e-6);
        }
    }

    @Test
    void linearModelsAndSupportVectorsAgree() throws Exception {
        Random random = new Random(6);
        int n = ForestMaker.FEATURES;
        Map<String, Attribute> logistic = new LinkedHashMap<>();
        logistic.put("coefficients", reals(random, 2 * n, 1));
        logistic.put("intercepts", reals(random, 2, 1));
        logistic.put("classlabels_ints", new Attribute.Wholes(new long[] {3, 9}));
        logistic.put("post_transform", new Attribute.Text("LOGISTIC"));
        agree("logistic, two scores", "LinearClassifier", List.of("label", "p"), logistic, random);
        logistic.put("coefficients", reals(random, n, 1));
        logistic.put("intercepts", reals(random, 1, 1));
        agree("logistic, one score", "LinearClassifier", List.of("label", "p"), logistic, random);
        Map<String, Attribute> regressor = new LinkedHashMap<>();
        regressor.put("coefficients", reals(random, 3 * n, 10));
        regressor.put("targets", new Attribute.Whole(3));
        agree("linear, three targets", "LinearRegressor", List.of("y"), regressor, random);
        for (String kernel : List.of("LINEAR", "POLY", "RBF", "SIGMOID")) {
            Map<String, Attribute> machine = new LinkedHashMap<>();
            machine.put("kernel_type", new Attribute.Text(kernel));
            machine.put("kernel_params", new Attribute.Reals(new float[] {0.05f, 0.25f, 3}));
            machine.put("n_supports", new Attribute.Whole(20));
            machine.put("coefficients", reals(random, 20, 1));
            machine.put("support_vectors", reals(random, 20 * n, 1));
            machine.put("rho", new Attribute.Reals(new float[] {0.75f}));
            agree("support vectors, " + kernel, "SVMRegressor", List.of("y"), machine, random);
        }
        for (int classes : List.of(2, 4)) {
            for (String kernel : List.of("LINEAR", "POLY", "RBF", "SIGMOID")) {
                Map<String, Attribute> machine = machines(classes, kernel, random);
                String name = "support vectors of " + classes + " classes, " + kernel;
                agree(name, "SVMClassifier", List.of("label", "scores"), machine, random);
            }
        }
        for (String norm : List.of("L1", "L2")) {
            agree(
                    "normaliser " + norm,
                    "Normalizer",
                    List.of("y"),
                    Map.of("norm", new Attribute.Text(norm)),
                    random);
        }
        agree(
                "binariser",
                "Binarizer",
                List.of("y"),
                Map.of("threshold", new Attribute.Real(0.25f)),
                random);
    }

    /**
     * The share of the first of two classes with the score s is {@code 1 / (1 + e^(as + b))}. ONNX
     * Runtime comes to it by an iteration that it ends within 1/200.
     */
    @Test
    void sharesOfTwoClassesAreTheLogisticFunctionOfTheScore() throws Exception {
        Random random = new Random(16);
        int n = ForestMaker.FEATURES;
        Map<String, Attribute> machine = machines(2, "RBF", random);
        machine.put("prob_a", new Attribute.Reals(new float[] {-1.5f}));
        machine.put("prob_b", new Attribute.Reals(new float[] {0.25f}));
        float[] vectors = numbers(machine, "support_vectors");
        float[] weights = numbers(machine, "coefficients");
        double gamma = numbers(machine, "kernel_params")[0];
        double rho = numbers(machine, "rho")[0];
        Exactly exact =
                (row, element) -> {
                    double score = rho;
                    for (int v = 0; v < weights.length; v++) {
                        double square = 0;
                        for (int j = 0; j < n; j++) {
                            square += Math.pow(row[j] - (double) vectors[v * n + j], 2);
                        }
                        score += weights[v] * Math.exp(-gamma * square);
                    }
                    double share = 1 / (1 + Math.exp(-1.5 * score + 0.25));
                    return element == 0 ? share : 1 - share;
                };
        float[] rows = normal(random, ROWS * n, 1);
        OnnxNode node = ForestMaker.node("SVMClassifier", "x", List.of("label", "p"), machine);
        System.out.printf("%-60s", "shares of two classes, against their formula");
        Outcome outcome = compare(ForestMaker.onnx(List.of(node), "p"), rows, exact);
        assertThat(outcome.greatest).isLessThan(1e-5);
        System.out.printf("%-60s", "shares of two classes, against ONNX Runtime");
        outcome = compare(ForestMaker.onnx(List.of(node), "label", "p"), rows, null);
        assertThat(outcome.greatest).isLessThan(5e-3 + 1e-5);
        assertThat(outcome.labelsUnequal).isLessThanOrEqualTo(ROWS / 1000);
    }

    private static float[] numbers(Map<String, Attribute> attributes, String name) {
        return attributes.get(name) instanceof Attribute.Reals(float[] values)
                ? values
                : new float[0];
    }

    /** A machine for each pair of classes, with 5 support vectors a class. */
    private static Map<String, Attribute> machines(int classes, String kernel, Random random) {
        int vectors = 5 * classes;
        long[] labels = new long[classes];
        long[] own = new long[classes];
        for (int i = 0; i < classes; i++) {
            labels[i] = 10 - 3L * i;
            own[i] = 5;
        }
        Map<String, Attribute> machine = new LinkedHashMap<>();
        machine.put("kernel_type", new Attribute.Text(kernel));
        machine.put("kernel_params", new Attribute.Reals(new float[] {0.05f, 0.25f, 3}));
        machine.put("classlabels_ints", new Attribute.Wholes(labels));
        machine.put("vectors_per_class", new Attribute.Wholes(own));
        machine.put("coefficients", reals(random, (classes - 1) * vectors, 1));
        machine.put("support_vectors", reals(random, vectors * ForestMaker.FEATURES, 1));
        machine.put("rho", reals(random, classes * (classes - 1) / 2, 0.25));
        return machine;
    }

    private static Attribute reals(Random random, int count, double size) {
        return new Attribute.Reals(normal(random, count, size));
    }

    private static float[] normal(Random random, int count, double size) {
        float[] values = new float[count];
        for (int i = 0; i < count; i++) {
            values[i] = (float) (random.nextGaussian() * size);
        }
        return values;
    }

    private static void agree(
            String name,
            String op,
            List<String> outputs,
            Map<String, Attribute> attributes,
            Random random)
            throws Exception {
        float[] rows = normal(random, ROWS * ForestMaker.FEATURES, 1);
        byte[] onnx =
                ForestMaker.onnx(
                        List.of(ForestMaker.node(op, "x", outputs, attributes)),
                        outputs.toArray(String[]::new));
        System.out.printf("%-60s", name);
        Outcome outcome = compare(onnx, rows, null);
        // Machines of support vectors are rounded, so a row next to a boundary may cross it.
        assertThat(outcome.labelsUnequal)
                .as(name)
                .isLessThanOrEqualTo(op.startsWith("SVM") ? ROWS / 1000 : 0);
        // Exponents have 16 bits behind the point.
        assertThat(outcome.greatestRelative).as(name).isLessThan(2e-5);
    }

    /** Texts as labels, and ZipMap, as scikit-learn's exporter writes them. */
    @Test
    void namesOfClassesStandBesideTheModel() throws Exception {
        ForestMaker forest = new ForestMaker(13, Style.SKLEARN).bagged(15, 5, 3);
        Map<String, Attribute> attributes = forest.attributes("class", false);
        List<String> names = List.of("setosa", "versicolor", "virginica");
        attributes.put("classlabels_strings", new Attribute.Texts(names));
        List<OnnxNode> nodes =
                List.of(
                        ForestMaker.node(
                                "TreeEnsembleClassifier", "x", List.of("label", "p"), attributes),
                        ForestMaker.node(
                                "ZipMap",
                                "p",
                                List.of("zipped"),
                                Map.of("classlabels_strings", new Attribute.Texts(names))));
        byte[] onnx = ForestMaker.onnx(nodes, "label", "zipped");
        Network network = Network.read(onnx);
        assertThat(network.labels()).isEqualTo(names);
        assertThat(network.graph().outputs())
                .extracting(FloatGraph.Output::name)
                .containsExactly("label", "p");
        System.out.printf("%-60s", "names of classes");
        assertThat(compare(onnx, forest.samples(ROWS), null).labelsUnequal).isZero();
    }

    private static Model model(byte[] onnx, float[] rows) throws ImportException {
        Network network = Network.read(onnx);
        FloatGraph graph = network.graph();
        if (Calibrator.needsFeatures(graph)) {
            graph = network.with(new Samples(graph.sampleSize(), rows, null)).graph();
        }
        return Quantizer.quantize(graph, Map.of(), DType.I16).model();
    }

    private static double[][] run(Model model, Session session, float[] row) {
        ByteBuffer in = ByteBuffer.allocate(Float.BYTES * row.length);
        for (float value : row) {
            in.putFloat(value);
        }
        if (!(session.run(in.array()) instanceof InferenceResult.Output(byte[] bytes))) {
            throw new AssertionError(session.run(in.array()));
        }
        ByteBuffer out = ByteBuffer.wrap(bytes);
        double[][] values = new double[model.outputs().size()][];
        for (int k = 0; k < values.length; k++) {
            TensorSpec spec = model.outputs().get(k);
            values[k] = new double[spec.shape().elements()];
            for (int i = 0; i < values[k].length; i++) {
                values[k][i] = Math.scalb((double) out.getInt(), -spec.quantization().shift());
            }
        }
        return values;
    }

    private static Outcome compare(byte[] onnx, float[] rows, Exactly exact)
            throws ImportException, IOException {
        Network network = Network.read(onnx);
        FloatGraph graph = network.graph();
        Model model = model(onnx, rows);
        Session session = Session.open(model);
        Samples samples = new Samples(graph.sampleSize(), rows, null);
        long unequal = 0;
        double greatest = 0;
        double relative = 0;
        double size = 0;
        try (FloatModel floats = FloatModel.load(network.whole(), graph, List.of())) {
            for (int i = 0; i < samples.count(); i++) {
                float[] row = samples.sample(i);
                float[][] expected = floats.run(row);
                double[][] actual = run(model, session, row);
                for (int k = 0; k < actual.length; k++) {
                    boolean label = graph.outputs().get(k).name().equals("label");
                    for (int j = 0; j < actual[k].length; j++) {
                        double wanted = exact == null || label ? expected[k][j] : exact.at(row, j);
                        double difference = Math.abs(actual[k][j] - wanted);
                        unequal += label && difference != 0 ? 1 : 0;
                        greatest = label ? greatest : Math.max(greatest, difference);
                        size = label ? size : Math.max(size, Math.abs(wanted));
                    }
                }
            }
        }
        relative = size == 0 ? 0 : greatest / size;
        System.out.printf(
                Locale.ROOT,
                "%d of %d labels unequal, difference at most %.2g, relative to the greatest %.2g%n",
                unequal,
                samples.count(),
                greatest,
                relative);
        return new Outcome(samples.count(), unequal, greatest, relative);
    }
}
