package dev.lockstep.acceptance.fuzz;

import dev.lockstep.acceptance.fuzz.Case.Contents;
import dev.lockstep.types.Address;
import dev.lockstep.types.LegacyTransaction;
import dev.lockstep.types.Transaction;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import org.apache.tuweni.bytes.Bytes;
import org.apache.tuweni.bytes.MutableBytes;

/** Makes a case smaller as long as there is still a difference. */
final class Minimizer {
    private static final int TRIES_MAX = 3000;
    private static final byte STOP = 0x00;
    private static final byte JUMPDEST = 0x5b;

    private final Comparison comparison;
    private int tries;
    private Case smallest;

    private Minimizer(Comparison comparison, Case start) {
        this.comparison = comparison;
        this.smallest = start;
    }

    static Case minimal(Case start, Comparison comparison) throws IOException {
        Minimizer minimizer = new Minimizer(comparison, start);
        boolean shrinks = true;
        while (shrinks) {
            shrinks = minimizer.transaction();
            for (Address address : List.copyOf(minimizer.smallest.state().keySet())) {
                shrinks |= minimizer.account(address);
            }
        }
        return minimizer.smallest;
    }

    private boolean take(Case candidate) throws IOException {
        if (tries >= TRIES_MAX || candidate.equals(smallest)) return false;
        tries++;
        if (comparison.difference(candidate).isEmpty()) return false;
        smallest = candidate;
        return true;
    }

    private boolean transaction() throws IOException {
        for (Transaction candidate : plainer(smallest.transaction())) {
            if (take(smallest.withTransaction(candidate))) return true;
        }
        return false;
    }

    /** The plainest first. */
    private static List<Transaction> plainer(Transaction tx) {
        List<Transaction> plainer = new ArrayList<>();
        int size = tx.data().size();
        for (Bytes data : List.of(Bytes.EMPTY, tx.data().slice(0, size / 2), tx.data())) {
            plainer.add(
                    new LegacyTransaction(
                            Generator.CHAIN_ID,
                            tx.nonce(),
                            tx.maxFeePerGas(),
                            tx.gasLimit(),
                            tx.to(),
                            tx.value(),
                            data,
                            tx.signature()));
        }
        return plainer;
    }

    private boolean account(Address address) throws IOException {
        SortedMap<Address, Contents> without = new TreeMap<>(smallest.state());
        without.remove(address);
        if (take(smallest.withState(without))) return true;
        boolean shrinks = false;
        for (int chunk = 256; chunk > 0; chunk /= 2) {
            for (int at = code(address).size() - chunk; at >= 0; at -= chunk) {
                shrinks |= take(withCode(address, cutAt(code(address), at)));
                shrinks |= take(withCode(address, filled(code(address), at, chunk, JUMPDEST)));
                shrinks |= take(withCode(address, filled(code(address), at, chunk, STOP)));
                at = Math.min(at, code(address).size());
            }
        }
        return shrinks;
    }

    private Bytes code(Address address) {
        return smallest.state().getOrDefault(address, Contents.NONE).code();
    }

    private Case withCode(Address address, Bytes code) {
        SortedMap<Address, Contents> state = new TreeMap<>(smallest.state());
        state.computeIfPresent(address, (key, contents) -> contents.withCode(code));
        return smallest.withState(state);
    }

    private static Bytes cutAt(Bytes code, int at) {
        return code.slice(0, Math.min(at, code.size()));
    }

    /** Jumps stay where they are. */
    private static Bytes filled(Bytes code, int at, int size, byte filler) {
        MutableBytes changed = code.mutableCopy();
        // What was there is left alone where it is filler already, so that shrinking ends.
        for (int i = at; i < Math.min(code.size(), at + size); i++) {
            if (changed.get(i) != STOP && changed.get(i) != JUMPDEST) changed.set(i, filler);
        }
        return changed;
    }
}
