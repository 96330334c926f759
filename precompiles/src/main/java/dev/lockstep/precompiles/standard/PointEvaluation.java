package dev.lockstep.precompiles.standard;

import dev.lockstep.evm.Precompile;
import dev.lockstep.evm.PrecompileContext;
import dev.lockstep.evm.PrecompileResult;
import dev.lockstep.types.LocalFault;
import ethereum.ckzg4844.CKZG4844JNI;
import ethereum.ckzg4844.CKZGException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import org.apache.tuweni.bytes.Bytes;
import org.apache.tuweni.units.bigints.UInt256;

/**
 * Whether the polynomial that a blob's commitment stands for has the value y at z.
 *
 * @shape in: versioned hash 32 · z 32 · y 32 · commitment 48 · proof 48 bytes, no more and no less
 *     · out: 4,096 and the order of the scalar field, as words
 * @cost 50,000 gas
 * @fails where the size is wrong, the hash is not the commitment's, a part is malformed or the
 *     proof does not hold
 * @source EIP-4844
 */
public final class PointEvaluation implements Precompile {
    private static final long GAS = 50_000;
    private static final int INPUT_BYTES = 192;
    private static final byte KZG_VERSION = 1;
    private static final Bytes ANSWER =
            Bytes.concatenate(
                    UInt256.valueOf(CKZG4844JNI.FIELD_ELEMENTS_PER_BLOB).toBytes(),
                    UInt256.valueOf(CKZG4844JNI.BLS_MODULUS).toBytes());

    @Override
    public long quote(Bytes input, PrecompileContext context) {
        return GAS;
    }

    @Override
    public PrecompileResult run(Bytes input, PrecompileContext context) {
        if (input.size() != INPUT_BYTES) {
            return new PrecompileResult.Failed(
                    "an input of " + input.size() + " bytes, must be " + INPUT_BYTES);
        }
        Bytes commitment = input.slice(96, CKZG4844JNI.BYTES_PER_COMMITMENT);
        Bytes expected = versionedHash(commitment);
        if (!input.slice(0, 32).equals(expected)) {
            return new PrecompileResult.Failed(
                    "a versioned hash of " + input.slice(0, 32) + ", must be " + expected);
        }
        TrustedSetup.require();
        try {
            boolean holds =
                    CKZG4844JNI.verifyKzgProof(
                            commitment.toArray(),
                            input.slice(32, 32).toArray(),
                            input.slice(64, 32).toArray(),
                            input.slice(144, CKZG4844JNI.BYTES_PER_PROOF).toArray());
            return holds
                    ? new PrecompileResult.Output(ANSWER)
                    : new PrecompileResult.Failed("the proof does not hold");
        } catch (CKZGException e) {
            if (e.getError() == CKZGException.CKZGError.C_KZG_BADARGS) {
                return new PrecompileResult.Failed("malformed: " + e.getErrorMessage());
            }
            throw new LocalFault("the library for KZG commitments gave up", e);
        }
    }

    private static Bytes versionedHash(Bytes commitment) {
        try {
            byte[] hash = MessageDigest.getInstance("SHA-256").digest(commitment.toArray());
            hash[0] = KZG_VERSION;
            return Bytes.wrap(hash);
        } catch (NoSuchAlgorithmException e) {
            throw new LocalFault("this JDK has no SHA-256", e);
        }
    }
}
