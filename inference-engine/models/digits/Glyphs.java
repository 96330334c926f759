package digits;

import java.util.ArrayList;
import java.util.List;
import training.Rng;

/**
 * Draws digits: strokes on the unit square (x right, y down), bent, slanted, turned, scaled and shifted at random, then rendered
 * with a pen of random width, ink, paper and noise.
 */
final class Glyphs {
    static final int SIZE = 16;

    /** Each digit may be drawn in several ways; a stroke is x0, y0, x1, y1, … */
    private static final float[][][][] SHAPES = {
        {{arc(.5, .5, .28, .42, 0, 360)}, {arc(.5, .5, .21, .42, 0, 360)}, {arc(.5, .5, .29, .41, 0, 360), {.3f, .75f, .7f, .25f}}},
        {{{.5f, .08f, .5f, .92f}}, {{.32f, .26f, .5f, .08f, .5f, .92f}}, {{.34f, .24f, .5f, .08f, .5f, .92f}, {.3f, .92f, .7f, .92f}}},
        {{join(arc(.5, .32, .26, .24, 190, 395), .24f, .9f, .78f, .9f)}, {join(arc(.5, .3, .24, .21, 200, 400), .24f, .78f, .35f, .82f, .6f, .92f, .8f, .86f)}},
        {{arc(.48, .29, .24, .21, 200, 450), arc(.48, .71, .27, .21, 270, 520)}, {{.26f, .1f, .74f, .1f, .47f, .43f}, arc(.46, .67, .27, .24, 270, 510)}},
        {{{.62f, .92f, .62f, .08f, .2f, .65f, .82f, .65f}}, {{.3f, .1f, .24f, .55f, .8f, .55f}, {.66f, .1f, .66f, .92f}}},
        {{join(new float[] {.74f, .1f, .32f, .1f, .28f, .46f}, arc(.48, .66, .27, .25, 225, 500))}, {{.32f, .1f, .76f, .1f}, join(new float[] {.32f, .1f, .3f, .44f}, arc(.47, .67, .28, .24, 230, 490))}},
        {{{.68f, .1f, .45f, .25f, .31f, .48f, .27f, .68f}, arc(.5, .68, .23, .23, 0, 360)}, {{.5f, .08f, .34f, .36f, .27f, .68f}, arc(.5, .7, .23, .21, 0, 360)}},
        {{{.22f, .1f, .78f, .1f, .42f, .92f}}, {{.22f, .1f, .78f, .1f, .42f, .92f}, {.38f, .5f, .7f, .5f}}, {{.24f, .22f, .24f, .1f, .76f, .1f, .5f, .5f, .44f, .92f}}},
        {{arc(.5, .29, .21, .2, 0, 360), arc(.5, .7, .25, .22, 0, 360)}, {arc(.5, .28, .18, .2, 0, 360), arc(.5, .7, .2, .22, 0, 360)}},
        {{arc(.5, .32, .23, .23, 0, 360), {.73f, .32f, .7f, .6f, .55f, .92f}}, {arc(.5, .31, .22, .22, 0, 360), {.72f, .31f, .72f, .92f}}},
    };

    private Glyphs() {}

    /** One picture of {@code digit}: {@link #SIZE}² grey values 0 (paper) … 255 (ink), row by row. */
    static byte[] draw(int digit, Rng rng) {
        float[][][] ways = SHAPES[digit];
        double turn = rng.uniform(-0.2, 0.2);
        double slant = rng.uniform(-0.3, 0.3);
        double width = rng.uniform(0.7, 1.1) * SIZE * 0.82;
        double height = rng.uniform(0.75, 1.1) * SIZE * 0.82;
        double left = SIZE / 2.0 + rng.uniform(-1.6, 1.6);
        double top = SIZE / 2.0 + rng.uniform(-1.6, 1.6);
        double bend = rng.uniform(-0.07, 0.07);
        double wave = rng.uniform(0, 6.28);
        double cos = StrictMath.cos(turn);
        double sin = StrictMath.sin(turn);
        List<double[]> segments = new ArrayList<>();
        for (float[] stroke : ways[rng.below(ways.length)]) {
            double[] before = null;
            for (int i = 0; i < stroke.length; i += 2) {
                double u = stroke[i] - 0.5 + bend * StrictMath.sin(5 * stroke[i + 1] + wave) + rng.normal() * 0.008;
                double v = stroke[i + 1] - 0.5 + bend * StrictMath.cos(5 * stroke[i] + wave) + rng.normal() * 0.008;
                double x = (u - slant * v) * width;
                double y = v * height;
                double[] point = {left + x * cos - y * sin, top + x * sin + y * cos};
                if (before != null) {
                    segments.add(new double[] {before[0], before[1], point[0], point[1]});
                }
                before = point;
            }
        }
        return render(segments, rng);
    }

    private static byte[] render(List<double[]> segments, Rng rng) {
        double pen = rng.uniform(0.45, 1.25);
        double soft = rng.uniform(0.7, 1.5);
        double ink = rng.uniform(130, 255);
        double paper = rng.uniform(0, 50);
        double noise = rng.uniform(0, 32);
        byte[] pixels = new byte[SIZE * SIZE];
        for (int y = 0; y < SIZE; y++) {
            for (int x = 0; x < SIZE; x++) {
                double nearest = 1e9;
                for (double[] s : segments) {
                    nearest = Math.min(nearest, squaredDistance(x + 0.5, y + 0.5, s));
                }
                double cover = Math.clamp((pen - StrictMath.sqrt(nearest)) / soft + 0.5, 0.0, 1.0);
                double grey = paper + (ink - paper) * cover + noise * rng.normal();
                pixels[y * SIZE + x] = (byte) (int) Math.clamp(grey, 0.0, 255.0);
            }
        }
        return pixels;
    }

    private static double squaredDistance(double x, double y, double[] s) {
        double dx = s[2] - s[0];
        double dy = s[3] - s[1];
        double length = dx * dx + dy * dy;
        double t = length == 0 ? 0 : Math.clamp(((x - s[0]) * dx + (y - s[1]) * dy) / length, 0.0, 1.0);
        double ex = x - s[0] - t * dx;
        double ey = y - s[1] - t * dy;
        return ex * ex + ey * ey;
    }

    /** An arc of an ellipse; degrees run clockwise from the right. */
    private static float[] arc(double cx, double cy, double rx, double ry, int from, int to) {
        int pieces = Math.max(4, (to - from) / 24);
        float[] points = new float[2 * (pieces + 1)];
        for (int i = 0; i <= pieces; i++) {
            double angle = (from + (to - from) * i / (double) pieces) * (StrictMath.PI / 180);
            points[2 * i] = (float) (cx + rx * StrictMath.cos(angle));
            points[2 * i + 1] = (float) (cy + ry * StrictMath.sin(angle));
        }
        return points;
    }

    private static float[] join(float[] first, float... second) {
        float[] all = java.util.Arrays.copyOf(first, first.length + second.length);
        System.arraycopy(second, 0, all, first.length, second.length);
        return all;
    }
}
