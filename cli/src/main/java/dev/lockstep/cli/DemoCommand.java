package dev.lockstep.cli;

import dev.lockstep.crypto.KeyPair;
import dev.lockstep.genesis.DevAccounts;
import dev.lockstep.ledger.Ledger;
import dev.lockstep.node.BlockFile;
import dev.lockstep.node.BundledModels;
import dev.lockstep.node.Chain;
import dev.lockstep.node.DataFolder;
import dev.lockstep.node.Lie;
import dev.lockstep.node.Verification;
import dev.lockstep.precompiles.inference.InferenceMemo;
import dev.lockstep.state.KeyValueStore;
import dev.lockstep.state.MemoryStore;
import dev.lockstep.types.Address;
import dev.lockstep.types.Block;
import dev.lockstep.types.CallRecord;
import dev.lockstep.types.QbftExtraData;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import org.apache.tuweni.bytes.Bytes;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;
import tools.jackson.databind.JsonNode;

/** The main job, seen in a minute. */
@Command(
        name = "demo",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        description = {
            "See the whole of it: four validators, each in a process of its own; a contract calls a model and all four"
                    + " execute it and agree; one is killed, comes back and catches up; one with a tampered model is"
                    + " left out; one that lies is outvoted; a lie that all had sealed is refused by whoever re-executes.",
            "Everything happens in a temporary folder on loopback. Exit code 0 only if all of it held."
        })
final class DemoCommand implements Callable<Integer> {
    private static final int VALIDATORS = 4;
    private static final int KILLED = 1;
    private static final int TAMPERED = 3;

    @Spec private CommandSpec spec = CommandSpec.create();

    @Option(
            names = "--keep",
            paramLabel = "DIR",
            description =
                    "Keep the network's folder, with what each node printed, in this new or empty folder.")
    private @Nullable Path keep;

    @Override
    public Integer call() throws Exception {
        Logging.quiet();
        Path kept = keep;
        if (kept != null) DataFolder.refuseUnlessEmpty(kept);
        Path folder = kept != null ? kept : Files.createTempDirectory("lockstep-demo");
        DemoNetwork network = DemoNetwork.create(folder, VALIDATORS);
        Thread onSignal = new Thread(() -> cleanUp(network, kept == null ? folder : null), "stop");
        Runtime.getRuntime().addShutdownHook(onSignal);
        boolean held;
        try {
            held = tell(network);
        } finally {
            network.close();
        }
        say(held ? "All of it held." : "It did NOT hold; see above.");
        if (kept != null) {
            line("Kept in " + kept + "; `lockstep network run " + kept + "` runs it on.");
        }
        return held ? 0 : 1;
    }

    private static void cleanUp(DemoNetwork network, @Nullable Path scratch) {
        network.close();
        try {
            if (scratch != null) DataFolder.delete(scratch);
        } catch (IOException inUse) {
            // It is in the system's temporary folder.
        }
    }

    private boolean tell(DemoNetwork network) throws IOException, InterruptedException {
        say("1. Four validators, each a process with a key and a state of its own");
        for (int i = 0; i < VALIDATORS; i++) network.start(i);
        for (int i = 0; i < VALIDATORS; i++) network.awaitHead(i, 1);
        line("   up and agreeing on a block a second");
        Call call = callModelInTransaction(network.rpc(0));
        boolean held = allAgree(network, call);
        held &= oneMayDie(network);
        held &= tamperedModelIsLeftOut(network);
        held &= liarIsOutvoted(network, call.contract);
        long common = network.head(0);
        for (int i = 0; i < VALIDATORS; i++) network.awaitHead(i, common);
        held &= sameBlock(network, common);
        network.close();
        return lieIsRefused(network, call) && held;
    }

    private void say(String line) {
        line("");
        line(line);
    }

    private void line(String line) {
        PrintWriter out = spec.commandLine().getOut();
        out.println(line);
        out.flush();
    }

    /** What the transaction left on the chain. */
    private record Call(DemoContract contract, String transaction, long blockNumber) {}

    private Call callModelInTransaction(JsonRpcClient rpc) throws IOException {
        KeyPair user = DevAccounts.all().getFirst().keys();
        DemoContract contract =
                DemoContract.deploy(rpc, user, BundledModels.VOLATILITY.model().id());
        say("2. DynamicFee deployed at " + contract.address().checksummed());
        DemoContract.Update update = contract.update(rpc, user);
        line("   update(10 candles) in " + update.transaction());
        line(
                "   forecast volatility "
                        + update.volatilityPercent()
                        + " % a candle -> fee "
                        + update.feeTier());
        JsonNode record = record(rpc, update.transaction().toString());
        long quoted = rpc.quantity("lockstep_quote", record.path("model").asString()).toLong();
        long charged = Long.decode(record.path("gas").asString());
        line(
                "   gas of the model quoted %,d, charged %,d (transaction %,d)"
                        .formatted(quoted, charged, update.gasUsed()));
        if (quoted != charged) {
            throw new CommandFailure(
                    "the model call was quoted " + quoted + " gas and charged " + charged);
        }
        return new Call(contract, update.transaction().toString(), update.blockNumber());
    }

