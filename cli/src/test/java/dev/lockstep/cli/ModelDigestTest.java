package dev.lockstep.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** One hash over what the engine computes. */
class ModelDigestTest {
    private static final Path ENGINE = Path.of("../inference-engine");
    private static final Path VECTORS = ENGINE.resolve("lka-1/vectors");
    private static final Path DIGITS = ENGINE.resolve("models/digits/digits.lkm");

    @TempDir Path folder;

    @Test
    void theHashIsTheSameInAnyNumberOfThreads() {
        String one = digest("--threads", 1, "--vectors", VECTORS, DIGITS);
        String three = digest("--threads", 3, "--vectors", VECTORS, DIGITS);
        assertThat(three).isEqualTo(one);
        assertThat(one.lines().map(line -> line.split(" +")[0]))
                .containsExactly("kernels", "operations", "vectors", "model", "digest");
    }

    @Test
    void anotherModelHasAnotherHash() {
        Path volatility = ENGINE.resolve("models/volatility/volatility.lkm");
        assertThat(last(digest("--threads", 1, "--vectors", VECTORS, volatility)))
                .isNotEqualTo(last(digest("--threads", 1, "--vectors", VECTORS, DIGITS)));
    }

    private static String digest(Object... options) {
        Object[] line = new Object[options.length + 2];
        line[0] = "model";
        line[1] = "digest";
        System.arraycopy(options, 0, line, 2, options.length);
        return Cli.run(line).succeeded().out();
    }

    private static String last(String out) {
        return out.substring(out.lastIndexOf("digest "));
    }

    @Test
    void aVectorThatTheEngineDoesNotYieldIsNamed() throws IOException {
        String file = Files.readString(VECTORS.resolve("clip.json"));
        int at = file.indexOf("\"output\"");
        at = file.indexOf("[", file.indexOf("\"values\"", at)) + 1;
        int end = Math.min(file.indexOf(",", at), file.indexOf("]", at));
        int value = Integer.parseInt(file.substring(at, end));
        Files.writeString(
                folder.resolve("clip.json"),
                file.substring(0, at) + (value == 0 ? 1 : 0) + file.substring(end));
        Cli.run("model", "digest", "--vectors", folder)
                .refused("clip.json, run 0 yields another result than is published");
    }

    @Test
    void whatCannotBeReadIsRefused() throws IOException {
        Cli.run("model", "digest", "--threads", 0).refused("--threads is 0; 1 to 64 are allowed");
        Cli.run("model", "digest", "--threads", 65).refused("--threads is 65; 1 to 64 are allowed");
        Cli.run("model", "digest", folder.resolve("none.lkm")).refused("there is no such file");
        Path none = folder.resolve("none");
        Cli.run("model", "digest", "--vectors", none)
                .refused("--vectors is " + none + "; there is no such folder");
        Cli.run("model", "digest", "--vectors", folder)
                .refused("there are no golden vectors in it");
        Files.writeString(folder.resolve("a.json"), "{\"runs\":[{}],\"number\":1}");
        Cli.run("model", "digest", "--vectors", folder).refused("a.json has no golden vectors: ");
        Files.writeString(folder.resolve("a.json"), "{");
        Cli.run("model", "digest", "--vectors", folder).refused("a.json has no golden vectors: ");
    }
}
