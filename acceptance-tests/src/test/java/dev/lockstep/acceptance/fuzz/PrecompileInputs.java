package dev.lockstep.acceptance.fuzz;

import dev.lockstep.crypto.KeyPair;
import dev.lockstep.crypto.Secp256k1;
import dev.lockstep.evm.Precompile;
import dev.lockstep.evm.PrecompileContext;
import dev.lockstep.evm.PrecompileResult;
import dev.lockstep.precompiles.standard.bls12381.MapFp2ToG2;
import dev.lockstep.precompiles.standard.bls12381.MapFpToG1;
import dev.lockstep.precompiles.standard.bn254.EcMul;
import dev.lockstep.types.Address;
import dev.lockstep.types.Fork;
import dev.lockstep.types.Hash;
import dev.lockstep.types.Signature;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.List;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;
import org.apache.tuweni.bytes.Bytes;
import org.apache.tuweni.bytes.Bytes32;
import org.apache.tuweni.bytes.MutableBytes;
import org.apache.tuweni.units.bigints.UInt256;

/** Inputs that precompiles accept, most of them: a broken one is a good one with a byte changed. */
final class PrecompileInputs {
    private static final PrecompileContext CONTEXT =
            new PrecompileContext(Fork.OSAKA, Address.ZERO, false);
    private static final KeyPair SIGNER = KeyPair.of(UInt256.valueOf(0x516e4).toBytes());

    /** A generator of the second group of alt_bn128. @source EIP-197 */
    private static final Bytes BN_G2 =
            Bytes.fromHexString(
                    "0x198e9393920d483a7260bfb731fb5d25f1aa493335a9e71297e485b7aef312c2"
                            + "1800deef121f1e76426a00665e5c4479674322d4f75edadd46debd5cd992f6ed"
                            + "090689d0585ff075ec9e99ad690c3395bc4b313370b38ef355acdadcd122975b"
                            + "12c85ea5db8c6deb4aab71808dcb408fe3d1e7690c43d37b4ce6cc0166fa7daa");

    private static final Bytes BN_G1 =
            Bytes.concatenate(UInt256.ONE.toBytes(), UInt256.valueOf(2).toBytes());

    /** Digest, r, s and key that agree. */
    private static final Bytes P256 =
            Bytes.fromHexString(
                    "0x4cee90eb86eaa050036147a12d49004b6b9c72bd725d39d4785011fe190f0b4d"
                            + "a73bd4903f0ce3b639bbbf6e8e80d16931ff4bcf5993d58468e8fb19086e8cac"
                            + "36dbcd03009df8c59286b162af3bd7fcc0450c9aa81be5d10d312af6c66b1d60"
                            + "4aebd3099c618202fcfe16ae7770b0c49ab5eadf74b754204a3bb6060e44eff3"
                            + "7618b065f9832de4ca6ca971a7a1adc826d0f7c00181a5fb2ddf79ae00b4e10e");

    /** The point at infinity as blob commitment and as proof. */
    private static final Bytes KZG_INFINITY =
            Bytes.concatenate(Bytes.of(0xc0), MutableBytes.create(47));

