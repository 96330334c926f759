package dev.lockstep.importer;

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

    boolean isPadded() {
        return (top | left | bottom | right) != 0;
    }
}
