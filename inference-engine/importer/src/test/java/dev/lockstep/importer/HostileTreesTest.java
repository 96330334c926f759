package dev.lockstep.importer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lockstep.importer.ForestMaker.Style;
import dev.lockstep.importer.OnnxNode.Attribute;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;
import org.junit.jupiter.api.Test;

/**
 * Files of classical models that are wrong, by accident or not: one error each, which names what.
 */
class HostileTreesTest {
    private static final ForestMaker FOREST = new ForestMaker(1, Style.XGBOOST).boosted(3, 3, 1);

    @Test
    void treesThatAreNoneAreRefusedByName() {
        refused(a -> wholes(a, "nodes_treeids", new long[0]), "attribute 'nodes_treeids' is empty");
        refused(a -> shorten(a, "nodes_featureids"), "attribute 'nodes_featureids' has");
        refused(
                a -> a.put("nodes_values", new Attribute.Reals(new float[1])),
                "attribute 'nodes_values' has 1 elements; expected");
        refused(a -> set(a, "nodes_nodeids", 1, 0), "node 0 of tree 0 is there twice");
        refused(
                a -> set(a, "nodes_truenodeids", 0, 99),
                "node 0 of tree 0 leads to node 99, which is not there");
        refused(
                a -> set(a, "nodes_truenodeids", 0, -1),
                "node 0 of tree 0 leads to node -1, which is not there");
        refused(a -> set(a, "nodes_truenodeids", 0, 0), "node 0 of tree 0 is reached from no root");
        refused(
                a -> set(a, "nodes_featureids", 0, 8),
                "node 0 of tree 0 compares feature 8; allowed 0..7");
        refused(
                a -> set(a, "nodes_featureids", 0, -3),
                "node 0 of tree 0 compares feature -1; allowed 0..7");
        refused(a -> set(a, "nodes_featureids", 0, 1L << 40), "compares feature -1; allowed 0..7");
        refused(a -> real(a, "nodes_values", Float.NaN), "node 0 of tree 0 compares with NaN");
        refused(
                a -> real(a, "target_weights", Float.NaN),
                "attribute 'target_weights' holds NaN at 0");
        refused(a -> real(a, "target_weights", Float.POSITIVE_INFINITY), "holds Infinity at 0");
        refused(
                a -> set(a, "target_ids", 0, 1),
                "attribute 'target_ids' holds 1 at 0; allowed 0..0");
        refused(
                a -> set(a, "target_nodeids", 0, 0),
                "gives a weight to node 0 of tree 0, which is no leaf");
        refused(
                a -> a.put("n_targets", new Attribute.Whole(1L << 50)),
                "attribute 'n_targets' is 1125899906842624; allowed 1..1048576");
        refused(
                a -> a.put("aggregate_function", new Attribute.Text("MEDIAN")),
                "attribute 'aggregate_function' is 'MEDIAN'; supported are SUM");
        refused(
                a -> a.put("post_transform", new Attribute.Text("PROBIT")),
                "attribute 'post_transform' is 'PROBIT'; supported are NONE");
        refused(
                a -> a.put("nodes_modes", new Attribute.Wholes(new long[] {1})),
                "attribute 'nodes_modes' is not a list of texts");
        refused(
                a -> a.put("nodes_depth", new Attribute.Whole(1)),
                "attribute 'nodes_depth' is not supported");
    }

    /** Deep nesting must not cost a stack. */
    @Test
    void aTreeAsDeepAsItHasNodesIsRefused() {
        int n = 200_000;
        Map<String, Attribute> a = new LinkedHashMap<>();
        long[] ids = new long[n + 1];
        long[] next = new long[n + 1];
        String[] modes = new String[n + 1];
        for (int i = 0; i <= n; i++) {
            ids[i] = i;
            next[i] = i + 1;
            modes[i] = i == n ? "LEAF" : "BRANCH_LEQ";
        }
        wholes(a, "nodes_treeids", new long[n + 1]);
        wholes(a, "nodes_nodeids", ids);
        wholes(a, "nodes_featureids", new long[n + 1]);
        wholes(a, "nodes_truenodeids", next);
        wholes(a, "nodes_falsenodeids", next);
        a.put("nodes_modes", new Attribute.Texts(Arrays.asList(modes)));
        a.put("nodes_values", new Attribute.Reals(new float[n + 1]));
        assertThatThrownBy(() -> lower(a))
                .isInstanceOf(ImportException.class)
                .hasMessageContaining(
                        "stands below 64 others; a walk takes at most 64 comparisons");
    }

    /** Bits turned at random: a model or an import error, nothing else, and soon. */
    @Test
    void damagedFilesAreModelsOrRefusals() throws Exception {
        Map<String, Attribute> attributes = FOREST.attributes("target", false);
        byte[] onnx = ForestMaker.onnx(List.of(node(attributes)), "y");
        RandomGenerator random = RandomGeneratorFactory.of("L64X128MixRandom").create(1);
        int refused = 0;
        for (int i = 0; i < 3000; i++) {
            byte[] damaged = onnx.clone();
            for (int k = 0; k <= i % 3; k++) {
                damaged[random.nextInt(damaged.length)] = (byte) random.nextInt();
            }
            try {
                Network.read(damaged);
            } catch (ImportException e) {
                refused++;
                assertThat(e.getMessage()).as("damage %s", i).isNotBlank();
            }
        }
        System.out.println("damaged classical models: " + refused + " of 3000 refused");
        assertThat(refused).isBetween(500, 2999);
    }

    private static void refused(Consumer<Map<String, Attribute>> damage, String why) {
        Map<String, Attribute> attributes = FOREST.attributes("target", false);
        damage.accept(attributes);
        assertThatThrownBy(() -> lower(attributes))
                .isInstanceOf(ImportException.class)
                .hasMessageContaining(why);
    }

    private static void lower(Map<String, Attribute> attributes) throws ImportException {
        byte[] onnx = ForestMaker.onnx(List.of(node(attributes)), "y");
        Network.read(onnx);
    }

    private static OnnxNode node(Map<String, Attribute> attributes) {
        return ForestMaker.node("TreeEnsembleRegressor", "x", List.of("y"), attributes);
    }

    private static void wholes(Map<String, Attribute> attributes, String name, long[] values) {
        attributes.put(name, new Attribute.Wholes(values));
    }

    private static void set(Map<String, Attribute> attributes, String name, int at, long value) {
        if (attributes.get(name) instanceof Attribute.Wholes(long[] values)) {
            values[at] = value;
        }
    }

    private static void shorten(Map<String, Attribute> attributes, String name) {
        if (attributes.get(name) instanceof Attribute.Wholes(long[] values)) {
            wholes(attributes, name, Arrays.copyOf(values, values.length - 1));
        }
    }

    private static void real(Map<String, Attribute> attributes, String name, float value) {
        if (attributes.get(name) instanceof Attribute.Reals(float[] values)) {
            values[0] = value;
        }
    }
}
