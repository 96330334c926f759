package dev.lockstep.importer;

import dev.lockstep.importer.OnnxNode.Attribute;
import dev.lockstep.importer.TfliteModel.Operator;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.LongStream;

/** Operators of TensorFlow Lite that pick, repeat or move elements, or mix neighbours. */
final class TflitePicks {
    private TflitePicks() {}

    static void resizeNearest(Operator operator, TfliteTranslation to) throws ImportException {
        boolean corners = operator.options().byteAt(0, 0) != 0;
        boolean half = operator.options().byteAt(1, 0) != 0;
        String rounding = corners || half ? "round_prefer_ceil" : "floor";
        resize(operator, to, "nearest", rounding, corners, half);
    }

    static void resizeLinear(Operator operator, TfliteTranslation to) throws ImportException {
        boolean corners = operator.options().byteAt(2, 0) != 0;
        boolean half = operator.options().byteAt(3, 0) != 0;
        resize(operator, to, "linear", "floor", corners, half);
    }

    private static void resize(
            Operator operator,
            TfliteTranslation to,
            String mode,
            String rounding,
            boolean corners,
            boolean half)
            throws ImportException {
        int out = to.output(operator, 0);
        int[] shape = to.tensor(out).shape();
        if (shape.length != 4) {
            throw to.refuse(operator, "only pictures are supported");
        }
        String y = to.writing(out);
        String sizes =
                to.constant(y + "/sizes", new long[] {shape[0], shape[3], shape[1], shape[2]});
        Map<String, Attribute> attributes =
                Map.of(
                        "mode",
                        new Attribute.Text(mode),
                        "coordinate_transformation_mode",
                        new Attribute.Text(
                                corners ? "align_corners" : half ? "half_pixel" : "asymmetric"),
                        "nearest_mode",
                        new Attribute.Text(rounding));
        String x = to.channelsFirst(to.input(operator, 0));
        to.wroteChannelsFirst(
                out, to.builder().node("Resize", y, List.of(x, "", "", sizes), attributes));
    }

    static void gather(Operator operator, TfliteTranslation to) throws ImportException {
        int out = to.output(operator, 0);
        if (operator.options().whole(1, 0) != 0) {
            throw to.refuse(operator, "batch_dims are not supported");
        }
        Map<String, Attribute> axis =
                Map.of("axis", new Attribute.Whole(operator.options().whole(0, 0)));
        List<String> inputs =
                List.of(to.plain(to.input(operator, 0)), to.plain(to.input(operator, 1)));
        to.wrote(out, to.builder().node("Gather", to.writing(out), inputs, axis));
    }

    /** TILE by the numbers of repetitions, BROADCAST_TO to a shape. */
    static void repeat(Operator operator, TfliteTranslation to, String op) throws ImportException {
        int out = to.output(operator, 0);
        String y = to.writing(out);
        String sizes = to.constant(y + "/sizes", to.constantOf(operator, 1).longs());
        to.wrote(out, to.builder().node(op, y, to.plain(to.input(operator, 0)), sizes));
    }

    static void mirrorPad(Operator operator, TfliteTranslation to) throws ImportException {
        int out = to.output(operator, 0);
        if (operator.options().byteAt(0, 0) != 0) {
            throw to.refuse(operator, "mode SYMMETRIC is not supported, only REFLECT");
        }
        long[] given = to.constantOf(operator, 1).longs();
        int rank = to.rank(out);
        if (given.length != 2 * rank) {
            throw to.refuse(operator, given.length + " paddings for " + rank + " axes");
        }
        long[] pads = new long[2 * rank];
        for (int axis = 0; axis < rank; axis++) {
            pads[axis] = given[2 * axis];
            pads[axis + rank] = given[2 * axis + 1];
        }
        String y = to.writing(out);
        List<String> inputs =
                List.of(to.plain(to.input(operator, 0)), to.constant(y + "/pads", pads));
        Map<String, Attribute> mode = Map.of("mode", new Attribute.Text("reflect"));
        to.wrote(out, to.builder().node("Pad", y, inputs, mode));
    }

