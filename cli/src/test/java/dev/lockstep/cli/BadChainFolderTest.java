package dev.lockstep.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lockstep.node.BundledModels;
import dev.lockstep.state.Column;
import dev.lockstep.state.KeyValueStore;
import dev.lockstep.state.RocksStore;
import dev.lockstep.state.WriteBatch;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.apache.tuweni.bytes.Bytes;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Chain folders with a wrong genesis file, a damaged database, missing models or a broken key. */
class BadChainFolderTest {
    @TempDir Path scratch;
    private Path chain = Path.of("");

    @BeforeEach
    void make() {
        chain = scratch.resolve("chain");
        Cli.run("init", chain).succeeded();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '^',
            value = {
                "\"chainId\" : 1337 | \"chainId\" : \"12q\" | config.chainId: found \"12q\"",
                "\"londonBlock\" : 0, | \"londonBlock\" : 5, | config: OSAKA holds from block 0 on, but LONDON only from block 5",
                "\"pragueTime\" : 0 | \"pragueTime\" : 9 | config.osakaTime: found 0; allowed is at least 9",
                "\"scalePermille\" | \"scalePermile\" | config.lockstep.gas.scalePermile: unknown; allowed here are scalePermille",
                "\"gas\" | \"price\" | config.lockstep.price: unknown; allowed here are gas, models",
                "0x3c1a56 | 0xzz1a56 | config.lockstep.models[0]: found \"0xzz1a56",
                "\"difficulty\" : \"0x1\" | \"difficulty\" : \"0xg\" | difficulty: found \"0xg\"",
                "\"extraData\" : \"0xf8 | \"extraData\" : \"0xf9 | extraData: found",
                "\"blockperiodseconds\" : 1 | \"blockperiodseconds\" : [] | config.qbft.blockperiodseconds: found []",
                "\"nonce\" : \"0x0\", | \"nonce\" : 0x0, | not JSON at line"
            })
    void aSpoiltGenesisFileIsNamedWithItsKeyAndValue(String place, String bad, String message)
            throws IOException {
        Path genesis = chain.resolve("genesis.json");
        String text = Files.readString(genesis);
        assertThat(text).contains(place);
        Path spoilt = scratch.resolve("spoilt.json");
        Files.writeString(
                spoilt,
                text.replaceFirst(
                        java.util.regex.Pattern.quote(place),
                        java.util.regex.Matcher.quoteReplacement(bad == null ? "" : bad)));
        Cli.run("init", scratch.resolve("new"), "--genesis-file", spoilt)
                .refused(spoilt.toString(), message);
        assertThat(scratch.resolve("new")).doesNotExist();
        Cli.run("blocks", "verify", "--genesis-file", spoilt, genesis)
                .refused(spoilt.toString(), message);
        Files.copy(spoilt, genesis, java.nio.file.StandardCopyOption.REPLACE_EXISTING);
        Cli.run("run", "--data-path", chain).refused(genesis.toString(), message);
        Cli.run("run", "--data-path", scratch.resolve("new"), "--genesis-file", spoilt)
                .refused(spoilt.toString(), message);
        assertThat(scratch.resolve("new")).doesNotExist();
    }

    @Test
    void anotherGenesisFileOverADatabaseIsRefused() throws IOException {
        Path genesis = chain.resolve("genesis.json");
        Files.writeString(
                genesis,
                Files.readString(genesis)
                        .replace("\"gasLimit\" : \"0x3938700\"", "\"gasLimit\" : \"0x3938701\""));
        export().refused("genesis");
    }

    @ParameterizedTest
    @CsvSource({"CURRENT", "MANIFEST"})
    void aDamagedDatabaseIsRefusedAndKept(String name) throws IOException {
        Path file = databaseFile(name);
        byte[] bytes = Files.readAllBytes(file);
        for (int i = 0; i < bytes.length; i += 3) bytes[i] ^= 0x55;
        Files.write(file, bytes);
        List<String> before = names();
        export().refused(
                        "the database " + chain.resolve("database") + " is damaged",
                        "restore a copy");
        assertThat(Files.readAllBytes(file)).isEqualTo(bytes);
        assertThat(names()).containsAll(before);
    }

    @Test
    void aMissingPartOfADatabaseIsRefused() throws IOException {
        Files.delete(databaseFile("CURRENT"));
        export().refused("is damaged (its file CURRENT is missing)");
    }

    @Test
    void aNewerDatabaseIsRefused() {
        try (KeyValueStore store = RocksStore.open(chain.resolve("database"))) {
            store.write(
                    new WriteBatch()
                            .put(
                                    Column.META,
                                    Bytes.wrap("schema".getBytes(StandardCharsets.US_ASCII)),
                                    Bytes.ofUnsignedLong(77)));
        }
        export().refused("has version 77; this build reads version", "run the build that wrote it");
    }

    @Test
    void aDatabaseInUseIsRefused() {
        try (KeyValueStore _ = RocksStore.open(chain.resolve("database"))) {
            export().refused("is in use by another process; stop that one first");
        }
        export().succeeded();
    }

    @Test
    void aMissingOrAlteredModelOfTheChainIsNamed() throws IOException {
        Path model =
                chain.resolve("models").resolve(BundledModels.DIGITS.model().id().toHex() + ".lkm");
        byte[] bytes = Files.readAllBytes(model);
        bytes[bytes.length - 100] ^= 1;
        Files.write(model, bytes);
        export().refused(model.toString());
        Files.delete(model);
        export().refused("there is no file " + model);
        Path genesis = chain.resolve("genesis.json");
        Path other = scratch.resolve("other");
        Cli.run("init", other, "--genesis-file", genesis, "--no-bundled-models")
                .refused("is missing: there is no file");
        assertThat(other).doesNotExist();
    }

    @ParameterizedTest
    @CsvSource({
        "0x12",
        "zz",
        "''",
        "0x0000000000000000000000000000000000000000000000000000000000000000"
    })
    void aBrokenKeyIsNamedByItsFileNotByItsContent(String text) throws IOException {
        Path key = chain.resolve("key");
        Files.writeString(key, text);
        Cli.run("run", "--data-path", chain, "--rpc-http-port", 0)
                .refused(key + " holds no key: 32 bytes of hex");
    }

    @Test
    void aDevChainAndANetworkAreNotMixedUp() {
        Cli.run("dev", "--data-path", chain, "--rpc-http-port", 0)
                .refused("holds a chain that is no dev chain", "lockstep run --data-path");
    }

    private Cli.Result export() {
        return Cli.run("blocks", "export", "--data-path", chain, "--to", scratch.resolve("b.rlp"));
    }

    private Path databaseFile(String prefix) throws IOException {
        try (var files = Files.list(chain.resolve("database"))) {
            return files.filter(f -> f.getFileName().toString().startsWith(prefix))
                    .findFirst()
                    .orElseThrow();
        }
    }

    private List<String> names() throws IOException {
        try (var files = Files.list(chain.resolve("database"))) {
            return files.map(f -> f.getFileName().toString())
                    .filter(name -> !name.startsWith("LOG"))
                    .toList();
        }
    }
}
