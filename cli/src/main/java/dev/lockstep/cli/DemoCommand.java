package dev.lockstep.cli;

import dev.lockstep.crypto.KeyPair;
import dev.lockstep.genesis.DevAccounts;
import dev.lockstep.ledger.Ledger;
import dev.lockstep.node.BlockFile;
import dev.lockstep.node.BundledModels;
import dev.lockstep.node.Chain;
import dev.lockstep.node.DataFolder;
import dev.lockstep.node.DevChain;
import dev.lockstep.node.Lie;
import dev.lockstep.node.Node;
import dev.lockstep.node.Verification;
import dev.lockstep.precompiles.inference.InferenceMemo;
import dev.lockstep.rpc.RpcConfig;
import dev.lockstep.state.KeyValueStore;
import dev.lockstep.state.RocksStore;
import dev.lockstep.types.Block;
import dev.lockstep.types.BlockHeader;
import dev.lockstep.types.CallRecord;
import dev.lockstep.types.Hash;
import dev.lockstep.types.QbftExtraData;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.apache.tuweni.bytes.Bytes;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;
import tools.jackson.databind.JsonNode;

/** The main job, seen in half a minute. */
@Command(
        name = "demo",
        mixinStandardHelpOptions = true,
        description = {
            "See the whole of it: a contract calls a model, an independent node re-executes every block and agrees, "
                    + "and a block with one altered byte of a model's answer is rejected.",
            "Everything happens in a temporary folder on loopback. Exit code 0 only if all of it held."
        })
final class DemoCommand implements Callable<Integer> {
    @Spec private CommandSpec spec = CommandSpec.create();

    @Override
    public Integer call() throws Exception {
        Logging.quiet();
        PrintWriter out = spec.commandLine().getOut();
        Path scratch = Files.createTempDirectory("lockstep-demo");
        Path blocks = scratch.resolve("chain.rlp");
        Path lie = scratch.resolve("lie.rlp");
        boolean held;
        try (DevChain dev = DevChain.prepare(null, List.of(), 0);
                Node node = Node.start(dev.config(RpcConfig.local(0)))) {
            say(out, "1. A chain with one validator and two models, on " + node.rpcUrl());
            Banner.models(node.chain(), out);
            long height = callModelInTransaction(out, node);
            export(node.chain().ledger(), blocks);
            writeLie(node.chain(), height, blocks, lie);
            boolean agreed = othersAgree(out, dev, scratch, blocks, node.chain().ledger());
            boolean refused = othersRefuse(out, dev, lie, height);
            held = agreed && refused;
        } finally {
            DataFolder.delete(scratch);
        }
        say(out, held ? "All of it held." : "It did NOT hold; see above.");
        return held ? 0 : 1;
    }

    private static void say(PrintWriter out, String line) {
        out.println();
        out.println(line);
        out.flush();
    }

    /**
     * Deploys the example and updates it, as a user's client would; gives the height of the update.
     */
    private static long callModelInTransaction(PrintWriter out, Node node) throws IOException {
        KeyPair user = DevAccounts.all().getFirst().keys();
        try (JsonRpcClient rpc = new JsonRpcClient(node.rpcUrl())) {
            DemoContract contract =
                    DemoContract.deploy(rpc, user, BundledModels.VOLATILITY.model().id());
            say(
                    out,
                    "2. DynamicFee deployed at "
                            + contract.address().checksummed()
                            + ", gas "
                            + contract.deploymentGasUsed());
            DemoContract.Update update = contract.update(rpc, user);
            out.println("   update(10 candles) in " + update.transaction());
            out.println(
                    "   forecast volatility  "
                            + update.volatilityPercent()
                            + " % a candle -> fee "
                            + update.feeTier());
            JsonNode record =
                    rpc.call(
                                    "lockstep_getInferences",
                                    java.util.Map.of(
                                            "transactionHash", update.transaction().toString()))
                            .get(0);
            long quoted = rpc.quantity("lockstep_quote", record.path("model").asString()).toLong();
            long charged = Long.decode(record.path("gas").asString());
            out.printf(
                    "   gas of the model     quoted %,d, charged %,d (transaction %,d)%n",
                    quoted, charged, update.gasUsed());
            out.println("   call record          " + record);
            BlockHeader header =
                    Objects.requireNonNull(node.chain().ledger().header(update.blockNumber()));
            out.println(
                    "   inference root       "
                            + QbftExtraData.decode(header.extraData()).vanity()
                            + " in block "
                            + header.number());
            if (quoted != charged)
                throw new CommandFailure(
                        "the model call was quoted " + quoted + " gas and charged " + charged);
            return update.blockNumber();
        }
    }

