package dev.lockstep.acceptance.reference;

import dev.lockstep.crypto.Keccak;
import dev.lockstep.evm.BlockContext;
import dev.lockstep.evm.Tracer;
import dev.lockstep.evm.TransactionExecutor;
import dev.lockstep.evm.TransactionOutcome;
import dev.lockstep.evm.TransactionOutcome.Executed;
import dev.lockstep.evm.TransactionOutcome.Refused;
import dev.lockstep.precompiles.LockstepPrecompiles;
import dev.lockstep.state.KeyValueStore;
import dev.lockstep.state.MemoryStore;
import dev.lockstep.state.WorldState;
import dev.lockstep.state.WriteBatch;
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
import java.io.IOException;
import java.io.UncheckedIOException;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.apache.tuweni.bytes.Bytes;
import org.apache.tuweni.bytes.Bytes32;
import org.apache.tuweni.units.bigints.UInt256;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.ObjectMapper;

/**
 * Runs the official state tests: one transaction on a listed state, compared by the root of the
 * state and the hash of the logs.
 *
 * <p>By hand: {@code StateTests [--fork Cancun] [--name part] [--differences] folder-or-file...}
 */
public final class StateTests {
    private static final ObjectMapper JSON = new ObjectMapper();

    /** As the fixtures name the forks. */
    private static final Map<String, Fork> FORKS =
            Map.ofEntries(
                    Map.entry("Frontier", Fork.FRONTIER),
                    Map.entry("Homestead", Fork.HOMESTEAD),
                    Map.entry("EIP150", Fork.TANGERINE_WHISTLE),
                    Map.entry("EIP158", Fork.SPURIOUS_DRAGON),
                    Map.entry("Byzantium", Fork.BYZANTIUM),
                    Map.entry("Constantinople", Fork.CONSTANTINOPLE),
                    Map.entry("ConstantinopleFix", Fork.PETERSBURG),
                    Map.entry("Istanbul", Fork.ISTANBUL),
                    Map.entry("Berlin", Fork.BERLIN),
                    Map.entry("London", Fork.LONDON),
                    Map.entry("Paris", Fork.PARIS),
                    Map.entry("Merge", Fork.PARIS),
                    Map.entry("Shanghai", Fork.SHANGHAI),
                    Map.entry("Cancun", Fork.CANCUN),
                    Map.entry("Prague", Fork.PRAGUE),
                    Map.entry("Osaka", Fork.OSAKA));

    private final TransactionExecutor executor =
            new TransactionExecutor(LockstepPrecompiles.standard());
    private final Predicate<String> forks;
    private final boolean showsDifferences;

    private int total;
    private final List<String> failures = new ArrayList<>();

    StateTests(Predicate<String> forks, boolean showsDifferences) {
        this.forks = forks;
        this.showsDifferences = showsDifferences;
    }

    public static void main(String[] args) {
        String fork = null;
        String name = "";
        boolean showsDifferences = false;
        List<Path> paths = new ArrayList<>();
        for (int i = 0; i < args.length; i++) {
            switch (args[i]) {
                case "--fork" -> fork = args[++i];
                case "--name" -> name = args[++i];
                case "--differences" -> showsDifferences = true;
                default -> paths.add(Path.of(args[i]));
            }
        }
        String only = fork;
        StateTests tests = new StateTests(f -> only == null || f.equals(only), showsDifferences);
        for (Path path : paths) tests.run(path, name);
        tests.failures.forEach(System.out::println);
        System.out.println(tests.summary());
        if (!tests.failures.isEmpty()) System.exit(1);
    }

    int total() {
        return total;
    }

    int passed() {
        return total - failures.size();
    }

    String summary() {
        return passed() + "/" + total + " passed, " + failures.size() + " failed";
    }

    /** Ids of failed cases with what was wrong. */
    List<String> failures() {
        return failures;
    }

    void run(Path path) {
        run(path, "");
    }