    private static JsonNode record(JsonRpcClient rpc, String transaction) throws IOException {
        JsonNode records =
                rpc.call("lockstep_getInferences", Map.of("transactionHash", transaction));
        if (records.size() != 1) {
            throw new CommandFailure("one model call was expected in " + transaction);
        }
        return records.get(0);
    }

    private boolean allAgree(DemoNetwork network, Call call)
            throws IOException, InterruptedException {
        say("   All four executed it before they voted for block " + call.blockNumber + ":");
        line("   validator  answer's hash   state root      inference root  block");
        TreeSet<String> told = new TreeSet<>();
        for (int i = 0; i < network.size(); i++) {
            network.awaitHead(i, call.blockNumber);
            JsonNode record = record(network.rpc(i), call.transaction);
            JsonNode block = network.block(i, call.blockNumber);
            Bytes extraData = Bytes.fromHexString(block.path("extraData").asString());
            String row =
                    String.join(
                            "  ",
                            brief(record.path("outputHash").asString()),
                            brief(block.path("stateRoot").asString()),
                            brief(QbftExtraData.decode(extraData).vanity().toHexString()),
                            brief(block.path("hash").asString()));
            line("   " + (i + 1) + "          " + row);
            told.add(row + record.path("inferenceRoot").asString());
        }
        if (told.size() != 1) line("   THEY DIFFER");
        return told.size() == 1;
    }

    /** Enough of a hash to compare by eye. */
    private static String brief(String hash) {
        return hash.substring(0, 8) + "…" + hash.substring(hash.length() - 5);
    }

    private boolean oneMayDie(DemoNetwork network) throws IOException, InterruptedException {
        long before = network.head(0);
        network.kill(KILLED);
        say("3. Validator " + (KILLED + 1) + " is killed at block " + before);
        long without = network.awaitHead(0, before + 3);
        line("   the other three went on to block " + without);
        network.start(KILLED);
        long caughtUp = network.awaitHead(KILLED, network.head(0));
        line("   it is back, took what it had missed and re-executed it: block " + caughtUp);
        return sameBlock(network, without);
    }

    private boolean sameBlock(DemoNetwork network, long number) throws IOException {
        TreeSet<String> hashes = new TreeSet<>();
        for (int i = 0; i < network.size(); i++) {
            hashes.add(network.block(i, number).path("hash").asString());
        }
        line(
                hashes.size() == 1
                        ? "   all four have the same block " + number + ", " + brief(hashes.first())
                        : "   THEY DIFFER at block " + number + ": " + hashes);
        return hashes.size() == 1;
    }

    private boolean tamperedModelIsLeftOut(DemoNetwork network)
            throws IOException, InterruptedException {
        network.stop(TAMPERED);
        String id = BundledModels.VOLATILITY.model().id().toString().replaceFirst("^0x", "");
        Path model = network.folder(TAMPERED).resolve("models").resolve(id + ".lkm");
        byte[] genuine = Files.readAllBytes(model);
        byte[] altered = genuine.clone();
        altered[altered.length / 2] ^= 1;
        Files.write(model, altered);
        say("4. Validator " + (TAMPERED + 1) + " comes back with one bit of its model altered");
        List<String> said = network.start(TAMPERED);
        int exitCode = network.awaitEnd(TAMPERED);
        String refusal =
                said.stream().filter(l -> l.startsWith("lockstep: ")).findFirst().orElse("");
        line("   " + refusal);
        boolean abstained = exitCode != 0 && !refusal.isEmpty();
        if (!abstained) line("   IT RUNS with a model that is not the chain's");
        long before = network.head(0);
        line(
                "   it has no vote that way; the others go on to block "
                        + network.awaitHead(0, before + 2));
        Files.write(model, genuine);
        network.start(TAMPERED);
        network.awaitHead(TAMPERED, before + 2);
        line("   with the genuine model it is back");
        return abstained;
    }

