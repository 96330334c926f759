package dev.lockstep.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the commands of the EVM print and exit with; the official tests hold what they compute. */
class EvmCommandTest {
    private static final String NO_LOGS =
            "0x1dcc4de8dec75d7aab85b567b6ccd41ad312451b948a7413f0a142fd40d49347";

    /** An account that stores 1 + 1 in slot 0, called by the key 0x45a915…. */
    private static final String STATE_TEST =
            """
            "add": {
              "env": {"currentCoinbase": "0x2adc25665018aa1fe0e6bc666dac8fc2697ff9ba",
                "currentDifficulty": "0x020000", "currentRandom": "0x020000",
                "currentGasLimit": "0x05f5e100", "currentNumber": "0x01", "currentTimestamp": "0x03e8",
                "currentBaseFee": "0x0a"},
              "pre": {
                "0xa94f5374fce5edbc8e2a8697c15331677e6ebf0b":
                  {"balance": "0x0de0b6b3a7640000", "nonce": "0x00", "code": "0x", "storage": {}},
                "0x0000000000000000000000000000000000001000":
                  {"balance": "0x00", "nonce": "0x00", "code": "0x60016001015f5500", "storage": {}}},
              "transaction": {"data": ["0x"], "gasLimit": ["0x061a80"], "gasPrice": "0x0a",
                "nonce": "0x00", "to": "0x0000000000000000000000000000000000001000", "value": ["0x00"],
                "secretKey": "0x45a915e4d060149eb4365960e6a7a45f334393093061116b197e3240065ff2d8"},
              "post": {"Shanghai": [
                {"hash": "ROOT", "logs": "%s", "indexes": {"data": 0, "gas": 0, "value": 0}}]}}
            """
                    .formatted(NO_LOGS);

    @TempDir Path folder;

    private Path stateTest(String root, String more) throws IOException {
        Path file = folder.resolve("add.json");
        return Files.writeString(file, "{" + STATE_TEST.replace("ROOT", root) + more + "}");
    }

    private String rightRoot() throws IOException {
        String wrong = "0x" + "00".repeat(32);
        Cli.Result failed = Cli.run("evm", "statetest", stateTest(wrong, ""));
        assertThat(failed.exitCode()).isEqualTo(1);
        Matcher difference =
                Pattern.compile("FAILED .*add\\.json add Shanghai #0\n +state root is (0x\\w{64})")
                        .matcher(failed.out());
        assertThat(difference.find()).as(failed.out()).isTrue();
        assertThat(failed.out()).contains("should be " + wrong).contains("0/1 passed, 1 failed");
        return difference.group(1);
    }

    @Test
    void aStateTestFailsByNameAndPassesWithTheRightRoot() throws IOException {
        Path file = stateTest(rightRoot(), "");
        for (String engine : new String[] {"loop", "decoded", "adaptive"}) {
            assertThat(Cli.run("evm", "statetest", file, "--engine", engine).succeeded().out())
                    .containsPattern("Shanghai +1/1 passed");
        }
        assertThat(Cli.run("evm", "statetest", file, "--json").succeeded().out())
                .contains("\"name\":\"add\",\"pass\":true,\"fork\":\"Shanghai\",\"index\":0");
    }

    @Test
    void aTestThatCannotBeReadIsNamedAndTheOthersRun() throws IOException {
        Path file = stateTest(rightRoot(), ", \"odd\": {\"post\": {\"Shanghai\": [{}]}}");
        Files.writeString(folder.resolve("broken.json"), "{\"cut\": {\"post\": ");
        Cli.Result result = Cli.run("evm", "statetest", folder);
        assertThat(result.exitCode()).isEqualTo(1);
        assertThat(result.out())
                .contains("add.json odd Shanghai #0\n    could not be read: ")
                .contains("broken.json cut\n    could not be read: ")
                .containsPattern("Shanghai +1/2 passed, 1 failed")
                .containsPattern("all +1/3 passed, 2 failed");
        assertThat(Cli.run("evm", "statetest", file, "--run", "^add$").exitCode()).isZero();
    }

    @Test
    void aForkThatNoCaseHasIsRefusedWithThoseThatThereAre() throws IOException {
        Cli.run("evm", "statetest", stateTest(NO_LOGS, ""), "--fork", "Osaka")
                .refused("no case has --fork Osaka; there are Shanghai");
    }

    @Test
    void aTraceHasALineForEachInstructionAndOneAtTheEnd() throws IOException {
        String root = rightRoot();
        Cli.Result result = Cli.run("evm", "statetest", stateTest(root, ""), "--trace").succeeded();
        assertThat(result.err().lines().filter(line -> line.startsWith("{")))
                .hasSize(7)
                .contains(
                        "{\"pc\":4,\"op\":1,\"gas\":\"0x5c872\",\"gasCost\":\"0x3\",\"memSize\":0,"
                                + "\"stack\":[\"0x1\",\"0x1\"],\"depth\":1,\"refund\":0,"
                                + "\"opName\":\"ADD\"}")
                .last()
                .asString()
                .startsWith("{\"stateRoot\":\"" + root + "\",\"output\":\"0x\",\"gasUsed\":")
                .endsWith("\"pass\":true}");
    }

    @Test
    void codeIsRunByItself() {
        assertThat(Cli.run("evm", "run", "--code", "0x60015f5260205ff3").succeeded().out())
                .containsPattern("result +success\n")
                .containsPattern("output +0x0{63}1\n")
                .containsPattern("gas used +16 of");
        Cli.Result loop = Cli.run("evm", "run", "--code", "0x5b5f56", "--gas", "1000", "--json");
        assertThat(loop.exitCode()).isEqualTo(1);
        assertThat(loop.out())
                .startsWith("{\"result\":\"halt: OUT_OF_GAS\",\"output\":\"0x\",\"gasUsed\":1000,");
        Cli.Result revert = Cli.run("evm", "run", "--code", "0x60ff5f5260205ffd");
        assertThat(revert.exitCode()).isEqualTo(1);
        assertThat(revert.out())
                .containsPattern("result +revert\n")
                .containsPattern("output +0x0{62}ff\n");
    }

    @Test
    void codeAndInputMayComeFromFiles() throws IOException {
        Path code = Files.writeString(folder.resolve("code.hex"), "0x365f5260205ff3\n");
        Path input = Files.writeString(folder.resolve("input.hex"), "aabbcc");
        assertThat(
                        Cli.run("evm", "run", "--code", "@" + code, "--input", "@" + input)
                                .succeeded()
                                .out())
                .containsPattern("output +0x0{63}3\n");
    }
}