    /** Every case whose id contains {@code name} of a file, or of all files under a folder. */
    private void run(Path path, String name) {
        try (Stream<Path> files = Files.walk(path)) {
            for (Path file : files.filter(p -> p.toString().endsWith(".json")).sorted().toList()) {
                for (var test : JSON.readTree(file.toFile()).properties()) {
                    if (test.getKey().contains(name)) runTest(file, test.getKey(), test.getValue());
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void runTest(Path file, String id, JsonNode test) {
        for (Map.Entry<String, JsonNode> post : test.get("post").properties()) {
            if (!forks.test(post.getKey())) continue;
            int number = 0;
            for (JsonNode expected : post.getValue()) {
                String label =
                        file.getParent().getFileName()
                                + "/"
                                + file.getFileName()
                                + " "
                                + id
                                + " "
                                + post.getKey()
                                + " #"
                                + number++;
                total++;
                String fault = runCase(test, fork(post.getKey()), expected);
                if (fault != null) failures.add(label + ": " + fault);
            }
        }
    }

    private static Fork fork(String name) {
        Fork fork = FORKS.get(name);
        if (fork == null) throw new IllegalArgumentException("unknown fork " + name);
        return fork;
    }

    /** What is wrong, or null. */
    private String runCase(JsonNode test, Fork fork, JsonNode expected) {
        StateDiff before = FixtureState.read(test.get("pre"));
        boolean mustRefuse = expected.has("expectException");
        SignedTransaction tx;
        try {
            tx = transaction(test.get("transaction"), expected);
        } catch (RlpException | IllegalArgumentException undecodable) {
            return mustRefuse ? null : "does not decode: " + undecodable.getMessage();
        }
        WorldState world = worldOf(before);
        BlockContext block = block(test, fork);
        TransactionOutcome outcome = executor.execute(world.head(), block, tx, Tracer.NONE);
        StateDiff diff = StateDiff.EMPTY;
        List<Log> logs = List.of();
        switch (outcome) {
            case Refused(var refusal, var message) -> {
                if (!mustRefuse) return "refused: " + refusal + " " + message;
                // The tool that filled the older files pays a reward of zero to the coinbase even
                // so.
                boolean isRewarded =
                        !expected.has("state") && !fork.isAtLeast(Fork.SPURIOUS_DRAGON);
                if (isRewarded) diff = touch(before, block.coinbase());
            }
            case Executed executed -> {
                if (mustRefuse) return "not refused: " + expected.get("expectException");
                diff = executed.diff();
                logs = executed.logs();
            }
        }
        Hash root = world.prepare(diff).root();
        if (!root.toString().equals(expected.get("hash").asString())) {
            return "root " + root + explain(outcome) + differences(before.then(diff), expected);
        }
        Hash logsHash = Keccak.hash(Log.encodeAll(logs));
        return logsHash.toString().equals(expected.get("logs").asString())
                ? null
                : "logs " + logsHash;
    }

    /** Makes the account, as every touch did before empty accounts were deleted. */
    private static StateDiff touch(StateDiff state, Address address) {
        if (state.accounts().containsKey(address)) return StateDiff.EMPTY;
        StateDiff.Fields empty = new StateDiff.Fields(0, UInt256.ZERO, Hash.EMPTY);
        AccountChange made = new AccountChange(empty, false, new TreeMap<>());
        return new StateDiff(new TreeMap<>(Map.of(address, made)), new TreeMap<>());
    }

    /** The state in a store in memory, as a node would hold it after its first block. */
    private static WorldState worldOf(StateDiff before) {
        KeyValueStore store = new MemoryStore();
        WorldState world = new WorldState(store);
        WriteBatch batch = new WriteBatch();
        world.stage(world.prepare(before), 0, batch);
        store.write(batch);
        return world;
    }

    private static String explain(TransactionOutcome outcome) {
        return outcome instanceof Executed e
                ? " succeeded " + e.succeeded() + " gas " + e.gasUsed() + " halt " + e.halt()
                : "";
    }

    private String differences(StateDiff state, JsonNode expected) {
        if (!showsDifferences || !expected.has("state")) return "";
        return "\n" + FixtureState.difference(state, FixtureState.read(expected.get("state")));
    }

    private static SignedTransaction transaction(JsonNode template, JsonNode expected) {
        if (expected.has("txbytes")) {
            return SignedTransaction.decode(Fields.bytes(expected.get("txbytes")));
        }
        JsonNode indexes = expected.get("indexes");
        Bytes to = Fields.bytes(template.get("to"));
        LegacyTransaction tx =
                new LegacyTransaction(
                        null,
                        Fields.number(template.get("nonce")),
                        Fields.word(template.get("gasPrice")),
                        Fields.number(template.get("gasLimit").get(indexes.get("gas").asInt())),
                        to.isEmpty() ? null : Address.of(to),
                        Fields.word(template.get("value").get(indexes.get("value").asInt())),
                        Fields.bytes(template.get("data").get(indexes.get("data").asInt())),
                        new Signature(0, UInt256.ONE, UInt256.ONE));
        return new SignedTransaction(
                tx, tx.hash(), Address.fromHex(template.get("sender").asString()));
    }

    private static BlockContext block(JsonNode test, Fork fork) {
        JsonNode env = test.get("env");
        JsonNode config = test.get("config");
        UInt256 chainId =
                config != null && config.has("chainid")
                        ? Fields.word(config.get("chainid"))
                        : UInt256.ONE;
        BlobSchedule blobs = blobs(config, fork);
        JsonNode excess = env.get("currentExcessBlobGas");
        UInt256 randao = Fields.wordOr(env.get("currentRandom"), UInt256.ZERO);
        return new BlockContext(
                fork,
                chainId,
                Fields.number(env.get("currentNumber")),
                Fields.number(env.get("currentTimestamp")),
                Fields.number(env.get("currentGasLimit")),
                Address.fromHex(env.get("currentCoinbase").asString()),
                fork.isAtLeast(Fork.LONDON)
                        ? Fields.wordOr(env.get("currentBaseFee"), UInt256.valueOf(10))
                        : UInt256.ZERO,
                Fields.wordOr(env.get("currentDifficulty"), UInt256.ZERO),
                Bytes32.wrap(randao.toBytes()),
                excess == null ? UInt256.ONE : blobBaseFee(Fields.number(excess), blobs),
                blobs,
                ChainSpec.TRANSACTION_GAS_LIMIT_MAX,
                StateTests::blockHash);
    }

    private static Hash blockHash(long number) {
        return Keccak.hash(Bytes.wrap(Long.toString(number).getBytes(StandardCharsets.US_ASCII)));
    }

    private static BlobSchedule blobs(JsonNode config, Fork fork) {
        if (config != null && config.has("blobSchedule")) {
            String name =
                    fork.isAtLeast(Fork.OSAKA)
                            ? "Osaka"
                            : fork.isAtLeast(Fork.PRAGUE) ? "Prague" : "Cancun";
            JsonNode blobs = config.get("blobSchedule").get(name);
            if (blobs != null) {
                return new BlobSchedule(
                        (int) Fields.number(blobs.get("target")),
                        (int) Fields.number(blobs.get("max")),
                        Fields.number(blobs.get("baseFeeUpdateFraction")));
            }
        }
        return fork.isAtLeast(Fork.PRAGUE) ? BlobSchedule.PRAGUE : BlobSchedule.CANCUN;
    }

    /** The integer exponential of the excess, by its definition. @source EIP-4844 */
    private static UInt256 blobBaseFee(long excess, BlobSchedule blobs) {
        BigInteger denominator = BigInteger.valueOf(blobs.baseFeeUpdateFraction());
        BigInteger numerator = BigInteger.valueOf(excess);
        BigInteger sum = BigInteger.ZERO;
        BigInteger term = denominator;
        for (int i = 1; term.signum() > 0; i++) {
            sum = sum.add(term);
            term = term.multiply(numerator).divide(denominator.multiply(BigInteger.valueOf(i)));
        }
        return UInt256.valueOf(sum.divide(denominator));
    }
}
