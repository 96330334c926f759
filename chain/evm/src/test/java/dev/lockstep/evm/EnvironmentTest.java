package dev.lockstep.evm;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lockstep.crypto.Keccak;
import dev.lockstep.evm.TransactionOutcome.Executed;
import dev.lockstep.types.Address;
import dev.lockstep.types.BlobTransaction;
import dev.lockstep.types.Fork;
import dev.lockstep.types.Hash;
import dev.lockstep.types.Signature;
import java.util.List;
import org.apache.tuweni.bytes.Bytes;
import org.apache.tuweni.units.bigints.UInt256;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What contracts read of their surroundings, and how memory takes it. */
final class EnvironmentTest {
    @ParameterizedTest
    @CsvSource({
        "CHAINID, 0x1",
        "NUMBER, 0x3e8",
        "TIMESTAMP, 0x6553f100",
        "GASLIMIT, 0x2255100",
        "BASEFEE, 0x7",
        "BLOBBASEFEE, 0x3",
        "GASPRICE, 0xa",
        "COINBASE, 0xc014",
        "CALLDATASIZE, 0x0",
        "CODESIZE, 0x9",
        "MSIZE, 0x0",
        "PC, 0x0",
        "PUSH0, 0x0",
        "PREVRANDAO, 0x7777777777777777777777777777777777777777777777777777777777777777"
    })
    void theBlockAndTheTransactionAreSeen(String name, String value) {
        assertThat(new Scene().top(name)).isEqualTo(UInt256.fromHexString(value));
    }

    @Test
    void difficultyIsAnsweredBeforeParis() {
        assertThat(new Scene().at(Fork.LONDON).top("PREVRANDAO"))
                .isEqualTo(UInt256.valueOf(0x20000));
    }

    @ParameterizedTest
    @CsvSource({"999, true", "744, true", "743, false", "1000, false", "1001, false"})
    void blockHashesReach256BlocksBack(long number, boolean isKnown) {
        Scene scene = new Scene();
        UInt256 expected =
                isKnown ? UInt256.fromBytes(scene.blockHashes.apply(number).bytes()) : UInt256.ZERO;
        assertThat(scene.top(number + " BLOCKHASH")).isEqualTo(expected);
    }

    @Test
    void blobHashesAreByIndex() {
        Scene scene = new Scene();
        Hash blob = Hash.of(Bytes.concatenate(Bytes.of(1), Bytes.repeat((byte) 5, 31)));
        scene.contract(Scene.CONTRACT, "0 BLOBHASH 0 MSTORE 1 BLOBHASH 32 MSTORE 64 0 RETURN");
        Executed executed =
                (Executed)
                        scene.send(
                                new BlobTransaction(
                                        UInt256.ONE,
                                        0,
                                        UInt256.ONE,
                                        scene.gasPrice,
                                        100_000,
                                        Scene.CONTRACT,
                                        UInt256.ZERO,
                                        Bytes.EMPTY,
                                        List.of(),
                                        UInt256.valueOf(100),
                                        List.of(blob),
                                        new Signature(0, UInt256.ONE, UInt256.ONE)));
        assertThat(executed.output().slice(0, 32)).isEqualTo(blob.bytes());
        assertThat(executed.output().slice(32).isZero()).isTrue();
        // A blob is burnt at the block's blob base fee, not at the most that it might cost.
        UInt256 paid =
                Scene.ETHER.subtract(
                        executed.diff().accounts().get(Scene.SENDER).after().balance());
        assertThat(paid).isEqualTo(UInt256.valueOf(8 * executed.gasUsed() + 3 * (1 << 17)));
    }

    @Test
    void accountsAreSeenByBalanceCodeAndHash() {
        Scene scene = new Scene();
        Bytes code = Bytes.fromHexString("0x010203");
        scene.account(Scene.OTHER, 1, UInt256.valueOf(44), code);
        String other = Scene.OTHER.toString();
        assertThat(scene.top(other + " BALANCE")).isEqualTo(UInt256.valueOf(44));
        assertThat(scene.top(other + " EXTCODESIZE")).isEqualTo(UInt256.valueOf(3));
        assertThat(scene.top(other + " EXTCODEHASH"))
                .isEqualTo(UInt256.fromBytes(Keccak.hash(code).bytes()));
        assertThat(scene.top(Scene.SENDER + " EXTCODEHASH"))
                .isEqualTo(UInt256.fromBytes(Hash.EMPTY.bytes()));
        assertThat(scene.top(Address.ofNumber(9999) + " EXTCODEHASH")).isEqualTo(UInt256.ZERO);
        assertThat(scene.top("3 1 0 " + other + " EXTCODECOPY 0 MLOAD").toHexString())
                .isEqualTo("0x0203" + "00".repeat(30));
        scene.account(Scene.CONTRACT, 1, UInt256.valueOf(6), Bytes.EMPTY);
        assertThat(scene.top("SELFBALANCE")).isEqualTo(UInt256.valueOf(6));
    }

    @ParameterizedTest
    @CsvSource({
        "FRONTIER, BALANCE, 20",
        "TANGERINE_WHISTLE, BALANCE, 400",
        "ISTANBUL, BALANCE, 700",
        "BERLIN, BALANCE, 2600",
        "FRONTIER, EXTCODESIZE, 20",
        "TANGERINE_WHISTLE, EXTCODESIZE, 700",
        "CONSTANTINOPLE, EXTCODEHASH, 400",
        "ISTANBUL, EXTCODEHASH, 700",
        "OSAKA, EXTCODEHASH, 2600"
    })
    void accountsCostByFork(Fork fork, String name, long gas) {
        assertThat(new Scene().at(fork).gasOf(Scene.OTHER + " " + name)).isEqualTo(3 + gas);
    }

