package dev.lockstep.evm;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lockstep.crypto.Keccak;
import dev.lockstep.crypto.KeyPair;
import dev.lockstep.crypto.Secp256k1;
import dev.lockstep.evm.TransactionOutcome.Executed;
import dev.lockstep.evm.TransactionOutcome.Refused;
import dev.lockstep.types.AccessListEntry;
import dev.lockstep.types.AccessListTransaction;
import dev.lockstep.types.Address;
import dev.lockstep.types.Authorization;
import dev.lockstep.types.Fork;
import dev.lockstep.types.Hash;
import dev.lockstep.types.Rlp;
import dev.lockstep.types.Signature;
import dev.lockstep.types.Transaction;
import java.util.ArrayList;
import java.util.List;
import org.apache.tuweni.bytes.Bytes;
import org.apache.tuweni.bytes.Bytes32;
import org.apache.tuweni.units.bigints.UInt256;
import org.junit.jupiter.api.Test;

/** What a transaction as a whole takes, leaves and reports. */
final class ExecutorTest {
    private static final KeyPair AUTHORITY = KeyPair.of(Bytes32.leftPad(Bytes.of(0x42)));

    @Test
    void aTransferPaysValueTipAndBaseFee() {
        Scene scene = new Scene();
        scene.value = UInt256.valueOf(5);
        Executed executed = (Executed) scene.send(scene.transaction(Scene.OTHER));
        assertThat(executed.gasUsed()).isEqualTo(21_000);
        var accounts = executed.diff().accounts();
        // 10 a unit of gas in all, of which 7 are burnt and 3 go to the coinbase.
        assertThat(accounts.get(Scene.SENDER).after().balance())
                .isEqualTo(Scene.ETHER.subtract(210_000 + 5));
        assertThat(accounts.get(Scene.SENDER).after().nonce()).isEqualTo(1);
        assertThat(accounts.get(Scene.COINBASE).after().balance())
                .isEqualTo(UInt256.valueOf(63_000));
        assertThat(accounts.get(Scene.OTHER).after().balance()).isEqualTo(UInt256.valueOf(5));
        assertThat(accounts).hasSize(3);
    }

    @Test
    void aHaltTakesAllGasAndARevertOnlyWhatWasUsed() {
        Scene scene = new Scene();
        Executed halted = scene.run("1 1 SSTORE INVALID");
        assertThat(halted.halt()).isEqualTo(HaltReason.UNDEFINED_INSTRUCTION);
        assertThat(halted.gasUsed()).isEqualTo(Scene.GAS);
        assertThat(halted.output()).isEqualTo(Bytes.EMPTY);
        Executed reverted = scene.run("1 1 SSTORE 0xab 0 MSTORE 1 31 REVERT");
        assertThat(reverted.halt()).isNull();
        assertThat(reverted.succeeded()).isFalse();
        assertThat(reverted.output()).isEqualTo(Bytes.of(0xab));
        assertThat(reverted.gasUsed()).isLessThan(50_000);
        for (Executed failed : List.of(halted, reverted)) {
            assertThat(failed.diff().accounts()).doesNotContainKey(Scene.CONTRACT);
            assertThat(failed.diff().accounts().get(Scene.SENDER).after().nonce()).isEqualTo(1);
        }
    }

    @Test
    void revertedLogsAreGone() {
        Scene scene = new Scene();
        scene.contract(Scene.OTHER, "2 0 0 LOG1 0 0 REVERT");
        Executed executed =
                scene.run("1 0 0 LOG1 0 0 0 0 0 " + Scene.OTHER + " 50000 CALL 3 0 0 LOG1");
        assertThat(executed.logs()).hasSize(2);
        assertThat(executed.logs().get(1).topics()).containsExactly(Bytes32.leftPad(Bytes.of(3)));
    }

