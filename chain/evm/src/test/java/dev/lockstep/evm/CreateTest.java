package dev.lockstep.evm;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lockstep.crypto.Keccak;
import dev.lockstep.evm.TransactionOutcome.Executed;
import dev.lockstep.types.Address;
import dev.lockstep.types.Fork;
import org.apache.tuweni.bytes.Bytes;
import org.apache.tuweni.bytes.Bytes32;
import org.apache.tuweni.units.bigints.UInt256;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** How contracts come, by transaction and by instruction, and how they go. */
final class CreateTest {
    private static final Bytes DEPLOYED = Bytes.fromHexString("0x6001600055");

    @Test
    void aTransactionDeploysWhatItsInitCodeReturns() {
        Executed executed = new Scene().create(Scene.returning(DEPLOYED));
        Address created = Address.created(Scene.SENDER, 0);
        assertThat(executed.created()).isEqualTo(created);
        assertThat(executed.output()).isEqualTo(DEPLOYED);
        var after = executed.diff().accounts().get(created).after();
        assertThat(after.nonce()).isEqualTo(1);
        assertThat(executed.diff().codes()).containsEntry(Keccak.hash(DEPLOYED), DEPLOYED);
    }

    @Test
    void contractsBeginWithNonceZeroBeforeSpuriousDragon() {
        Executed executed = new Scene().at(Fork.HOMESTEAD).create(Scene.returning(DEPLOYED));
        assertThat(executed.diff().accounts().get(executed.created()).after().nonce()).isZero();
    }

    @Test
    void aTakenAddressCollides() {
        Address created = Address.created(Scene.SENDER, 0);
        Scene byNonce = new Scene().account(created, 1, UInt256.ZERO, Bytes.EMPTY);
        Scene byCode = new Scene().account(created, 0, UInt256.ZERO, DEPLOYED);
        Scene byStorage = new Scene().slot(created, 1, 1);
        for (Scene scene : new Scene[] {byNonce, byCode, byStorage}) {
            Executed executed = scene.create(Scene.returning(DEPLOYED));
            assertThat(executed.halt()).isEqualTo(HaltReason.ADDRESS_COLLISION);
            assertThat(executed.gasUsed()).isEqualTo(scene.gas);
            assertThat(executed.created()).isNull();
        }
        Scene withMoney = new Scene().account(created, 0, UInt256.ONE, Bytes.EMPTY);
        assertThat(withMoney.create(Scene.returning(DEPLOYED)).succeeded()).isTrue();
    }

    @Test
    void codeOfTheNewFormatIsRefusedFromLondonOn() {
        Bytes code = Bytes.fromHexString("0xef00");
        assertThat(new Scene().create(Scene.returning(code)).halt())
                .isEqualTo(HaltReason.CODE_FORMAT);
        assertThat(new Scene().at(Fork.BERLIN).create(Scene.returning(code)).succeeded()).isTrue();
    }

    @ParameterizedTest
    @CsvSource({"24576,", "24577, CODE_TOO_LARGE"})
    void codeHasALimit(int size, HaltReason halt) {
        Scene scene = new Scene();
        scene.gas = 16_000_000;
        assertThat(scene.create(size + " 0 RETURN").halt()).isEqualTo(halt);
    }

    /** Besu's {@code contractSizeLimit} holds in every fork and leaves init code as it is. */
    @ParameterizedTest
    @CsvSource({
        "OSAKA, 30000,",
        "OSAKA, 30001, CODE_TOO_LARGE",
        "HOMESTEAD, 30001, CODE_TOO_LARGE"
    })
    void aChainMayHaveItsOwnLimitForCode(Fork fork, int size, HaltReason halt) {
        Scene scene = new Scene().at(fork);
        scene.gas = 16_000_000;
        scene.codeBytesMax = 30_000;
        assertThat(scene.create(size + " 0 RETURN").halt()).isEqualTo(halt);
        HaltReason initCode = fork == Fork.OSAKA ? HaltReason.INIT_CODE_TOO_LARGE : null;
        assertThat(scene.run("49153 0 0 CREATE").halt()).isEqualTo(initCode);
    }

