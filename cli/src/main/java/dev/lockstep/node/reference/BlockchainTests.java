package dev.lockstep.node.reference;

import dev.lockstep.evm.Engine;
import dev.lockstep.evm.TransactionExecutor;
import dev.lockstep.ledger.Ledger;
import dev.lockstep.node.reference.CaseResult.Failed;
import dev.lockstep.node.reference.CaseResult.Passed;
import dev.lockstep.node.reference.CaseResult.Refusal;
import dev.lockstep.node.reference.CaseResult.Verdict;
import dev.lockstep.precompiles.LockstepPrecompiles;
import dev.lockstep.state.MemoryStore;
import dev.lockstep.state.WorldState;
import dev.lockstep.types.Account;
import dev.lockstep.types.Address;
import dev.lockstep.types.Block;
import dev.lockstep.types.BlockHeader;
import dev.lockstep.types.Hash;
import dev.lockstep.types.RlpException;
import dev.lockstep.types.StateDiff;
import dev.lockstep.types.StateView;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.apache.tuweni.bytes.Bytes;
import org.apache.tuweni.units.bigints.UInt256;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * Runs the official blockchain tests on the node's own ledger: each block's bytes in order, then
 * the head and the state are compared.
 */
public final class BlockchainTests implements FixtureFormat {
    private final TransactionExecutor executor;

    public BlockchainTests(Engine engine) {
        executor = new TransactionExecutor(LockstepPrecompiles.standard(), engine);
    }

    @Override
    public List<Case> cases(JsonNode test) {
        return List.of(new Case(Fields.text(test, "network"), 0, () -> run(test)));
    }

    private Verdict run(JsonNode test) {
        Network network = Network.of(Fields.text(test, "network"), test.get("config"));
        BlockHeader genesis = FixtureHeader.read(test, "genesisBlockHeader");
        String wrong = wrongGenesis(test, genesis);
        if (wrong != null) return new Failed(null, wrong);
        StateDiff alloc = FixtureState.read(test, "pre");
        Branches branches = new Branches(network, genesis, alloc, executor);
        List<Refusal> refusals = new ArrayList<>();
        int index = 0;
        for (JsonNode block : Fields.get(test, "blocks")) {
            wrong = feed(branches, block, refusals);
            if (wrong != null) return new Failed(null, "block " + index + " of the file " + wrong);
            index++;
        }
        Hash last = Fields.hash(test, "lastblockhash");
        Hash head = branches.headHash();
        if (!head.equals(last)) {
            return new Failed(null, "the head is " + head + ", should be " + last);
        }
        Ledger chain = branches.chain();
        Hash root = chain.head().stateRoot();
        wrong = chain.stateAt(chain.head().number(), state -> wrongState(test, root, state));
        return wrong == null ? new Passed(root, refusals) : new Failed(root, wrong);
    }

    private static @Nullable String wrongGenesis(JsonNode test, BlockHeader genesis) {
        Hash expected = Fields.hash(Fields.get(test, "genesisBlockHeader"), "hash");
        Hash hash = genesis.plainHash();
        if (!hash.equals(expected)) return "genesis is " + hash + ", should be " + expected;
        Bytes encoded = Fields.bytes(test, "genesisRLP");
        try {
            BlockHeader header = Block.decode(encoded).header();
            return header.equals(genesis) ? null : "genesisRLP decodes to " + header;
        } catch (RlpException malformed) {
            return "genesisRLP does not decode: " + malformed.getMessage();
        }
    }

    /** What is wrong with how a block was taken, or null. */
    private static @Nullable String feed(Branches branches, JsonNode node, List<Refusal> refusals) {
        Block block = null;
        String refusal;
        try {
            block = Block.decode(Fields.bytes(node, "rlp"));
            refusal = branches.add(block);
        } catch (RlpException malformed) {
            refusal = "RLP: " + malformed.getMessage();
        }
        if (!node.has("blockHeader")) {
            String expected = Fields.text(node, "expectException");
            if (refusal == null) return "was not refused; must be refused: " + expected;
            refusals.add(new Refusal(expected, refusal));
            return null;
        }
        if (refusal != null || block == null) return "was refused: " + refusal;
        BlockHeader expected = FixtureHeader.read(node, "blockHeader");
        return expected.equals(block.header())
                ? null
                : "has the header " + block.header() + ", should have " + expected;
    }

    private static @Nullable String wrongState(JsonNode test, Hash root, StateView state) {
        if (!test.has("postState")) {
            Hash expected = Fields.hash(test, "postStateHash");
            return root.equals(expected) ? null : differs("state root", root, expected);
        }
        StateDiff expected = FixtureState.read(test, "postState");
        for (var item : expected.accounts().entrySet()) {
            String wrong = wrongAccount(state, item.getKey(), item.getValue());
            if (wrong != null) return wrong;
        }
        Hash listed = new WorldState(new MemoryStore()).prepare(expected).root();
        return root.equals(listed) ? null : differs("state root", root, listed);
    }

    private static String differs(String what, @Nullable Object is, Object should) {
        return what + " is " + is + ", should be " + should;
    }

    private static @Nullable String wrongAccount(
            StateView state, Address address, StateDiff.AccountChange expected) {
        Account account = state.account(address);
        StateDiff.Fields fields = Objects.requireNonNull(expected.after());
        boolean same =
                account != null
                        && account.nonce() == fields.nonce()
                        && account.balance().equals(fields.balance())
                        && account.codeHash().equals(fields.codeHash());
        if (!same) return differs(address.toString(), account, fields);
        for (var slot : expected.slots().entrySet()) {
            UInt256 value = state.storage(address, slot.getKey());
            if (!value.equals(slot.getValue())) {
                return differs(
                        address + " slot " + slot.getKey().toShortHexString(),
                        value.toShortHexString(),
                        slot.getValue().toShortHexString());
            }
        }
        return null;
    }
}