    @Test
    void callDataHasAFloorPrice() {
        Scene scene = new Scene();
        scene.input = Bytes.repeat((byte) 1, 1000);
        assertThat(scene.run("STOP").gasUsed()).isEqualTo(21_000 + 40_000);
        assertThat(scene.at(Fork.CANCUN).run("STOP").gasUsed()).isEqualTo(21_000 + 16_000);
    }

    @Test
    void accessListsWarmWhatTheyName() {
        Scene scene = new Scene();
        scene.contract(Scene.CONTRACT, "7 SLOAD " + Scene.OTHER + " BALANCE");
        List<AccessListEntry> entries =
                List.of(
                        new AccessListEntry(Scene.CONTRACT, List.of(Bytes32.leftPad(Bytes.of(7)))),
                        new AccessListEntry(Scene.OTHER, List.of()));
        Transaction tx =
                new AccessListTransaction(
                        UInt256.ONE,
                        0,
                        scene.gasPrice,
                        Scene.GAS,
                        Scene.CONTRACT,
                        UInt256.ZERO,
                        Bytes.EMPTY,
                        entries,
                        new Signature(0, UInt256.ONE, UInt256.ONE));
        long named = ((Executed) scene.send(tx)).gasUsed();
        assertThat(named).isEqualTo(21_000 + 2 * 2400 + 1900 + 3 + 100 + 3 + 100);
        assertThat(scene.send().gasUsed()).isEqualTo(21_000 + 3 + 2100 + 3 + 2600);
    }

    @Test
    void theCoinbaseIsWarmFromShanghaiOn() {
        assertThat(new Scene().gasOf("COINBASE BALANCE")).isEqualTo(2 + 100);
        assertThat(new Scene().at(Fork.PARIS).gasOf("COINBASE BALANCE")).isEqualTo(2 + 2600);
    }

    @Test
    void emptyTouchedAccountsAreDeletedFromSpuriousDragonOn() {
        Scene scene = new Scene();
        scene.account(Scene.OTHER, 0, UInt256.ZERO, Bytes.EMPTY);
        String call = "0 0 0 0 0 " + Scene.OTHER + " 0 CALL";
        var after = scene.run(call).diff().accounts();
        assertThat(after.get(Scene.OTHER).after()).isNull();
        Scene before = new Scene().at(Fork.TANGERINE_WHISTLE);
        assertThat(before.run(call).diff().accounts().get(Scene.OTHER).after()).isNotNull();
    }

    @Test
    void anAuthorizationSetsCodeThatCallsThenRun() {
        Scene scene = new Scene();
        Address authority = AUTHORITY.address();
        scene.contract(Scene.OTHER, "ADDRESS 0 MSTORE 32 0 RETURN");
        scene.contract(Scene.CONTRACT, "32 0 0 0 0 " + authority + " 50000 CALL POP 32 0 RETURN");
        Executed executed = scene.authorize(authorization(1, Scene.OTHER, 0));
        assertThat(Address.of(executed.output().slice(12))).isEqualTo(authority);
        var after = executed.diff().accounts().get(authority).after();
        assertThat(after.nonce()).isEqualTo(1);
        assertThat(after.codeHash()).isEqualTo(Keccak.hash(World.delegationTo(Scene.OTHER)));
        assertThat(executed.diff().codes()).containsKey(after.codeHash());
    }

    @Test
    void anAuthorizationOutlivesARevert() {
        Scene scene = new Scene();
        scene.contract(Scene.CONTRACT, "0 0 REVERT");
        Executed executed = scene.authorize(authorization(0, Scene.OTHER, 0));
        assertThat(executed.succeeded()).isFalse();
        assertThat(executed.diff().accounts()).containsKey(AUTHORITY.address());
    }

