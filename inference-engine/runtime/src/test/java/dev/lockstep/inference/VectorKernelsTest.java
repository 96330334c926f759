package dev.lockstep.inference;

import dev.lockstep.inference.kernels.VectorKernels;

class VectorKernelsTest extends KernelsContract {
    @Override
    Kernels kernels() {
        return new VectorKernels();
    }
}
