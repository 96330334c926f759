package dev.lockstep.node.reference;

import dev.lockstep.crypto.Keccak;
import dev.lockstep.crypto.KeyPair;
import dev.lockstep.evm.BlockContext;
import dev.lockstep.evm.Engine;
import dev.lockstep.evm.HaltReason;
import dev.lockstep.evm.Tracer;
import dev.lockstep.evm.TransactionExecutor;
import dev.lockstep.evm.TransactionOutcome.Executed;
import dev.lockstep.evm.TransactionOutcome.Refused;
import dev.lockstep.ledger.BlobFee;
import dev.lockstep.node.reference.CaseResult.Failed;
import dev.lockstep.node.reference.CaseResult.Passed;
import dev.lockstep.node.reference.CaseResult.Verdict;
import dev.lockstep.precompiles.LockstepPrecompiles;
import dev.lockstep.state.WorldState;
import dev.lockstep.types.Address;
import dev.lockstep.types.BlobSchedule;
import dev.lockstep.types.ChainSpec;
import dev.lockstep.types.Fork;
import dev.lockstep.types.Hash;
import dev.lockstep.types.LegacyTransaction;
import dev.lockstep.types.Log;
import dev.lockstep.types.RlpException;
import dev.lockstep.types.Signature;
import dev.lockstep.types.SignedTransaction;
import dev.lockstep.types.StateDiff;
import dev.lockstep.types.StateDiff.AccountChange;
import dev.lockstep.types.StateView;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.tuweni.bytes.Bytes;
import org.apache.tuweni.bytes.Bytes32;
import org.apache.tuweni.units.bigints.UInt256;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * The official state tests: one transaction on a listed state, compared by the root of the state
 * and the hash of the logs.
 */
public final class StateTests implements FixtureFormat {
    private final TransactionExecutor executor;
    private final @Nullable PrintWriter trace;

    /**
     * @param trace where the steps of each case are written, or null for nowhere
     */
    public StateTests(Engine engine, @Nullable PrintWriter trace) {
        executor = new TransactionExecutor(LockstepPrecompiles.standard(), engine);
        this.trace = trace;
    }

    /** One test: the state before, which its cases share, read when the first of them runs. */
    private static final class Scene {
        final JsonNode test;
        private @Nullable StateDiff before;
        private @Nullable WorldState world;

        Scene(JsonNode test) {
            this.test = test;
        }

        synchronized StateDiff before() {
            if (before == null) before = FixtureState.read(test, "pre");
            return before;
        }

        synchronized WorldState world() {
            if (world == null) world = FixtureState.world(before());
            return world;
        }
    }

    @Override
    public List<Case> cases(JsonNode test) {
        Scene scene = new Scene(test);
        List<Case> cases = new ArrayList<>();
        for (Map.Entry<String, JsonNode> post : Fields.properties(test, "post")) {
            int index = 0;
            for (JsonNode expected : post.getValue()) {
                cases.add(
                        new Case(
                                post.getKey(), index++, () -> run(scene, post.getKey(), expected)));
            }
        }
        return cases;
    }

    private Verdict run(Scene scene, String forkName, JsonNode expected) {
        Fork fork = ForkNames.of(forkName);
        BlockContext block = block(scene.test, fork);
        StepTrace steps = trace == null ? null : new StepTrace(trace);
        Outcome outcome = outcome(scene, block, expected, steps == null ? Tracer.NONE : steps);
        boolean mustRefuse = expected.has("expectException");
        if (mustRefuse != outcome.isRefused) {
            String reason =
                    mustRefuse ? "; must be refused: " + expected.get("expectException") : "";
            return new Failed(null, outcome.end + reason);
        }
        StateDiff diff = outcome.diff;
        // The tool that filled the older files pays a reward of zero to the coinbase even where it
        // refuses.
        if (mustRefuse && !expected.has("state") && !fork.isAtLeast(Fork.SPURIOUS_DRAGON)) {
            diff = touch(scene.before(), block.coinbase());
        }
        Hash root = scene.world().prepare(diff).root();
        if (steps != null) {
            steps.end(root, outcome.output, outcome.gasUsed, outcome.isSuccess);
        }
        Hash rootExpected = Fields.hash(expected, "hash");
        if (!root.equals(rootExpected)) {
            String states =
                    expected.has("state")
                            ? FixtureState.difference(
                                    scene.before().then(diff), FixtureState.read(expected, "state"))
                            : "";
            return new Failed(
                    root, differs("state root", root, rootExpected) + outcome.end + states);
        }
        Hash logs = Keccak.hash(Log.encodeAll(outcome.logs));
        Hash logsExpected = Fields.hash(expected, "logs");
        return logs.equals(logsExpected)
                ? new Passed(root)
                : new Failed(root, differs("hash of the logs", logs, logsExpected) + outcome.end);
    }

    private static String differs(String what, Hash is, Hash should) {
        return what + " is " + is + ", should be " + should + "; ";
    }