    @Test
    void initCodeHasALimit() {
        Scene scene = new Scene();
        scene.gas = 16_000_000;
        assertThat(scene.run("49152 0 0 CREATE").halt()).isNull();
        assertThat(scene.run("49153 0 0 CREATE").halt()).isEqualTo(HaltReason.INIT_CODE_TOO_LARGE);
        assertThat(scene.run("0 49153 0 0 CREATE2").halt())
                .isEqualTo(HaltReason.INIT_CODE_TOO_LARGE);
        assertThat(scene.at(Fork.PARIS).run("49153 0 0 CREATE").halt()).isNull();
    }

    @Test
    void unpaidCodeIsLeftAwayInFrontierAndHaltsLater() {
        long intrinsic = 21_000 + 68 * 3 + 4 * 2;
        for (Fork fork : new Fork[] {Fork.FRONTIER, Fork.HOMESTEAD}) {
            Scene scene = new Scene().at(fork);
            boolean isFrontier = fork == Fork.FRONTIER;
            scene.gas = intrinsic + (isFrontier ? 0 : 32_000) + 5000;
            Executed executed = scene.create("100 0 RETURN");
            assertThat(executed.halt()).isEqualTo(isFrontier ? null : HaltReason.OUT_OF_GAS);
            assertThat(executed.succeeded()).isEqualTo(isFrontier);
            if (isFrontier) assertThat(executed.gasUsed()).isLessThan(scene.gas);
        }
    }

    @Test
    void instructionsCreateAtTheirAddresses() {
        Bytes init = Scene.assemble(Scene.returning(DEPLOYED));
        String store = init.size() + " ";
        String code = "0x" + pad(init).toUnprefixedHexString();
        assertThat(init.size()).isLessThanOrEqualTo(64);
        String put =
                "0x" + code.substring(2, 66) + " 0 MSTORE 0x" + code.substring(66) + " 32 MSTORE ";
        UInt256 created = new Scene().top(put + store + "0 0 CREATE");
        assertThat(Address.ofWord(Bytes32.wrap(created.toBytes())))
                .isEqualTo(Address.created(Scene.CONTRACT, 1));
        UInt256 salted = new Scene().top(put + "5 " + store + "0 0 CREATE2");
        assertThat(Address.ofWord(Bytes32.wrap(salted.toBytes())))
                .isEqualTo(
                        Address.created2(
                                Scene.CONTRACT, Bytes32.leftPad(Bytes.of(5)), Keccak.hash(init)));
    }

    private static Bytes pad(Bytes init) {
        return Bytes.concatenate(init, Bytes.wrap(new byte[64 - init.size()]));
    }

    @ParameterizedTest
    @CsvSource({
        // fork, gas of an empty CREATE over its three pushes, of 64 bytes of init code more
        "FRONTIER, 32000, 6",
        "PARIS, 32000, 6",
        "SHANGHAI, 32000, 10"
    })
    void creationCostsByInitCode(Fork fork, long empty, long more) {
        assertThat(new Scene().at(fork).gasOf("0 0 0 CREATE")).isEqualTo(9 + empty);
        assertThat(new Scene().at(fork).gasOf("64 0 0 CREATE")).isEqualTo(9 + empty + more);
    }

    @Test
    void create2PaysForHashingItsInitCode() {
        assertThat(new Scene().gasOf("0 64 0 0 CREATE2")).isEqualTo(12 + 32_000 + 6 + 2 * (2 + 6));
    }

