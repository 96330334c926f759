package dev.lockstep.genesis;

import dev.lockstep.crypto.Keccak;
import dev.lockstep.types.Address;
import dev.lockstep.types.ChainSpec.InferenceSpec;
import dev.lockstep.types.Fork;
import dev.lockstep.types.Hash;
import dev.lockstep.types.StateDiff;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.apache.tuweni.bytes.Bytes;
import org.jspecify.annotations.Nullable;

/**
 * The section {@code config.lockstep}: what makes a chain one with model calls. Unlike the rest of
 * the file, unknown keys are refused here: a misspelt rule must not become a missing one.
 *
 * @source protocol, sections 2 and 4
 */
final class InferenceConfig {
    /** Revert: tools that execute locally fail loudly, and Solidity finds code. */
    static final Bytes STUB_CODE = Bytes.fromHexString("0x60006000fd");

    static final long STUB_NONCE = 1;

    /** Where the node runs its own code. */
    static final List<Address> STUB_ADDRESSES = List.of(Address.ofNumber(0x0a01));

    private static final long SCALE_PERMILLE_MAX = 1_000_000;

    private InferenceConfig() {}

    static @Nullable InferenceSpec read(JsonSection config) {
        JsonSection section = config.section("lockstep");
        if (section == null) return null;
        section.allowOnly(Set.of("models", "gas"));
        JsonSection gas = section.sectionOrEmpty("gas");
        gas.allowOnly(Set.of("scalePermille"));
        TreeSet<Hash> models = new TreeSet<>();
        for (Hash model : section.hashes("models")) {
            if (!models.add(model)) {
                throw new GenesisException(section.at("models") + ": " + model + " is given twice");
            }
        }
        return new InferenceSpec(
                List.copyOf(models), gas.number("scalePermille", 1000, 1, SCALE_PERMILLE_MAX));
    }

    /** What must hold besides, so that a chain with model calls can keep its promises. */
    static void check(Fork fork, @Nullable QbftConfig qbft, StateDiff alloc) {
        if (qbft == null) {
            throw new GenesisException(
                    "config.lockstep: needs config.qbft, whose extra data carries the inference"
                            + " root");
        }
        if (!fork.isAtLeast(Fork.OSAKA)) {
            throw new GenesisException(
                    "config.lockstep: block 0 has the rules of "
                            + fork
                            + "; allowed is OSAKA (config.osakaTime up to the genesis timestamp)");
        }
        Hash codeHash = Keccak.hash(STUB_CODE);
        for (Address address : STUB_ADDRESSES) {
            StateDiff.AccountChange stub = alloc.accounts().get(address);
            StateDiff.Fields fields = stub == null ? null : stub.after();
            boolean isStub =
                    stub != null
                            && fields != null
                            && fields.nonce() == STUB_NONCE
                            && fields.codeHash().equals(codeHash)
                            && stub.slots().isEmpty();
            if (!isStub) {
                throw GenesisException.at(
                        "alloc." + address,
                        stub == null ? "nothing" : "another account",
                        "nonce 1, code "
                                + STUB_CODE
                                + " and no storage, since config.lockstep makes it a precompile");
            }
        }
    }
}