    /**
     * What became of the transaction.
     *
     * @param end in words
     */
    private record Outcome(
            boolean isRefused,
            boolean isSuccess,
            StateDiff diff,
            List<Log> logs,
            Bytes output,
            long gasUsed,
            String end) {
        static Outcome refused(String reason) {
            String end = "refused: " + reason;
            return new Outcome(true, false, StateDiff.EMPTY, List.of(), Bytes.EMPTY, 0, end);
        }

        static Outcome of(Executed run) {
            HaltReason halt = run.halt();
            String how =
                    run.succeeded() ? "succeeded" : halt == null ? "reverted" : "halted: " + halt;
            return new Outcome(
                    false,
                    run.succeeded(),
                    run.diff(),
                    run.logs(),
                    run.output(),
                    run.gasUsed(),
                    how + ", gas used " + run.gasUsed());
        }
    }

    private Outcome outcome(Scene scene, BlockContext block, JsonNode expected, Tracer tracer) {
        SignedTransaction tx;
        try {
            tx = transaction(scene.test, expected);
        } catch (RlpException undecodable) {
            return Outcome.refused("it does not decode: " + undecodable.getMessage());
        }
        StateView before = scene.world().head();
        return switch (executor.execute(before, block, tx, tracer)) {
            case Refused(var _, var message) -> Outcome.refused(message);
            case Executed executed -> Outcome.of(executed);
        };
    }

    /** Makes the account, as every touch did before empty accounts were deleted. */
    private static StateDiff touch(StateDiff state, Address address) {
        if (state.accounts().containsKey(address)) return StateDiff.EMPTY;
        StateDiff.Fields empty = new StateDiff.Fields(0, UInt256.ZERO, Hash.EMPTY);
        AccountChange made = new AccountChange(empty, false, new TreeMap<>());
        return new StateDiff(new TreeMap<>(Map.of(address, made)), new TreeMap<>());
    }

    /** As signed, or put together from the template that older files have alone. */
    private static SignedTransaction transaction(JsonNode test, JsonNode expected) {
        if (expected.has("txbytes")) {
            return SignedTransaction.decode(Fields.bytes(expected, "txbytes"));
        }
        JsonNode template = Fields.get(test, "transaction");
        JsonNode indexes = Fields.get(expected, "indexes");
        Bytes to = Fields.bytes(template, "to");
        LegacyTransaction tx =
                new LegacyTransaction(
                        null,
                        Fields.number(template, "nonce"),
                        Fields.word(template, "gasPrice"),
                        Fields.number("gasLimit", chosen(template, "gasLimit", indexes, "gas")),
                        to.isEmpty() ? null : Fields.address(template, "to"),
                        Fields.word("value", chosen(template, "value", indexes, "value")),
                        Fields.hex("data", chosen(template, "data", indexes, "data")),
                        new Signature(0, UInt256.ONE, UInt256.ONE));
        return SignedTransaction.of(tx, sender(template));
    }

    private static String chosen(JsonNode template, String list, JsonNode indexes, String index) {
        return Fields.element(template, list, Fields.index(indexes, index)).asString();
    }

    /** Named by newer files; older ones give the key alone. */
    private static Address sender(JsonNode template) {
        if (template.has("sender")) return Fields.address(template, "sender");
        UInt256 secret = Fields.word(template, "secretKey");
        try {
            return KeyPair.of(secret).address();
        } catch (IllegalArgumentException noKey) {
            throw new FixtureException("`secretKey` is no key: " + noKey.getMessage());
        }
    }

    private static BlockContext block(JsonNode test, Fork fork) {
        JsonNode env = Fields.get(test, "env");
        JsonNode config = test.get("config");
        UInt256 chainId =
                config == null ? UInt256.ONE : Fields.wordOr(config, "chainid", UInt256.ONE);
        BlobSchedule blobs = blobs(config, fork);
        UInt256 randao = Fields.wordOr(env, "currentRandom", UInt256.ZERO);
        return new BlockContext(
                fork,
                chainId,
                Fields.number(env, "currentNumber"),
                Fields.number(env, "currentTimestamp"),
                Fields.number(env, "currentGasLimit"),
                Fields.address(env, "currentCoinbase"),
                fork.isAtLeast(Fork.LONDON)
                        ? Fields.wordOr(env, "currentBaseFee", UInt256.valueOf(10))
                        : UInt256.ZERO,
                Fields.wordOr(env, "currentDifficulty", UInt256.ZERO),
                Bytes32.wrap(randao.toBytes()),
                env.has("currentExcessBlobGas")
                        ? BlobFee.price(Fields.number(env, "currentExcessBlobGas"), blobs)
                        : UInt256.ONE,
                blobs,
                ChainSpec.TRANSACTION_GAS_LIMIT_MAX,
                null,
                StateTests::blockHash);
    }

    private static Hash blockHash(long number) {
        return Keccak.hash(Bytes.wrap(Long.toString(number).getBytes(StandardCharsets.US_ASCII)));
    }

    private static BlobSchedule blobs(@Nullable JsonNode config, Fork fork) {
        if (config != null && config.has("blobSchedule")) {
            String name =
                    fork.isAtLeast(Fork.OSAKA)
                            ? "Osaka"
                            : fork.isAtLeast(Fork.PRAGUE) ? "Prague" : "Cancun";
            JsonNode blobs = Fields.get(config, "blobSchedule").get(name);
            if (blobs != null) {
                return new BlobSchedule(
                        (int) Fields.number(blobs, "target"),
                        (int) Fields.number(blobs, "max"),
                        Fields.number(blobs, "baseFeeUpdateFraction"));
            }
        }
        return fork.isAtLeast(Fork.PRAGUE) ? BlobSchedule.PRAGUE : BlobSchedule.CANCUN;
    }
}
