package dev.lockstep.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Words that a command does not know, values out of range, paths that lead nowhere. */
class BadCommandLineTest {
    @TempDir Path folder;

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '^',
            value = {
                "dve | `lockstep` has no command dve (did you mean dev?) | its commands are dev, demo, init, run, network, blocks, model, bench, evm",
                "blocks exprot | `lockstep blocks` has no command exprot (did you mean export?) | export, import, verify",
                "frobnicate | has no command frobnicate; its commands are dev | --help` tells more",
                "dev --blok-time 2 | `lockstep dev` has no option --blok-time (did you mean --block-time?) | --help` tells more",
                "dev --frobnicate | has no option --frobnicate; `lockstep dev --help` | tells more",
                "demo twice | `lockstep demo` has no use for the argument twice | tells more",
                "run | Missing required option: '--data-path | `lockstep run --help`",
                "dev --block-time -1 | --block-time is -1 | 0 to 3600 seconds",
                "dev --block-time soon | --block-time is soon | a whole number",
                "dev --model DIR/none.lkm | --model is DIR/none.lkm | there is no such file",
                "dev --model DIR | --model is DIR, a folder | a file is needed",
                "dev --rpc-http-port 70000 | --rpc-http-port is 70000 | 0 to 65535",
                "dev --rpc-gas-cap 20000 | --rpc-gas-cap is 20000 | 21000 to 1000000000000",
                "dev --evm-engine fast | --evm-engine is fast | loop, decoded, adaptive",
                "init DIR/c --chain-id abc | --chain-id is abc | a whole number",
                "init DIR/c --chain-id 0 | --chain-id is 0 | 1 or more",
                "init DIR/c --chain-id 99999999999999999999 | --chain-id is 99999999999999999999 | not too large",
                "init DIR/c --block-period 0 | --block-period is 0 | 1 to 3600 seconds",
                "init DIR/c --fund 0x12 | --fund is 0x12 | 0x and 40 hex digits",
                "init DIR/c --fund f39Fd6e51aad88F6F4ce6aB8827279cffFb9226g | --fund is f39Fd6e51aad88F6F4ce6aB8827279cffFb9226g | 40 hex digits",
                "init DIR/c --genesis-file DIR/none.json | --genesis-file is DIR/none.json | there is no such file",
                "run --data-path DIR/none | DIR/none has no genesis.json | lockstep init DIR/none",
                "blocks export --data-path DIR/none --to DIR/x | DIR/none has no genesis.json | lockstep init",
                "blocks export --data-path DIR --to DIR/no/x | --to is DIR/no/x | there is no folder DIR/no",
                "blocks import --data-path DIR DIR/none | FILE is DIR/none | there is no such file",
                "blocks verify --genesis-file DIR/none DIR/none | --genesis-file is DIR/none | there is no such file",
                "model inspect DIR | FILE is DIR, a folder | a file is needed",
                "model import DIR/a.onnx --calibrate DIR/b | MODEL is DIR/a.onnx | there is no such file",
                "evm frob | `lockstep evm` has no command frob | its commands are run, statetest, blocktest, transactiontest",
                "evm statetest | Missing required parameter: 'PATH' | `lockstep evm statetest --help`",
                "evm statetest DIR/none | PATH is DIR/none | there is no such file or folder",
                "evm statetest DIR | no .json file is under | DIR",
                "evm statetest DIR --threads -1 | --threads is -1 | 0 to 1024",
                "evm statetest DIR --threads many | --threads is many | a whole number",
                "evm statetest DIR --run ( | --run is ( | no regular expression",
                "network frob | `lockstep network` has no command frob | create, run",
                "network create | Missing required option: '--to= | `lockstep network create --help`",
                "network create --to DIR/n --validators 0 | --validators is 0 | 1 to 100 are allowed",
                "network create --to DIR/n --p2p-port 65533 | --p2p-port is 65533 | 1 to 65532 are allowed",
                "network run DIR/none | DIR/none | there is no such folder",
                "network run DIR | no folder in it has a config.toml | lockstep network create",
                "run --config-file DIR/none | --config-file is DIR/none | there is no such file",
                "run --data-path DIR --p2p-port -1 | --p2p-port is -1 | 0 to 65535 are allowed",
                "run --data-path DIR --bootnodes enode://12@a:1 | --bootnodes: `enode://12@a:1` is no enode | 128 hex digits",
                "run --data-path DIR --network-id -1 | --network-id is -1 | 0 to 2^256-1 are allowed",
                "run --data-path DIR --network-id x | --network-id is x | 0 to 2^256-1 are allowed",
                "evm run | Missing required option: '--code=HEX|@FILE' | `lockstep evm run --help`",
                "evm run --code 0x6 | --code has 1 hex digits | two are needed for each byte",
                "evm run --code 0xzz | --code has `z` as digit 0 | hex is needed",
                "evm run --code @DIR/none | --code is DIR/none | there is no such file",
                "evm run --code 0x00 --gas -1 | --gas is -1 | 0 to 1125899906842624 are allowed",
                "evm run --code 0x00 --value -1 | --value is -1 | 0 to 2^256-1 wei are allowed",
                "evm run --code 0x00 --to 0x12 | --to is 0x12 | 40 hex digits",
                "evm run --code 0x00 --fork Moon | Invalid value for option '--fork' | FRONTIER",
                "evm run --code 0x00 --trace --bench | --trace and --bench | don't go together",
                "evm blocktest DIR | no .json file is under | DIR",
                "evm blocktest DIR --engine warp | Invalid value for option '--engine' | LOOP, DECODED, ADAPTIVE",
                "evm transactiontest DIR/none | PATH is DIR/none | there is no such file or folder",
                "evm statetest DIR --engine warp | Invalid value for option '--engine' | LOOP, DECODED, ADAPTIVE",
                "model frob | `lockstep model` has no command frob | import, inspect, run, verify"
            })
    void theLineNamesTheWordAndWhatIsAllowed(String line, String found, String allowed)
            throws Exception {
        Cli.runLine(line, folder)
                .refused(
                        found.replace("DIR", folder.toString()),
                        allowed.replace("DIR", folder.toString()));
        try (var left = Files.list(folder)) {
            assertThat(left).as("left behind").isEmpty();
        }
    }

    @Test
    void aPortInUseIsNamed() throws Exception {
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            Cli.run("dev", "--rpc-http-port", taken.getLocalPort())
                    .refused("127.0.0.1:" + taken.getLocalPort(), "choose another port");
        }
    }

    @Test
    void nothingIsMadeInAFolderThatHasSomething() throws Exception {
        Path mine = Files.writeString(folder.resolve("notes.txt"), "mine");
        Cli.run("init", folder).refused(folder + " is not empty (it has notes.txt)");
        Cli.run("dev", "--data-path", folder).refused("is not empty (it has notes.txt)");
        Cli.run("init", mine).refused(mine + " is a file");
        assertThat(mine).hasContent("mine");
        try (var left = Files.list(folder)) {
            assertThat(left).containsExactly(mine);
        }
    }

    @Test
    void aSuggestionIsAtMostTwoLettersAway() {
        assertThat(Misuse.typos("dve", "dev")).isEqualTo(1);
        assertThat(Misuse.typos("exprot", "export")).isEqualTo(1);
        assertThat(Misuse.typos("imprt", "import")).isEqualTo(1);
        assertThat(Misuse.typos("verify", "export")).isGreaterThan(2);
        assertThat(Misuse.typos("", "abc")).isEqualTo(3);
    }

    @Test
    void everyCommandExplainsItself() {
        for (String line :
                new String[] {
                    "",
                    "dev",
                    "demo",
                    "init",
                    "run",
                    "blocks",
                    "blocks export",
                    "blocks import",
                    "blocks verify",
                    "model",
                    "model import",
                    "network",
                    "network create",
                    "network run",
                    "evm",
                    "evm run",
                    "evm statetest",
                    "evm blocktest",
                    "evm transactiontest",
                    "model inspect",
                    "model run",
                    "model verify"
                }) {
            Cli.Result help = Cli.runLine(line + " --help", folder).succeeded();
            assertThat(help.out()).as(line).contains("Usage: lockstep", "--help");
            assertThat(help.err()).isEmpty();
        }
    }
}