    /** A validator that runs, proposes and votes, and has other answers than the model. */
    private boolean liarIsOutvoted(DemoNetwork network, DemoContract contract)
            throws IOException, InterruptedException {
        network.stop(TAMPERED);
        network.startLying(TAMPERED);
        network.awaitHead(TAMPERED, network.head(0));
        say(
                "5. Validator "
                        + (TAMPERED + 1)
                        + " comes back as a liar that alters every answer of a model and votes by it");
        Address liar = DataFolder.open(network.folder(TAMPERED)).key().address();
        awaitTurn(network, liar);
        long number =
                contract.update(network.rpc(0), DevAccounts.all().getFirst().keys()).blockNumber();
        JsonNode block = network.block(0, number);
        Bytes extraData = Bytes.fromHexString(block.path("extraData").asString());
        QbftExtraData agreed = QbftExtraData.decode(extraData);
        String refusal = refusal(network, number, liar);
        line(
                refusal.isEmpty()
                        ? "   it has no vote for block " + number + ", which calls the model"
                        : "   " + refusal);
        line(
                "   the others seal their own, in round "
                        + agreed.round()
                        + " with "
                        + agreed.seals().size()
                        + " seals, and go on to block "
                        + network.awaitHead(0, number + 2));
        boolean held = !block.path("miner").asString().equals(liar.toString());
        TreeSet<String> hashes = new TreeSet<>();
        for (int i = 0; i < network.size(); i++) {
            if (i == TAMPERED) continue;
            network.awaitHead(i, number);
            hashes.add(network.block(i, number).path("hash").asString());
        }
        long alone = network.head(TAMPERED);
        held &= hashes.size() == 1 && alone < number;
        line(
                held
                        ? "   the liar stands alone at block " + alone
                        : "   THE LIE WENT THROUGH, or the others differ: " + hashes);
        network.stop(TAMPERED);
        network.start(TAMPERED);
        network.awaitHead(TAMPERED, number);
        line("   honest again, it takes block " + number + " as it is");
        return held;
    }

    /** Waits until this validator is the next to propose. */
    private static void awaitTurn(DemoNetwork network, Address validator)
            throws IOException, InterruptedException {
        List<Address> validators = Chain.validators(DataFolder.open(network.folder(0)).genesis());
        int before = Math.floorMod(validators.indexOf(validator) - 1, validators.size());
        String predecessor = validators.get(before).toString();
        long seen = network.head(0);
        String miner = "";
        while (!miner.equals(predecessor)) {
            seen = network.awaitHead(0, seen + 1);
            miner = network.block(0, seen).path("miner").asString();
        }
    }

    /** What the first validator said of the liar's proposal, or nothing where it made none. */
    private static String refusal(DemoNetwork network, long number, Address liar)
            throws IOException {
        String beginning = "Proposed block " + number + " of " + liar;
        for (String line : Files.readAllLines(network.log(0))) {
            int at = line.indexOf(beginning);
            if (at >= 0) return "it proposes: " + brief(line.substring(at), liar);
        }
        return "";
    }

    private static String brief(String line, Address liar) {
        String shown = line.replace(liar.toString(), "validator " + (TAMPERED + 1));
        return shown.replaceAll("0x([0-9a-f]{6})[0-9a-f]{53}([0-9a-f]{5})", "0x$1…$2");
    }

    /** Another answer than the model's, sealed by every validator. */
    private boolean lieIsRefused(DemoNetwork network, Call call) throws IOException {
        say(
                "6. The model's answer in block "
                        + call.blockNumber
                        + " is altered, and all four keys seal that block anew");
        DataFolder folder = DataFolder.open(network.folder(0));
        Path lie = network.folder(0).resolve("lie.rlp");
        try (KeyValueStore store = folder.openStore()) {
            Chain chain = open(folder, store, InferenceMemo.Size.NORMAL);
            write(chain, network, call, lie);
        }
        try (KeyValueStore store = new MemoryStore()) {
            Chain chain = open(folder, store, InferenceMemo.Size.OFF);
            return switch (Verification.run(chain.ledger(), lie, _ -> {})) {
                case Verification.Result.Agrees _ -> {
                    line("   ACCEPTED: the lie went through");
                    yield false;
                }
                case Verification.Result.Differs(var number, var hash, var rule, var message) -> {
                    line(
                            "   whoever re-executes it refuses block "
                                    + number
                                    + " "
                                    + brief(hash.toString()));
                    line("   " + rule + ": " + message);
                    yield number == call.blockNumber && rule.equals("INFERENCE_ROOT");
                }
            };
        } finally {
            Files.deleteIfExists(lie);
        }
    }

    private static Chain open(DataFolder folder, KeyValueStore store, InferenceMemo.Size memo) {
        return Chain.open(folder.genesis(), store, folder.models(), new InferenceMemo(memo));
    }

    /** The chain up to the block with the call, and that block with the lie. */
    private static void write(Chain chain, DemoNetwork network, Call call, Path lie)
            throws IOException {
        Ledger ledger = chain.ledger();
        List<CallRecord> records = Objects.requireNonNull(ledger.callRecords(call.blockNumber));
        List<KeyPair> keys = new ArrayList<>();
        for (int i = 0; i < network.size(); i++) {
            keys.add(DataFolder.open(network.folder(i)).key());
        }
        try (BlockFile.Writer writer = new BlockFile.Writer(lie)) {
            for (long number = 0; number < call.blockNumber; number++) {
                writer.write(Objects.requireNonNull(ledger.block(number)));
            }
            Block honest = Objects.requireNonNull(ledger.block(call.blockNumber));
            writer.write(Lie.aboutAnswer(honest, records, keys));
        }
    }
}
