package dev.lockstep.evm;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lockstep.crypto.Secp256k1;
import dev.lockstep.evm.TransactionOutcome.Refused;
import dev.lockstep.types.AccessListTransaction;
import dev.lockstep.types.Address;
import dev.lockstep.types.BlobTransaction;
import dev.lockstep.types.DynamicFeeTransaction;
import dev.lockstep.types.Fork;
import dev.lockstep.types.Hash;
import dev.lockstep.types.LegacyTransaction;
import dev.lockstep.types.SetCodeTransaction;
import dev.lockstep.types.Signature;
import dev.lockstep.types.Transaction;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.apache.tuweni.bytes.Bytes;
import org.apache.tuweni.units.bigints.UInt256;
import org.junit.jupiter.api.Test;

/** Every refusal, each with the nearest transaction that is not refused. */
final class RefusalTest {
    private static final Signature SIGNED = new Signature(0, UInt256.ONE, UInt256.ONE);
    private static final UInt256 FEE = UInt256.valueOf(10);
    private static final Hash BLOB =
            Hash.of(Bytes.concatenate(Bytes.of(1), Bytes.wrap(new byte[31])));

    private final Set<Refusal> seen = EnumSet.noneOf(Refusal.class);

    @Test
    void everyRefusalHasItsBoundary() {
        nonces();
        funds();
        gas();
        fees();
        forms();
        senders();
        blobs();
        assertThat(seen).containsExactlyInAnyOrder(Refusal.values());
    }

    private void nonces() {
        Scene scene = new Scene();
        scene.account(Scene.SENDER, 5, Scene.ETHER, Bytes.EMPTY);
        refuses(scene, legacy(4, FEE, 21_000), Refusal.NONCE_TOO_LOW, "4");
        refuses(scene, legacy(6, FEE, 21_000), Refusal.NONCE_TOO_HIGH, "6");
        accepts(scene, legacy(5, FEE, 21_000));
        scene.account(Scene.SENDER, -2, Scene.ETHER, Bytes.EMPTY);
        accepts(scene, legacy(-2, FEE, 21_000));
        scene.account(Scene.SENDER, -1, Scene.ETHER, Bytes.EMPTY);
        refuses(scene, legacy(-1, FEE, 21_000), Refusal.NONCE_AT_MAX, "2^64-1");
    }

    private void funds() {
        Scene scene = new Scene();
        scene.account(Scene.SENDER, 0, UInt256.valueOf(210_000), Bytes.EMPTY);
        accepts(scene, legacy(0, FEE, 21_000));
        scene.account(Scene.SENDER, 0, UInt256.valueOf(209_999), Bytes.EMPTY);
        refuses(scene, legacy(0, FEE, 21_000), Refusal.INSUFFICIENT_FUNDS, "210000");
        // A price whose product with the gas wraps around 256 bits is not cheap.
        refuses(
                scene,
                legacy(0, UInt256.MAX_VALUE, 21_000),
                Refusal.INSUFFICIENT_FUNDS,
                "nobody has more than 2^256-1");
    }

    private void gas() {
        Scene scene = new Scene();
        refuses(scene, legacy(0, FEE, 20_999), Refusal.INTRINSIC_GAS, "20999");
        Bytes data = Bytes.repeat((byte) 1, 100);
        // 21000 + 1600 before its first instruction, but 21000 + 4000 at least.
        refuses(scene, legacy(0, FEE, 24_999, data), Refusal.FLOOR_GAS, "25000");
        accepts(scene, legacy(0, FEE, 25_000, data));
        accepts(new Scene().at(Fork.CANCUN), legacy(0, FEE, 22_600, data));
        accepts(scene, legacy(0, FEE, 1 << 24));
        refuses(scene, legacy(0, FEE, (1 << 24) + 1), Refusal.TRANSACTION_GAS_LIMIT, "16777217");
        Scene prague = new Scene().at(Fork.PRAGUE);
        accepts(prague, legacy(0, FEE, 36_000_000));
        refuses(prague, legacy(0, FEE, 36_000_001), Refusal.BLOCK_GAS_LIMIT, "36000001");
        refuses(prague, legacy(0, FEE, -1), Refusal.BLOCK_GAS_LIMIT, "18446744073709551615");
    }

    private void fees() {
        Scene scene = new Scene();
        accepts(scene, legacy(0, scene.baseFee, 21_000));
        refuses(
                scene,
                legacy(0, scene.baseFee.subtract(1), 21_000),
                Refusal.FEE_UNDER_BASE_FEE,
                "6");
        accepts(scene, dynamic(10, 10, Scene.CONTRACT));
        refuses(scene, dynamic(11, 10, Scene.CONTRACT), Refusal.PRIORITY_FEE_OVER_FEE, "11");
    }