    /** Precompile numbers of all forks to Osaka. */
    static final int[] NUMBERS = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 0x100};

    private static final int POOL = 24;

    /** Points take long to make, so some are made once, the same in every run. */
    private static final List<Bytes> BN_POINTS;

    private static final List<Bytes> G1_POINTS;
    private static final List<Bytes> G2_POINTS;
    private static final List<Bytes> RECOVERIES;

    static {
        PrecompileInputs maker =
                new PrecompileInputs(RandomGeneratorFactory.of("L64X128MixRandom").create(1));
        BN_POINTS = pool(() -> run(new EcMul(), Bytes.concatenate(BN_G1, maker.word())));
        G1_POINTS = pool(() -> run(new MapFpToG1(), maker.fp()));
        G2_POINTS = pool(() -> run(new MapFp2ToG2(), Bytes.concatenate(maker.fp(), maker.fp())));
        RECOVERIES = pool(maker::recovery);
    }

    private static List<Bytes> pool(Part part) {
        List<Bytes> pool = new ArrayList<>();
        for (int i = 0; i < POOL; i++) pool.add(part.next());
        return List.copyOf(pool);
    }

    private Bytes of(List<Bytes> pool) {
        return pool.get(random.nextInt(POOL));
    }

    private final RandomGenerator random;

    PrecompileInputs(RandomGenerator random) {
        this.random = random;
    }

    Bytes next(int number) {
        Bytes good = good(number);
        return switch (random.nextInt(8)) {
            case 0 -> broken(good);
            case 1 -> good.slice(0, random.nextInt(good.size() + 1));
            case 2 -> Bytes.concatenate(good, bytes(1 + random.nextInt(40)));
            default -> good;
        };
    }

    private Bytes broken(Bytes good) {
        if (good.isEmpty()) return bytes(1);
        MutableBytes changed = good.mutableCopy();
        int at = random.nextInt(good.size());
        changed.set(at, (byte) (good.get(at) ^ (1 << random.nextInt(8))));
        return changed;
    }

    private Bytes good(int number) {
        return switch (number) {
            case 1 -> of(RECOVERIES);
            case 5 -> power();
            case 6 -> Bytes.concatenate(bnPoint(), bnPoint());
            case 7 -> Bytes.concatenate(bnPoint(), word());
            case 8 -> bnPairs();
            case 9 -> blake2();
            case 10 -> evaluation();
            case 11 -> Bytes.concatenate(g1(), g1());
            case 12 -> repeated(1 + random.nextInt(3), () -> Bytes.concatenate(g1(), word()));
            case 13 -> Bytes.concatenate(g2(), g2());
            case 14 -> repeated(1 + random.nextInt(3), () -> Bytes.concatenate(g2(), word()));
            case 15 -> repeated(1 + random.nextInt(2), () -> Bytes.concatenate(g1(), g2()));
            case 16 -> fp();
            case 17 -> Bytes.concatenate(fp(), fp());
            case 0x100 -> P256;
            default -> bytes(random.nextInt(200));
        };
    }

    private Bytes bytes(int size) {
        byte[] bytes = new byte[size];
        random.nextBytes(bytes);
        return Bytes.wrap(bytes);
    }

    private Bytes word() {
        return random.nextInt(3) == 0
                ? UInt256.valueOf(random.nextInt(5)).toBytes()
                : Bytes32.wrap(bytes(32));
    }

    private interface Part {
        Bytes next();
    }

    private static Bytes repeated(int count, Part part) {
        List<Bytes> parts = new ArrayList<>();
        for (int i = 0; i < count; i++) parts.add(part.next());
        return Bytes.concatenate(parts);
    }

    private Bytes recovery() {
        Hash digest = Hash.of(bytes(32));
        Signature signature = Secp256k1.sign(digest, SIGNER);
        return Bytes.concatenate(
                digest.bytes(),
                UInt256.valueOf(27 + signature.yParity()).toBytes(),
                signature.r().toBytes(),
                signature.s().toBytes());
    }

    private Bytes power() {
        int base = random.nextInt(40);
        int exponent = random.nextInt(random.nextInt(4) == 0 ? 70 : 8);
        int modulus = random.nextInt(40);
        return Bytes.concatenate(
                UInt256.valueOf(base).toBytes(),
                UInt256.valueOf(exponent).toBytes(),
                UInt256.valueOf(modulus).toBytes(),
                bytes(base),
                bytes(exponent),
                bytes(modulus));
    }

    private Bytes bnPoint() {
        return switch (random.nextInt(4)) {
            case 0 -> MutableBytes.create(64);
            case 1 -> BN_G1;
            default -> of(BN_POINTS);
        };
    }

    private Bytes bnPairs() {
        if (random.nextInt(3) == 0) {
            // e(P, Q) and e(-P, Q): their product is one.
            UInt256 field =
                    UInt256.fromHexString(
                            "0x30644e72e131a029b85045b68181585d97816a916871ca8d3c208c16d87cfd47");
            Bytes point = of(BN_POINTS);
            UInt256 y = UInt256.fromBytes(point.slice(32));
            Bytes minus = Bytes.concatenate(point.slice(0, 32), field.subtract(y).toBytes());
            return Bytes.concatenate(point, BN_G2, minus, BN_G2);
        }
        return repeated(random.nextInt(3), () -> Bytes.concatenate(bnPoint(), BN_G2));
    }

    private Bytes blake2() {
        int rounds = random.nextInt(30);
        return Bytes.concatenate(
                Bytes.ofUnsignedInt(rounds), bytes(208), Bytes.of(random.nextInt(2)));
    }

    private Bytes evaluation() {
        // The polynomial 0: its value is 0 everywhere.
        Bytes z = Bytes.concatenate(Bytes.of(0), bytes(31));
        return Bytes.concatenate(
                Bytes.of(1),
                sha256(KZG_INFINITY).slice(1),
                z,
                Bytes32.ZERO,
                KZG_INFINITY,
                KZG_INFINITY);
    }

    private static Bytes sha256(Bytes bytes) {
        try {
            return Bytes.wrap(MessageDigest.getInstance("SHA-256").digest(bytes.toArrayUnsafe()));
        } catch (NoSuchAlgorithmException missing) {
            throw new IllegalStateException("every Java has SHA-256", missing);
        }
    }

    /** An element of the base field of BLS12-381, in 64 bytes. */
    private Bytes fp() {
        return Bytes.concatenate(MutableBytes.create(17), bytes(47));
    }

    private Bytes g1() {
        return random.nextInt(6) == 0 ? MutableBytes.create(128) : of(G1_POINTS);
    }

    private Bytes g2() {
        return random.nextInt(6) == 0 ? MutableBytes.create(256) : of(G2_POINTS);
    }

    private static Bytes run(Precompile precompile, Bytes input) {
        if (precompile.run(input, CONTEXT) instanceof PrecompileResult.Output output) {
            return output.bytes();
        }
        throw new IllegalStateException(
                precompile.getClass().getSimpleName() + " refused " + input);
    }
}
