package dev.lockstep.precompiles;

import static dev.lockstep.types.Fork.BYZANTIUM;
import static dev.lockstep.types.Fork.CANCUN;
import static dev.lockstep.types.Fork.FRONTIER;
import static dev.lockstep.types.Fork.ISTANBUL;
import static dev.lockstep.types.Fork.OSAKA;
import static dev.lockstep.types.Fork.PRAGUE;

import dev.lockstep.evm.Precompile;
import dev.lockstep.evm.Precompiles;
import dev.lockstep.precompiles.inference.InferenceMemo;
import dev.lockstep.precompiles.inference.InferencePrecompile;
import dev.lockstep.precompiles.inference.ModelCatalog;
import dev.lockstep.precompiles.standard.Blake2F;
import dev.lockstep.precompiles.standard.EcRecover;
import dev.lockstep.precompiles.standard.Identity;
import dev.lockstep.precompiles.standard.ModExp;
import dev.lockstep.precompiles.standard.P256Verify;
import dev.lockstep.precompiles.standard.PointEvaluation;
import dev.lockstep.precompiles.standard.Ripemd160;
import dev.lockstep.precompiles.standard.Sha256;
import dev.lockstep.precompiles.standard.bls12381.G1Add;
import dev.lockstep.precompiles.standard.bls12381.G1Msm;
import dev.lockstep.precompiles.standard.bls12381.G2Add;
import dev.lockstep.precompiles.standard.bls12381.G2Msm;
import dev.lockstep.precompiles.standard.bls12381.MapFp2ToG2;
import dev.lockstep.precompiles.standard.bls12381.MapFpToG1;
import dev.lockstep.precompiles.standard.bls12381.PairingCheck;
import dev.lockstep.precompiles.standard.bn254.EcAdd;
import dev.lockstep.precompiles.standard.bn254.EcMul;
import dev.lockstep.precompiles.standard.bn254.EcPairing;
import dev.lockstep.types.Address;
import dev.lockstep.types.Fork;
import java.util.ArrayList;
import java.util.List;

/** The table of precompiles. A new one is a class and a row. */
public final class LockstepPrecompiles {
    /** Where contracts find models. @source protocol, section 2 */
    public static final Address INFERENCE = Address.ofNumber(0x0a01);

    private static final List<Precompiles.Row> STANDARD =
            List.of(
                    row(0x01, FRONTIER, "ECRECOVER", new EcRecover()),
                    row(0x02, FRONTIER, "SHA256", new Sha256()),
                    row(0x03, FRONTIER, "RIPEMD160", new Ripemd160()),
                    row(0x04, FRONTIER, "IDENTITY", new Identity()),
                    row(0x05, BYZANTIUM, "MODEXP", new ModExp()),
                    row(0x06, BYZANTIUM, "ECADD", new EcAdd()),
                    row(0x07, BYZANTIUM, "ECMUL", new EcMul()),
                    row(0x08, BYZANTIUM, "ECPAIRING", new EcPairing()),
                    row(0x09, ISTANBUL, "BLAKE2F", new Blake2F()),
                    row(0x0a, CANCUN, "POINT_EVALUATION", new PointEvaluation()),
                    row(0x0b, PRAGUE, "BLS12_G1ADD", new G1Add()),
                    row(0x0c, PRAGUE, "BLS12_G1MSM", new G1Msm()),
                    row(0x0d, PRAGUE, "BLS12_G2ADD", new G2Add()),
                    row(0x0e, PRAGUE, "BLS12_G2MSM", new G2Msm()),
                    row(0x0f, PRAGUE, "BLS12_PAIRING_CHECK", new PairingCheck()),
                    row(0x10, PRAGUE, "BLS12_MAP_FP_TO_G1", new MapFpToG1()),
                    row(0x11, PRAGUE, "BLS12_MAP_FP2_TO_G2", new MapFp2ToG2()),
                    row(0x0100, OSAKA, "P256VERIFY", new P256Verify()));

    private LockstepPrecompiles() {}

    /** Those of a plain Ethereum chain. */
    public static Precompiles standard() {
        return Precompiles.of(STANDARD);
    }

    /** Those of a chain whose contracts call models. */
    public static Precompiles with(ModelCatalog catalog, InferenceMemo memo) {
        List<Precompiles.Row> rows = new ArrayList<>(STANDARD);
        // Whether a chain has it is said by its genesis, not by a fork.
        Precompile inference = new InferencePrecompile(catalog, memo);
        rows.add(new Precompiles.Row(INFERENCE, FRONTIER, "INFERENCE", inference));
        return Precompiles.of(rows);
    }

    private static Precompiles.Row row(long address, Fork since, String name, Precompile body) {
        return new Precompiles.Row(Address.ofNumber(address), since, name, body);
    }
}