    static void reverse(Operator operator, TfliteTranslation to) throws ImportException {
        int out = to.output(operator, 0);
        String y = to.writing(out);
        long[] axes = to.constantOf(operator, 1).longs();
        long[] ones = new long[axes.length];
        Arrays.fill(ones, -1);
        long[] ends = new long[axes.length];
        Arrays.fill(ends, Integer.MIN_VALUE);
        to.wrote(
                out,
                to.builder()
                        .node(
                                "Slice",
                                y,
                                to.plain(to.input(operator, 0)),
                                to.constant(y + "/starts", ones),
                                to.constant(y + "/ends", ends),
                                to.constant(y + "/axes", axes),
                                to.constant(y + "/steps", ones)));
    }

    /** [n, h, w, c] as blocks of pixels that lie apart, each a picture of its own. */
    static void spaceToBatch(Operator operator, TfliteTranslation to) throws ImportException {
        int[] block = block(operator, to);
        long[] given = to.constantOf(operator, 2).longs();
        int[] shape = to.tensor(to.input(operator, 0)).shape();
        int out = to.output(operator, 0);
        String y = to.writing(out);
        String x = to.plain(to.input(operator, 0));
        long height = shape[1] + given[0] + given[1];
        long width = shape[2] + given[2] + given[3];
        if (height < 1 || width < 1 || height % block[0] != 0 || width % block[1] != 0) {
            throw to.refuse(
                    operator,
                    "blocks of "
                            + Arrays.toString(block)
                            + " do not divide "
                            + height
                            + " by "
                            + width);
        }
        if (Arrays.stream(given).anyMatch(pad -> pad != 0)) {
            long[] pads = {0, given[0], given[2], 0, 0, given[1], given[3], 0};
            x = to.builder().node("Pad", y + "/padded", x, to.constant(y + "/pads", pads));
        }
        String split =
                to.builder()
                        .reshaped(
                                x,
                                y + "/split",
                                shape[0],
                                height / block[0],
                                block[0],
                                width / block[1],
                                block[1],
                                shape[3]);
        String turned = to.builder().transposed(split, y + "/turned", 2, 4, 0, 1, 3, 5);
        long[] dims = {
            (long) shape[0] * block[0] * block[1], height / block[0], width / block[1], shape[3]
        };
        to.wrote(out, to.builder().reshaped(turned, y, dims));
    }

    static void batchToSpace(Operator operator, TfliteTranslation to) throws ImportException {
        int[] block = block(operator, to);
        long[] cut = to.constantOf(operator, 2).longs();
        int[] shape = to.tensor(to.input(operator, 0)).shape();
        int out = to.output(operator, 0);
        String y = to.writing(out);
        int area = block[0] * block[1];
        if (shape[0] % area != 0) {
            throw to.refuse(operator, shape[0] + " pictures are not blocks of " + area);
        }
        String split =
                to.builder()
                        .reshaped(
                                to.plain(to.input(operator, 0)),
                                y + "/split",
                                block[0],
                                block[1],
                                shape[0] / area,
                                shape[1],
                                shape[2],
                                shape[3]);
        String turned = to.builder().transposed(split, y + "/turned", 2, 3, 0, 4, 1, 5);
        long[] dims = {
            shape[0] / area, (long) shape[1] * block[0], (long) shape[2] * block[1], shape[3]
        };
        boolean cuts = LongStream.of(cut).anyMatch(part -> part != 0);
        String whole = to.builder().reshaped(turned, cuts ? y + "/whole" : y, dims);
        if (cuts) {
            long[] starts = {cut[0], cut[2]};
            long[] ends = {dims[1] - cut[1], dims[2] - cut[3]};
            whole =
                    to.builder()
                            .node(
                                    "Slice",
                                    y,
                                    whole,
                                    to.constant(y + "/starts", starts),
                                    to.constant(y + "/ends", ends),
                                    to.constant(y + "/axes", new long[] {1, 2}));
        }
        to.wrote(out, whole);
    }

    private static int[] block(Operator operator, TfliteTranslation to) throws ImportException {
        long[] given = to.constantOf(operator, 1).longs();
        int[] shape = to.tensor(to.input(operator, 0)).shape();
        boolean fits = shape.length == 4 && given.length == 2;
        for (long size : given) {
            fits &= size >= 1 && size <= 1 << 10;
        }
        if (!fits || to.constantOf(operator, 2).size() != 4) {
            throw to.refuse(
                    operator,
                    "blocks of "
                            + Arrays.toString(given)
                            + " for shape "
                            + Arrays.toString(shape)
                            + "; height and width of pictures are supported");
        }
        return new int[] {(int) given[0], (int) given[1]};
    }
}
