package dev.lockstep.inference;

import dev.lockstep.inference.kernels.PlainKernels;

class PlainKernelsTest extends KernelsContract {
    @Override
    Kernels kernels() {
        return new PlainKernels();
    }
}
