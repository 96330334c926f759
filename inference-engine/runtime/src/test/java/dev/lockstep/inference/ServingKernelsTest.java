package dev.lockstep.inference;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lockstep.inference.kernels.Probe;
import dev.lockstep.inference.kernels.ServingKernels;
import org.junit.jupiter.api.Test;

/** Which backend serves changes while this runs; the results do not. */
class ServingKernelsTest extends KernelsContract {
    @Override
    Kernels kernels() {
        return new ServingKernels();
    }

    @Test
    void takingOverShowsInNoResult() throws Exception {
        Kernels kernels = kernels();
        int[][] before = new int[60][];
        for (int seed = 0; seed < before.length; seed++) {
            before[seed] = new Probe(seed).run(kernels);
        }
        assertThat(ServingKernels.settle()).isIn("plain", "vector");
        for (int seed = 0; seed < before.length; seed++) {
            assertThat(new Probe(seed).run(kernels)).as("seed %s", seed).isEqualTo(before[seed]);
        }
    }
}
