package dev.lockstep.precompiles.standard;

import dev.lockstep.types.LocalFault;
import ethereum.ckzg4844.CKZG4844JNI;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;

/**
 * The native library for KZG commitments, with the result of Ethereum's ceremony loaded: present,
 * or this machine cannot know what a call answers. The library holds one for the whole process.
 */
final class TrustedSetup {
    private static final String RESOURCE = "/kzg/trusted_setup.txt";

    private TrustedSetup() {}

    /**
     * Loads both where that has not happened yet.
     *
     * @cost the first time some hundred milliseconds
     */
    static void require() {
        try {
            Loaded.require();
        } catch (LinkageError e) {
            throw new LocalFault("the native library for KZG commitments does not load: " + e, e);
        }
    }

    /** Whatever goes wrong in here is a LinkageError to those who ask. */
    private static final class Loaded {
        static {
            CKZG4844JNI.loadNativeLibrary();
            load();
        }

        static void require() {}

        /** The library reads files, not streams. */
        private static void load() {
            try (InputStream setup = TrustedSetup.class.getResourceAsStream(RESOURCE)) {
                if (setup == null) throw new FileNotFoundException(RESOURCE);
                Path file = Files.createTempFile("trusted_setup", ".txt");
                try {
                    Files.copy(setup, file, StandardCopyOption.REPLACE_EXISTING);
                    CKZG4844JNI.loadTrustedSetup(file.toString(), 0);
                } finally {
                    Files.delete(file);
                }
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }
}
