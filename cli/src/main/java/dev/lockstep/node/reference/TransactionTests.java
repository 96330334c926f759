package dev.lockstep.node.reference;

import dev.lockstep.evm.BlockContext;
import dev.lockstep.evm.TransactionOutcome.Refused;
import dev.lockstep.evm.TransactionRules;
import dev.lockstep.node.reference.CaseResult.Failed;
import dev.lockstep.node.reference.CaseResult.Passed;
import dev.lockstep.node.reference.CaseResult.Refusal;
import dev.lockstep.node.reference.CaseResult.Verdict;
import dev.lockstep.types.Address;
import dev.lockstep.types.BlobSchedule;
import dev.lockstep.types.Fork;
import dev.lockstep.types.Hash;
import dev.lockstep.types.RlpException;
import dev.lockstep.types.SignedTransaction;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.apache.tuweni.bytes.Bytes;
import org.apache.tuweni.bytes.Bytes32;
import org.apache.tuweni.units.bigints.UInt256;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * Runs the official transaction tests: whether bytes are a transaction that a block of a fork could
 * hold, whatever the state; and if so its hash, sender and intrinsic gas.
 */
public final class TransactionTests implements FixtureFormat {
    /** As far as the tests know of a block, it has room for everything. */
    private static final long BLOCK_GAS_LIMIT = -1;

    private static final long NO_TRANSACTION_CAP = 0;

    @Override
    public List<Case> cases(JsonNode test) {
        List<Case> cases = new ArrayList<>();
        for (var result : Fields.properties(test, "result")) {
            String fork = result.getKey();
            cases.add(new Case(fork, 0, () -> run(test, ForkNames.of(fork), result.getValue())));
        }
        return cases;
    }

    private static Verdict run(JsonNode test, Fork fork, JsonNode expected) {
        Bytes encoded = Fields.bytes(test, "txbytes");
        SignedTransaction tx = null;
        String refusal;
        try {
            tx = SignedTransaction.decode(encoded);
            Optional<Refused> refused = TransactionRules.check(tx.transaction(), block(fork));
            refusal = refused.map(r -> r.refusal() + ": " + r.message()).orElse(null);
        } catch (RlpException malformed) {
            refusal = "RLP: " + malformed.getMessage();
        }
        if (expected.has("exception")) {
            String exception = Fields.text(expected, "exception");
            return refusal == null
                    ? new Failed(null, "not refused; must be refused: " + exception)
                    : new Passed(null, List.of(new Refusal(exception, refusal)));
        }
        if (refusal != null || tx == null) return new Failed(null, "refused: " + refusal);
        String difference = difference(tx, encoded, fork, expected);
        return difference == null ? new Passed(null, List.of()) : new Failed(null, difference);
    }

    private static @Nullable String difference(
            SignedTransaction tx, Bytes encoded, Fork fork, JsonNode expected) {
        if (!tx.transaction().encode().equals(encoded)) {
            return "it encodes to " + tx.transaction().encode();
        }
        String found = describe(tx, TransactionRules.intrinsicGas(tx.transaction(), fork));
        String wanted =
                describe(
                        Fields.hash(expected, "hash"),
                        Fields.address(expected, "sender"),
                        Fields.number(expected, "intrinsicGas"));
        return found.equals(wanted) ? null : "it has " + found + ", should be " + wanted;
    }

    private static String describe(SignedTransaction tx, long intrinsicGas) {
        return describe(tx.hash(), tx.sender(), intrinsicGas);
    }

    private static String describe(Hash hash, Address sender, long intrinsicGas) {
        return "hash " + hash + ", sender " + sender + ", intrinsic gas " + intrinsicGas;
    }

    private static BlockContext block(Fork fork) {
        return new BlockContext(
                fork,
                UInt256.ONE,
                1,
                1,
                BLOCK_GAS_LIMIT,
                Address.ZERO,
                UInt256.ZERO,
                UInt256.ZERO,
                Bytes32.ZERO,
                UInt256.ZERO,
                fork.isAtLeast(Fork.PRAGUE) ? BlobSchedule.PRAGUE : BlobSchedule.CANCUN,
                NO_TRANSACTION_CAP,
                null,
                _ -> Hash.ZERO);
    }
}