    private void forms() {
        Scene scene = new Scene();
        refusesType(Fork.ISTANBUL, accessList());
        refusesType(Fork.BERLIN, dynamic(1, 10, Scene.CONTRACT));
        refusesType(Fork.SHANGHAI, blob(FEE, List.of(BLOB)));
        refusesType(Fork.CANCUN, setCode(List.of()));
        refuses(scene, setCode(List.of()), Refusal.NO_AUTHORIZATIONS, "authorizations");
        LegacyTransaction other =
                new LegacyTransaction(
                        UInt256.valueOf(2),
                        0,
                        FEE,
                        21_000,
                        Scene.CONTRACT,
                        UInt256.ZERO,
                        Bytes.EMPTY,
                        SIGNED);
        refuses(scene, other, Refusal.WRONG_CHAIN, "chain 2");
        Scene old = new Scene().at(Fork.TANGERINE_WHISTLE);
        refuses(old, other, Refusal.WRONG_CHAIN, "since SPURIOUS_DRAGON");
        Signature high = new Signature(0, UInt256.ONE, Secp256k1.HALF_ORDER.add(1));
        Transaction signedHigh = legacy(0, FEE, 21_000).withSignature(high);
        refuses(scene, signedHigh, Refusal.SIGNATURE_NOT_LOW, "lower half");
        accepts(new Scene().at(Fork.FRONTIER), signedHigh);
        accepts(
                scene,
                legacy(0, FEE, 21_000)
                        .withSignature(new Signature(0, UInt256.ONE, Secp256k1.HALF_ORDER)));
        scene.gas = 10_000_000;
        scene.input = Bytes.wrap(new byte[49_152]);
        accepts(scene, scene.transaction(null));
        scene.input = Bytes.wrap(new byte[49_153]);
        refuses(scene, scene.transaction(null), Refusal.INIT_CODE_TOO_LARGE, "49153");
        Transaction creation = blobTo(null, FEE, List.of(BLOB));
        refuses(scene, creation, Refusal.CREATION_NOT_ALLOWED, "callee");
    }

    private void senders() {
        Scene scene = new Scene();
        scene.account(Scene.SENDER, 0, Scene.ETHER, Bytes.of(0));
        refuses(scene, legacy(0, FEE, 21_000), Refusal.SENDER_HAS_CODE, "contract");
        Bytes delegation = World.delegationTo(Scene.OTHER);
        scene.account(Scene.SENDER, 0, Scene.ETHER, delegation);
        accepts(scene, legacy(0, FEE, 21_000));
        scene.at(Fork.CANCUN);
        refuses(scene, legacy(0, FEE, 21_000), Refusal.SENDER_HAS_CODE, "contract");
    }

    private void blobs() {
        Scene scene = new Scene();
        accepts(scene, blob(FEE, List.of(BLOB)));
        refuses(scene, blob(FEE, List.of()), Refusal.NO_BLOBS, "blobs");
        accepts(scene, blob(FEE, List.of(BLOB, BLOB, BLOB, BLOB, BLOB, BLOB)));
        List<Hash> seven = List.of(BLOB, BLOB, BLOB, BLOB, BLOB, BLOB, BLOB);
        refuses(scene, blob(FEE, seven), Refusal.TOO_MANY_BLOBS, "7");
        accepts(new Scene().at(Fork.PRAGUE), blob(FEE, seven));
        refuses(scene, blob(FEE, List.of(Hash.ZERO)), Refusal.BLOB_HASH_VERSION, "version 0");
        accepts(scene, blob(UInt256.valueOf(3), List.of(BLOB)));
        refuses(scene, blob(UInt256.valueOf(2), List.of(BLOB)), Refusal.BLOB_FEE_TOO_LOW, "2");
    }

    private void refusesType(Fork before, Transaction tx) {
        refuses(new Scene().at(before), tx, Refusal.TYPE_NOT_ALLOWED, "type " + tx.type());
    }

    private void refuses(Scene scene, Transaction tx, Refusal refusal, String named) {
        TransactionOutcome outcome = scene.send(tx);
        assertThat(outcome).isInstanceOf(Refused.class);
        assertThat(((Refused) outcome).refusal()).isEqualTo(refusal);
        assertThat(((Refused) outcome).message()).contains(named);
        seen.add(refusal);
    }

    private static void accepts(Scene scene, Transaction tx) {
        assertThat(scene.send(tx)).isInstanceOf(TransactionOutcome.Executed.class);
    }

    private static Transaction legacy(long nonce, UInt256 fee, long gas) {
        return legacy(nonce, fee, gas, Bytes.EMPTY);
    }

    private static Transaction legacy(long nonce, UInt256 fee, long gas, Bytes data) {
        return new LegacyTransaction(
                null, nonce, fee, gas, Scene.CONTRACT, UInt256.ZERO, data, SIGNED);
    }

    private static Transaction accessList() {
        return new AccessListTransaction(
                UInt256.ONE,
                0,
                FEE,
                21_000,
                Scene.CONTRACT,
                UInt256.ZERO,
                Bytes.EMPTY,
                List.of(),
                SIGNED);
    }

    private static Transaction dynamic(long priority, long fee, Address to) {
        return new DynamicFeeTransaction(
                UInt256.ONE,
                0,
                UInt256.valueOf(priority),
                UInt256.valueOf(fee),
                21_000,
                to,
                UInt256.ZERO,
                Bytes.EMPTY,
                List.of(),
                SIGNED);
    }

    private static Transaction blob(UInt256 blobFee, List<Hash> hashes) {
        return blobTo(Scene.CONTRACT, blobFee, hashes);
    }

    /** Bytes without a callee do not even decode; the executor does not rely on that. */
    private static Transaction blobTo(Address to, UInt256 blobFee, List<Hash> hashes) {
        return new BlobTransaction(
                UInt256.ONE,
                0,
                UInt256.ONE,
                FEE,
                21_000,
                to,
                UInt256.ZERO,
                Bytes.EMPTY,
                List.of(),
                blobFee,
                hashes,
                SIGNED);
    }

    private static Transaction setCode(List<dev.lockstep.types.Authorization> authorizations) {
        return new SetCodeTransaction(
                UInt256.ONE,
                0,
                UInt256.ONE,
                FEE,
                21_000,
                Scene.CONTRACT,
                UInt256.ZERO,
                Bytes.EMPTY,
                List.of(),
                authorizations,
                SIGNED);
    }
}