    @Test
    void authorizationsThatDoNotHoldArePassedOver() {
        Scene scene = new Scene();
        scene.contract(Scene.CONTRACT, "STOP");
        Authorization good = authorization(1, Scene.OTHER, 0);
        List<Authorization> bad =
                List.of(
                        authorization(2, Scene.OTHER, 0),
                        authorization(1, Scene.OTHER, 1),
                        authorization(1, Scene.OTHER, -1),
                        new Authorization(good.chainId(), good.address(), 0, 2, good.r(), good.s()),
                        new Authorization(
                                good.chainId(),
                                good.address(),
                                0,
                                good.yParity(),
                                good.r(),
                                Secp256k1.ORDER.subtract(good.s())));
        for (Authorization authorization : bad) {
            Executed executed = scene.authorize(authorization);
            assertThat(executed.diff().accounts()).doesNotContainKey(AUTHORITY.address());
            assertThat(executed.gasUsed()).isEqualTo(21_000 + 25_000);
        }
        // An account that was there gives half of the price back, within the bound of a fifth.
        scene.account(AUTHORITY.address(), 0, UInt256.ONE, Bytes.EMPTY);
        assertThat(scene.authorize(good).gasUsed()).isEqualTo(46_000 - 46_000 / 5);
        scene.account(AUTHORITY.address(), 0, UInt256.ONE, Bytes.of(0));
        assertThat(scene.authorize(good).diff().accounts()).doesNotContainKey(AUTHORITY.address());
    }

    @Test
    void anAuthorizationToNobodyClearsTheCode() {
        Scene scene = new Scene();
        scene.contract(Scene.CONTRACT, "STOP");
        scene.account(AUTHORITY.address(), 4, UInt256.ZERO, World.delegationTo(Scene.OTHER));
        Executed executed = scene.authorize(authorization(1, Address.ZERO, 4));
        var after = executed.diff().accounts().get(AUTHORITY.address()).after();
        assertThat(after.codeHash()).isEqualTo(Hash.EMPTY);
        assertThat(after.nonce()).isEqualTo(5);
        assertThat(executed.diff().codes()).isEmpty();
    }

    @Test
    void delegatedCodeIsReadAsTheDelegationItself() {
        Scene scene = new Scene();
        scene.account(Scene.OTHER, 1, UInt256.ZERO, World.delegationTo(Scene.CONTRACT));
        assertThat(scene.top(Scene.OTHER + " EXTCODESIZE")).isEqualTo(UInt256.valueOf(23));
    }

    private static Authorization authorization(long chainId, Address address, long nonce) {
        UInt256 chain = UInt256.valueOf(chainId);
        Bytes payload = Rlp.list(list -> list.number(chain).address(address).number(nonce));
        Signature signature =
                Secp256k1.sign(Keccak.hash(Bytes.concatenate(Bytes.of(5), payload)), AUTHORITY);
        return new Authorization(
                chain, address, nonce, signature.yParity(), signature.r(), signature.s());
    }

    @Test
    void callsNeedNeitherNonceNorGasMoney() {
        Scene scene = new Scene();
        scene.account(Scene.OTHER, 7, UInt256.valueOf(3), Bytes.of(0));
        scene.contract(
                Scene.CONTRACT,
                "ORIGIN 0 MSTORE GASPRICE 32 MSTORE CALLVALUE 64 MSTORE 9 0 0 LOG1 96 0 RETURN");
        CallOutcome.Succeeded succeeded = (CallOutcome.Succeeded) call(scene, 3);
        assertThat(Address.of(succeeded.output().slice(12, 20))).isEqualTo(Scene.OTHER);
        assertThat(succeeded.output().get(63)).isEqualTo((byte) 99);
        assertThat(succeeded.output().get(95)).isEqualTo((byte) 3);
        assertThat(succeeded.logs()).hasSize(1);
        assertThat(succeeded.gasUsed()).isGreaterThan(21_000);
        assertThat(((Refused) call(scene, 4)).refusal()).isEqualTo(Refusal.INSUFFICIENT_FUNDS);
        scene.contract(Scene.CONTRACT, "0xee 0 MSTORE 1 31 REVERT");
        assertThat(((CallOutcome.Reverted) call(scene, 0)).data()).isEqualTo(Bytes.of(0xee));
        scene.contract(Scene.CONTRACT, "INVALID");
        assertThat(call(scene, 0))
                .isEqualTo(new CallOutcome.Halted(HaltReason.UNDEFINED_INSTRUCTION, Scene.GAS));
        scene.gas = 20_999;
        assertThat(((Refused) call(scene, 0)).refusal()).isEqualTo(Refusal.INTRINSIC_GAS);
    }

