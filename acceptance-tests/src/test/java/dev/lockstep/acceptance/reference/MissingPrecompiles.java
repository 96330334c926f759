package dev.lockstep.acceptance.reference;

import dev.lockstep.evm.Precompile;
import dev.lockstep.evm.PrecompileContext;
import dev.lockstep.evm.PrecompileResult;
import dev.lockstep.evm.Precompiles;
import dev.lockstep.types.Address;
import dev.lockstep.types.Fork;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;
import org.apache.tuweni.bytes.Bytes;

/**
 * Ethereum's precompiles that Lockstep does not have yet, as rows that halt and remember that they
 * were asked: a test that fails after asking one says nothing about the EVM. A row goes away by
 * itself when the real table has its address.
 */
final class MissingPrecompiles {
    private final TreeSet<String> asked = new TreeSet<>();
    private final Precompiles table;

    MissingPrecompiles(Precompiles present) {
        List<Precompiles.Row> rows = new ArrayList<>(present.rows());
        add(rows, 0x06, Fork.BYZANTIUM, "BN254_ADD");
        add(rows, 0x07, Fork.BYZANTIUM, "BN254_MUL");
        add(rows, 0x08, Fork.BYZANTIUM, "BN254_PAIRING");
        add(rows, 0x09, Fork.ISTANBUL, "BLAKE2F");
        add(rows, 0x0a, Fork.CANCUN, "POINT_EVALUATION");
        add(rows, 0x0b, Fork.PRAGUE, "BLS12_G1ADD");
        add(rows, 0x0c, Fork.PRAGUE, "BLS12_G1MSM");
        add(rows, 0x0d, Fork.PRAGUE, "BLS12_G2ADD");
        add(rows, 0x0e, Fork.PRAGUE, "BLS12_G2MSM");
        add(rows, 0x0f, Fork.PRAGUE, "BLS12_PAIRING_CHECK");
        add(rows, 0x10, Fork.PRAGUE, "BLS12_MAP_FP_TO_G1");
        add(rows, 0x11, Fork.PRAGUE, "BLS12_MAP_FP2_TO_G2");
        table = Precompiles.of(rows);
    }

    private void add(List<Precompiles.Row> rows, long number, Fork since, String name) {
        Address address = Address.ofNumber(number);
        if (rows.stream().anyMatch(row -> row.address().equals(address))) return;
        rows.add(new Precompiles.Row(address, since, name, new Missing(name)));
    }

    Precompiles table() {
        return table;
    }

    /** Names of those asked since the last time this was called. */
    List<String> takeAsked() {
        List<String> names = List.copyOf(asked);
        asked.clear();
        return names;
    }

    private final class Missing implements Precompile {
        private final String name;

        Missing(String name) {
            this.name = name;
        }

        @Override
        public long quote(Bytes input, PrecompileContext context) {
            asked.add(name);
            return 0;
        }

        @Override
        public PrecompileResult run(Bytes input, PrecompileContext context) {
            return new PrecompileResult.Failed(name + " is not there yet");
        }
    }
}
