package dev.lockstep.precompiles;

import static dev.lockstep.types.Fork.BYZANTIUM;
import static dev.lockstep.types.Fork.FRONTIER;
import static dev.lockstep.types.Fork.ISTANBUL;
import static dev.lockstep.types.Fork.OSAKA;

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
import dev.lockstep.precompiles.standard.Ripemd160;
import dev.lockstep.precompiles.standard.Sha256;
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