    private static CallOutcome call(Scene scene, long value) {
        CallRequest request =
                new CallRequest(
                        Scene.OTHER,
                        Scene.CONTRACT,
                        scene.gas,
                        UInt256.valueOf(99),
                        UInt256.valueOf(value),
                        Bytes.EMPTY,
                        List.of(),
                        List.of());
        return new TransactionExecutor(Precompiles.NONE)
                .call(scene, scene.block(), request, Tracer.NONE);
    }

    @Test
    void systemCallsComeFromTheirOwnAddressAndChargeNobody() {
        Scene scene = new Scene();
        scene.contract(Scene.CONTRACT, "CALLER 0 SSTORE 0 CALLDATALOAD 0 MSTORE 32 0 RETURN");
        TransactionExecutor executor = new TransactionExecutor(Precompiles.NONE);
        Bytes input = Bytes32.repeat((byte) 9);
        SystemCallOutcome done = executor.systemCall(scene, scene.block(), Scene.CONTRACT, input);
        assertThat(done.status()).isEqualTo(SystemCallOutcome.Status.SUCCEEDED);
        assertThat(done.output()).isEqualTo(input);
        assertThat(done.diff().accounts()).containsOnlyKeys(Scene.CONTRACT);
        assertThat(done.diff().accounts().get(Scene.CONTRACT).slots().get(UInt256.ZERO))
                .isEqualTo(UInt256.fromHexString("0xfffffffffffffffffffffffffffffffffffffffe"));
        SystemCallOutcome absent = executor.systemCall(scene, scene.block(), Scene.OTHER, input);
        assertThat(absent.status()).isEqualTo(SystemCallOutcome.Status.NO_CODE);
        assertThat(absent.diff().isEmpty()).isTrue();
        scene.contract(Scene.CONTRACT, "1 1 SSTORE INVALID");
        SystemCallOutcome failed = executor.systemCall(scene, scene.block(), Scene.CONTRACT, input);
        assertThat(failed.status()).isEqualTo(SystemCallOutcome.Status.FAILED);
        assertThat(failed.diff().isEmpty()).isTrue();
    }

    @Test
    void tracersSeeFramesAndStepsInOrder() {
        List<String> seen = new ArrayList<>();
        Scene scene = new Scene();
        scene.contract(Scene.OTHER, "5 0 REVERT");
        scene.tracer =
                new Tracer() {
                    @Override
                    public void onFrameEnter(FrameEntry frame) {
                        seen.add("enter " + frame.depth() + " " + frame.kind());
                    }

                    @Override
                    public void onStep(Step step) {
                        String top = step.stackSize() == 0 ? "" : " " + step.stackWord(0).toLong();
                        seen.add(step.depth() + " " + step.pc() + " " + step.name() + top);
                    }

                    @Override
                    public void onFrameExit(FrameExit exit) {
                        seen.add("exit " + exit.depth() + " " + exit.succeeded());
                    }
                };
        scene.run("0 0 0 0 " + Scene.OTHER + " 9000 STATICCALL");
        assertThat(seen)
                .containsExactly(
                        "enter 0 CALL",
                        "0 0 PUSH1",
                        "0 2 PUSH1 0",
                        "0 4 PUSH1 0",
                        "0 6 PUSH1 0",
                        "0 8 PUSH2 0",
                        "0 11 PUSH2 2020",
                        "0 14 STATICCALL 9000",
                        "enter 1 STATICCALL",
                        "1 0 PUSH1",
                        "1 2 PUSH1 5",
                        "1 4 REVERT 0",
                        "exit 1 false",
                        "0 15 STOP 0",
                        "exit 0 true");
    }
}
