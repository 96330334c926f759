package dev.lockstep.precompiles.standard.bls12381;

import dev.lockstep.types.LocalFault;
import supranational.blst.P1;

/** The native library: present, or this machine cannot know what a call answers. */
final class Blst {
    private Blst() {}

    /** Loads the library where that has not happened yet. */
    static void require() {
        try {
            Loaded.require();
        } catch (LinkageError e) {
            throw new LocalFault("the native library for BLS12-381 does not load: " + e, e);
        }
    }

    /** Whatever goes wrong in here is a LinkageError to those who ask. */
    private static final class Loaded {
        static {
            P1.generator();
        }

        static void require() {}
    }
}