    @Test
    void aFailedCreationKeepsTheNonceAndTheWarmAddress() {
        Executed executed = new Scene().run("0xfe 0 MSTORE 1 31 0 CREATE 0 MSTORE 32 0 RETURN");
        assertThat(UInt256.fromBytes(executed.output())).isEqualTo(UInt256.ZERO);
        assertThat(executed.diff().accounts().get(Scene.CONTRACT).after().nonce()).isEqualTo(2);
        Address created = Address.created(Scene.CONTRACT, 1);
        String fail = "0x60006000fd 0 MSTORE 5 27 0 CREATE ";
        Scene scene = new Scene();
        long warm = scene.run(fail + created + " BALANCE").gasUsed();
        long cold = scene.run(fail + Scene.OTHER + " BALANCE").gasUsed();
        assertThat(cold - warm).isEqualTo(2500);
    }

    @Test
    void noCreationInAStaticCall() {
        Scene scene = new Scene();
        scene.contract(Scene.OTHER, "0 0 0 CREATE");
        assertThat(scene.top("0 0 0 0 " + Scene.OTHER + " 100000 STATICCALL"))
                .isEqualTo(UInt256.ZERO);
    }

    @ParameterizedTest
    @EnumSource(
            value = Fork.class,
            names = {"FRONTIER", "SPURIOUS_DRAGON", "LONDON", "SHANGHAI"})
    void selfDestructDeletesBeforeCancun(Fork fork) {
        Scene scene = new Scene().at(fork);
        scene.account(Scene.CONTRACT, 1, UInt256.valueOf(5), Bytes.EMPTY);
        Executed executed = scene.run(Scene.OTHER + " SELFDESTRUCT");
        assertThat(executed.diff().accounts().get(Scene.CONTRACT).after()).isNull();
        assertThat(executed.diff().accounts().get(Scene.OTHER).after().balance())
                .isEqualTo(UInt256.valueOf(5));
    }

    @Test
    void selfDestructOnlyMovesMoneyFromCancunOn() {
        Scene scene = new Scene().at(Fork.CANCUN);
        scene.account(Scene.CONTRACT, 1, UInt256.valueOf(5), Bytes.EMPTY);
        Executed executed = scene.run(Scene.OTHER + " SELFDESTRUCT");
        assertThat(executed.diff().accounts().get(Scene.CONTRACT).after().balance())
                .isEqualTo(UInt256.ZERO);
        scene.account(Scene.CONTRACT, 1, UInt256.valueOf(5), Bytes.EMPTY);
        Executed toItself = scene.run("ADDRESS SELFDESTRUCT");
        assertThat(toItself.diff().accounts()).doesNotContainKey(Scene.CONTRACT);
    }

    @Test
    void selfDestructInTheCreatingTransactionDeletesStill() {
        Scene scene = new Scene().at(Fork.CANCUN);
        scene.value = UInt256.valueOf(9);
        Executed executed = scene.create("ADDRESS SELFDESTRUCT");
        assertThat(executed.succeeded()).isTrue();
        // It came and went: nothing of it is left, and its money is burnt.
        assertThat(executed.diff().accounts()).doesNotContainKey(executed.created());
    }

    @ParameterizedTest
    @CsvSource({
        "FRONTIER, 0, 0",
        "TANGERINE_WHISTLE, 0, 30000",
        "SPURIOUS_DRAGON, 0, 5000",
        "SPURIOUS_DRAGON, 1, 30000",
        "BERLIN, 1, 32600",
        "OSAKA, 0, 7600"
    })
    void selfDestructCostsByItsBeneficiary(Fork fork, long balance, long gas) {
        Scene scene = new Scene().at(fork);
        scene.account(Scene.CONTRACT, 1, UInt256.valueOf(balance), Bytes.EMPTY);
        long used = 21_000 + 3 + gas;
        long refund = fork.isAtLeast(Fork.LONDON) ? 0 : Math.min(24_000, used / 2);
        assertThat(scene.run(Scene.OTHER + " SELFDESTRUCT").gasUsed()).isEqualTo(used - refund);
    }
}
