package dev.lockstep.node;

import dev.lockstep.crypto.KeyPair;
import dev.lockstep.genesis.GenesisException;
import dev.lockstep.genesis.GenesisFile;
import dev.lockstep.state.KeyValueStore;
import dev.lockstep.state.RocksStore;
import dev.lockstep.types.LocalFault;
import java.io.IOException;
import java.nio.charset.MalformedInputException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import org.apache.tuweni.bytes.Bytes;
import org.apache.tuweni.bytes.Bytes32;

/**
 * A chain's folder: {@code genesis.json}, the node's {@code key}, {@code models/} and {@code
 * database/}.
 */
public record DataFolder(Path path, GenesisFile genesis) {
    private static final String GENESIS = "genesis.json";
    private static final String KEY = "key";

    /**
     * @fails LocalFault where it is no chain's folder; GenesisException where its genesis file is
     *     wrong
     */
    public static DataFolder open(Path path) throws IOException {
        if (!exists(path)) {
            throw new LocalFault(
                    path
                            + " has no genesis.json; `lockstep init "
                            + path
                            + "` makes a chain there");
        }
        return new DataFolder(path, readGenesis(path.resolve(GENESIS)));
    }

    /**
     * @fails GenesisException that names the file too
     */
    public static GenesisFile readGenesis(Path file) {
        try {
            return GenesisFile.read(file);
        } catch (GenesisException refused) {
            String message = String.valueOf(refused.getMessage());
            throw message.startsWith(file.toString())
                    ? refused
                    : new GenesisException(file + ": " + message);
        }
    }

    public static boolean exists(Path path) {
        return Files.exists(path.resolve(GENESIS));
    }

    /**
     * Makes one in a folder that is new or empty.
     *
     * @fails LocalFault where something is there already; nothing is written then
     */
    public static DataFolder create(Path path, GenesisFile genesis, KeyPair key)
            throws IOException {
        refuseUnlessEmpty(path);
        return fill(path, genesis, key);
    }

    /**
     * Makes what a folder lacks to be the chain's: itself, the genesis file, a key. What is there
     * stays as it is.
     *
     * @fails LocalFault where the folder is another chain's
     */
    public static DataFolder join(Path path, GenesisFile genesis) throws IOException {
        if (exists(path)) {
            DataFolder folder = open(path);
            if (folder.genesis.isSameChain(genesis)) return folder;
            throw new LocalFault(
                    path + " is the folder of another chain: its genesis.json says otherwise");
        }
        Files.createDirectories(path.resolve("models"));
        if (!Files.exists(path.resolve(KEY))) writeSecret(path.resolve(KEY), newKey());
        Files.writeString(path.resolve(GENESIS), genesis.toJson(), StandardOpenOption.CREATE_NEW);
        return new DataFolder(path, genesis);
    }

    /** Writes the genesis file and the key into a folder that the caller has just made. */
    static DataFolder fill(Path path, GenesisFile genesis, KeyPair key) throws IOException {
        Files.createDirectories(path.resolve("models"));
        writeSecret(path.resolve(KEY), key);
        Files.writeString(path.resolve(GENESIS), genesis.toJson(), StandardOpenOption.CREATE_NEW);
        return new DataFolder(path, genesis);
    }

    public static void refuseUnlessEmpty(Path path) throws IOException {
        if (!Files.exists(path)) return;
        if (!Files.isDirectory(path))
            throw new LocalFault(path + " is a file; a new or empty folder is needed");
        try (var entries = Files.list(path)) {
            var first = entries.findFirst();
            if (first.isPresent()) {
                throw new LocalFault(
                        path
                                + " is not empty (it has "
                                + first.get().getFileName()
                                + "); a new or empty folder is needed");
            }
        }
    }

    private static void writeSecret(Path file, KeyPair key) throws IOException {
        if (file.getFileSystem().supportedFileAttributeViews().contains("posix")) {
            Files.createFile(
                    file,
                    PosixFilePermissions.asFileAttribute(
                            PosixFilePermissions.fromString("rw-------")));
        } else {
            Files.createFile(file);
        }
        Files.writeString(file, key.secret().toHexString() + "\n");
    }

    /** A new key from the system's entropy. */
    public static KeyPair newKey() {
        byte[] secret = new byte[32];
        new SecureRandom().nextBytes(secret);
        return KeyPair.of(Bytes32.wrap(secret));
    }

    /**
     * @fails LocalFault where the key file is missing or holds no key
     */
    public KeyPair key() throws IOException {
        return readKey(path.resolve(KEY));
    }

    public static KeyPair readKey(Path file) throws IOException {
        try {
            Bytes secret = Bytes.fromHexString(Files.readString(file).strip());
            return KeyPair.of(Bytes32.wrap(secret));
        } catch (NoSuchFileException missing) {
            throw new LocalFault("there is no key file " + file);
        } catch (IllegalArgumentException | MalformedInputException notAKey) {
            throw new LocalFault(file + " holds no key: 32 bytes of hex in one line are needed");
        }
    }

    /** Takes back what was made of {@code path}, which was empty or not there. */
    public static void undo(Path path, boolean wasMissing) throws IOException {
        if (wasMissing) {
            delete(path);
            return;
        }
        List<Path> entries;
        try (Stream<Path> files = Files.list(path)) {
            entries = files.toList();
        }
        for (Path entry : entries) delete(entry);
    }

    /** Removes a folder with all that is in it, where it is there. */
    public static void delete(Path path) throws IOException {
        if (!Files.exists(path)) return;
        try (Stream<Path> files = Files.walk(path)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) Files.delete(file);
        }
    }

    public Path models() {
        return path.resolve("models");
    }

    public Path database() {
        return path.resolve("database");
    }

    public KeyValueStore openStore() {
        return RocksStore.open(database());
    }
}
