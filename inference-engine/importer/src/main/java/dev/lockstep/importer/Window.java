package dev.lockstep.importer;

import org.jspecify.annotations.Nullable;

/**
 * How a convolution or pooling walks over a picture.
 *
 * @unit elements; pads are top, left, bottom, right
 */
record Window(
        int kernelHeight,
        int kernelWidth,
        int strideHeight,
        int strideWidth,
        int dilationHeight,
        int dilationWidth,
        int top,
        int left,
        int bottom,
        int right) {

    /** Each pair is of the rows, then of the columns. */
    static Window of(int[] kernel, int[] strides, int[] dilations, int[] before, int[] after) {
        return new Window(
                kernel[0],
                kernel[1],
                strides[0],
                strides[1],
                dilations[0],
                dilations[1],
                before[0],
                before[1],
                after[0],
                after[1]);
    }

    static Window whole(int height, int width) {
        return new Window(height, width, 1, 1, 1, 1, 0, 0, 0, 0);
    }

    static Window point() {
        return whole(1, 1);
    }

    int outputHeight(int height) {
        return (height + top + bottom - dilationHeight * (kernelHeight - 1) - 1) / strideHeight + 1;
    }

    int outputWidth(int width) {
        return (width + left + right - dilationWidth * (kernelWidth - 1) - 1) / strideWidth + 1;
    }

    /**
     * The same walk over pictures without a border of zeros, null where it would begin or end
     * outside of them.
     *
     * @param before elements of the border on each axis (n, c, height, width)
     */
    @Nullable Window within(int[] before, int[] after) {
        int reachY = dilationHeight * (kernelHeight - 1);
        int reachX = dilationWidth * (kernelWidth - 1);
        boolean fits =
                before.length == 4
                        && (before[0] | before[1] | after[0] | after[1]) == 0
                        && Math.max(top + before[2], bottom + after[2]) <= reachY
                        && Math.max(left + before[3], right + after[3]) <= reachX;
        return fits
                ? new Window(
                        kernelHeight,
                        kernelWidth,
                        strideHeight,
                        strideWidth,
                        dilationHeight,
                        dilationWidth,
                        top + before[2],
                        left + before[3],
                        bottom + after[2],
                        right + after[3])
                : null;
    }

    boolean isPadded() {
        return (top | left | bottom | right) != 0;
    }
}
