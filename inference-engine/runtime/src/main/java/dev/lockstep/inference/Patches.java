package dev.lockstep.inference;

/**
 * What a kernel sees at each position, laid out in the order of the weights of one output channel.
 */
final class Patches {
    private final Window window;
    private final int padValue;
    private final Tensor input;
    private final int channels;
    private final int kernelY;
    private final int kernelX;
    private final int columns;

    Patches(Conv2d op, Tensor input, Shape weights, Shape output) {
        this.window = op.window();
        this.padValue = op.padValue();
        this.input = input;
        this.channels = weights.dim(1);
        this.kernelY = weights.dim(2);
        this.kernelX = weights.dim(3);
        this.columns = output.dim(3);
    }

    /** Elements of one patch. */
    int length() {
        return channels * kernelY * kernelX;
    }

    /**
     * Fills {@code into} with the patches of {@code count} positions from {@code first} on, of one
     * image and group.
     */
    void gather(int image, int group, int first, int count, int[] into) {
        int plane = input.shape().dim(2) * input.shape().dim(3);
        int base = input.offset() + (image * input.shape().dim(1) + group * channels) * plane;
        int to = 0;
        for (int position = first; position < first + count; position++) {
            int top = position / columns * window.strideY() - window.padTop();
            int left = position % columns * window.strideX() - window.padLeft();
            for (int c = 0; c < channels; c++) {
                for (int i = 0; i < kernelY; i++) {
                    gatherRow(base + c * plane, top + i * window.dilationY(), left, into, to);
                    to += kernelX;
                }
            }
        }
    }

    private void gatherRow(int plane, int y, int left, int[] into, int to) {
        int width = input.shape().dim(3);
        boolean inside = y >= 0 && y < input.shape().dim(2);
        for (int j = 0; j < kernelX; j++) {
            int x = left + j * window.dilationX();
            into[to + j] =
                    inside && x >= 0 && x < width ? input.data()[plane + y * width + x] : padValue;
        }
    }
}