    private static void export(Ledger ledger, Path file) throws IOException {
        try (BlockFile.Writer writer = new BlockFile.Writer(file)) {
            for (long number = 0; number <= ledger.head().number(); number++) {
                writer.write(Objects.requireNonNull(ledger.block(number)));
            }
        }
    }

    private static boolean othersAgree(
            PrintWriter out, DevChain dev, Path scratch, Path blocks, Ledger first)
            throws IOException {
        say(
                out,
                "3. A second node, with a state of its own, re-executes every block from the exported file");
        try (KeyValueStore store = RocksStore.open(scratch.resolve("second"))) {
            Chain chain =
                    Chain.open(
                            dev.genesis(),
                            store,
                            dev.folder().models(),
                            new InferenceMemo(InferenceMemo.Size.OFF));
            Verification.Result result = Verification.run(chain.ledger(), blocks, _ -> {});
            switch (result) {
                case Verification.Result.Agrees(
                                _,
                                var count,
                                var transactions,
                                var gasUsed,
                                var modelCalls,
                                var head) -> {
                    out.printf(
                            "   %s, %s, %s, %,d gas: every root agrees%n",
                            BlocksCommand.counted(count, "block"),
                            BlocksCommand.counted(transactions, "transaction"),
                            BlocksCommand.counted(modelCalls, "model call"),
                            gasUsed);
                    out.println(
                            "   head  "
                                    + chain.ledger().hash(head)
                                    + "  state root "
                                    + head.stateRoot());
                    return chain.ledger().hash(head).equals(first.hash(first.head()))
                            && modelCalls > 0;
                }
                case Verification.Result.Differs(var number, var hash, var rule, var message) -> {
                    out.println(
                            "   block "
                                    + number
                                    + " "
                                    + hash
                                    + " differs: "
                                    + rule
                                    + ": "
                                    + message);
                    return false;
                }
            }
        }
    }

    /** A copy of the chain's file in which the proposer lies about one byte of a model's answer. */
    private static void writeLie(Chain chain, long height, Path blocks, Path lie)
            throws IOException {
        Ledger ledger = chain.ledger();
        Block honest = Objects.requireNonNull(ledger.block(height));
        List<CallRecord> records = Objects.requireNonNull(ledger.callRecords(height));
        CallRecord first = records.getFirst();
        Bytes answer = Objects.requireNonNull(chain.memo().find(first.model(), first.inputHash()));
        try (BlockFile.Reader reader = new BlockFile.Reader(blocks);
                BlockFile.Writer writer = new BlockFile.Writer(lie)) {
            for (Block block = reader.next();
                    block != null && block.header().number() < height;
                    block = reader.next()) {
                writer.write(block);
            }
            writer.write(Lie.aboutAnswer(honest, records, answer, DevChain.VALIDATOR));
        }
    }

    private static boolean othersRefuse(PrintWriter out, DevChain dev, Path lie, long height)
            throws IOException {
        say(
                out,
                "4. The same chain, but one byte of the model's answer in block "
                        + height
                        + " is altered (and the block sealed anew)");
        try (KeyValueStore store = new dev.lockstep.state.MemoryStore()) {
            Chain chain =
                    Chain.open(
                            dev.genesis(),
                            store,
                            dev.folder().models(),
                            new InferenceMemo(InferenceMemo.Size.OFF));
            return switch (Verification.run(chain.ledger(), lie, _ -> {})) {
                case Verification.Result.Agrees _ -> {
                    out.println("   ACCEPTED: the lie went through");
                    yield false;
                }
                case Verification.Result.Differs(var number, Hash hash, var rule, var message) -> {
                    out.println("   rejected: block " + number + " " + hash);
                    out.println("   " + rule + ": " + message);
                    yield number == height && rule.equals("INFERENCE_ROOT");
                }
            };
        }
    }
}