    @Test
    void copiesFillWithZerosBehindTheirSource() {
        Scene scene = new Scene();
        scene.input = Bytes.fromHexString("0x0102030405");
        assertThat(scene.top("3 CALLDATALOAD").toHexString()).isEqualTo("0x0405" + "00".repeat(30));
        assertThat(scene.top("0x" + "ff".repeat(32) + " CALLDATALOAD")).isEqualTo(UInt256.ZERO);
        String dirty = "0x" + "ee".repeat(32) + " 0 MSTORE ";
        assertThat(scene.top(dirty + "8 2 0 CALLDATACOPY 0 MLOAD").toHexString())
                .isEqualTo("0x030405" + "00".repeat(5) + "ee".repeat(24));
        assertThat(
                        scene.top(dirty + "8 0x" + "ff".repeat(9) + " 0 CALLDATACOPY 0 MLOAD")
                                .toHexString())
                .isEqualTo("0x" + "00".repeat(8) + "ee".repeat(24));
        assertThat(scene.top(dirty + "4 0xffff 1 CODECOPY 0 MLOAD").toHexString())
                .isEqualTo("0xee" + "00".repeat(4) + "ee".repeat(27));
    }

    @Test
    void memoryCopiesMayOverlap() {
        String filled = "0x" + "0102030405060708".repeat(4) + " 0 MSTORE ";
        assertThat(new Scene().top(filled + "8 0 2 MCOPY 0 MLOAD").toHexString())
                .startsWith("0x0102" + "0102030405060708" + "0304");
        assertThat(new Scene().top(filled + "8 2 0 MCOPY 0 MLOAD").toHexString())
                .startsWith("0x0304050607080102" + "0102");
        assertThat(new Scene().gasOf("32 0 0 MCOPY")).isEqualTo(9 + 3 + 3 + 3);
        assertThat(new Scene().top("0 0xffffffffff 0xffffffffff MCOPY MSIZE"))
                .isEqualTo(UInt256.ZERO);
    }

    @ParameterizedTest
    @CsvSource({
        // words, gas of memory by its formula
        "1, 3",
        "22, 66",
        "23, 70",
        "724, 3195",
        "10000, 225312"
    })
    void memoryCostsGrowWithTheSquare(long words, long gas) {
        assertThat(new Scene().gasOf("0 " + (words * 32 - 1) + " MSTORE8")).isEqualTo(6 + 3 + gas);
    }

    @Test
    void memoryBeyondAnyGasIsOutOfGas() {
        for (String offset : List.of("0x7fffffff", "0xffffffff", "0x" + "ff".repeat(32))) {
            for (String code :
                    List.of(
                            "0 " + offset + " MSTORE",
                            offset + " MLOAD",
                            offset + " 0 KECCAK256",
                            "1 " + offset + " RETURN",
                            offset + " 0 0 CALLDATACOPY",
                            offset + " 0 LOG0",
                            offset + " 0 0 CREATE")) {
                HaltReason halt = new Scene().at(Fork.PARIS).run(code).halt();
                assertThat(halt).as(code).isEqualTo(HaltReason.OUT_OF_GAS);
            }
        }
    }

    @Test
    void jumpsGoOnlyToDestinations() {
        assertThat(new Scene().run("4 JUMP INVALID JUMPDEST").halt()).isNull();
        // A destination inside of a PUSH is data.
        assertThat(new Scene().run("4 JUMP 0x5b").halt()).isEqualTo(HaltReason.INVALID_JUMP);
        assertThat(new Scene().run("3 JUMP INVALID JUMPDEST").halt())
                .isEqualTo(HaltReason.INVALID_JUMP);
        assertThat(new Scene().run("0x" + "ff".repeat(32) + " JUMP").halt())
                .isEqualTo(HaltReason.INVALID_JUMP);
        assertThat(new Scene().run("0 0xffff JUMPI").halt()).isNull();
        assertThat(new Scene().run("1 0xffff JUMPI").halt()).isEqualTo(HaltReason.INVALID_JUMP);
    }

    @Test
    void aPushAtTheEndOfTheCodeReadsZeros() {
        Executed executed = new Scene().run("#7f11");
        assertThat(executed.succeeded()).isTrue();
        assertThat(executed.gasUsed()).isEqualTo(21_003);
    }

    @Test
    void keccakHashesMemory() {
        assertThat(new Scene().top("0 0 KECCAK256"))
                .isEqualTo(UInt256.fromBytes(Hash.EMPTY.bytes()));
        assertThat(new Scene().gasOf("33 0 KECCAK256")).isEqualTo(6 + 30 + 12 + 6);
    }

    @Test
    void logsKeepAddressTopicsAndData() {
        Executed executed = new Scene().run("0xabcd 0 MSTORE 2 1 2 30 LOG2");
        assertThat(executed.logs()).hasSize(1);
        assertThat(executed.logs().getFirst().address()).isEqualTo(Scene.CONTRACT);
        assertThat(executed.logs().getFirst().data()).isEqualTo(Bytes.fromHexString("0xabcd"));
        assertThat(executed.logs().getFirst().topics().stream().map(t -> (int) t.get(31)).toList())
                .containsExactly(1, 2);
        assertThat(new Scene().gasOf("2 1 32 0 LOG2")).isEqualTo(12 + 375 * 3 + 8 * 32 + 3);
    }
}
