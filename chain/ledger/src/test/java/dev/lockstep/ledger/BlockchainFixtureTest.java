package dev.lockstep.ledger;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.lockstep.crypto.Keccak;
import dev.lockstep.evm.Precompiles;
import dev.lockstep.evm.TransactionExecutor;
import dev.lockstep.state.MemoryStore;
import dev.lockstep.types.Address;
import dev.lockstep.types.BlobSchedule;
import dev.lockstep.types.Block;
import dev.lockstep.types.ChainSpec;
import dev.lockstep.types.ChainSpec.Rules;
import dev.lockstep.types.Fork;
import dev.lockstep.types.Hash;
import dev.lockstep.types.HeaderForm;
import dev.lockstep.types.RlpException;
import dev.lockstep.types.StateDiff;
import dev.lockstep.types.StateDiff.AccountChange;
import dev.lockstep.types.StateDiff.Fields;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.apache.tuweni.bytes.Bytes;
import org.apache.tuweni.units.bigints.UInt256;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.ObjectMapper;

/**
 * Blocks of the execution-spec-tests through {@link Ledger#check}: those of Cancun and later whose
 * folders need no precompile, since the ledger knows none. The whole suite runs where the
 * precompiles are.
 */
class BlockchainFixtureTest {
    private static final List<String> FOLDERS =
            List.of(
                    "osaka/eip7594_peerdas",
                    "osaka/eip7825_transaction_gas_limit_cap",
                    "osaka/eip7918_blob_reserve_price",
                    "osaka/eip7939_count_leading_zeros",
                    "prague/eip2935_historical_block_hashes_from_state",
                    "prague/eip7002_el_triggerable_withdrawals",
                    "prague/eip7251_consolidations",
                    "cancun/eip4788_beacon_root",
                    "shanghai/eip4895_withdrawals",
                    "frontier/validation",
                    "london/validation");

    private final ObjectMapper mapper = new ObjectMapper();
    private final List<String> failures = new ArrayList<>();
    private int total;

    @Test
    void blocksAreAcceptedAndRejectedAsTheFixturesSay() {
        String root = System.getenv("LOCKSTEP_FIXTURES");
        if (root == null) System.out.println("blockchain fixtures: LOCKSTEP_FIXTURES is not set");
        assumeTrue(root != null, "LOCKSTEP_FIXTURES is not set");
        Path suite = Path.of(root, "ethereum", "blockchain", "eest-v5.4.0");
        FOLDERS.forEach(folder -> runFolder(suite.resolve(folder)));
        System.out.printf("blockchain fixtures: %d of %d passed%n", total - failures.size(), total);
        assertThat(total).isPositive();
        assertThat(failures).isEmpty();
    }

    private void runFolder(Path folder) {
        try (Stream<Path> files = Files.walk(folder)) {
            files.filter(file -> file.toString().endsWith(".json"))
                    .sorted()
                    .forEach(file -> mapper.readTree(file).forEachEntry(this::runCase));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void runCase(String id, JsonNode test) {
        ChainSpec spec = spec(test);
        if (spec == null) return;
        total++;
        String failure = run(spec, test);
        if (failure != null) failures.add(id + ": " + failure);
    }

    /** Why the case fails, or null. */
    private static String run(ChainSpec spec, JsonNode test) {
        Block genesisBlock = Block.decode(hex(test.get("genesisRLP")));
        Genesis genesis = new Genesis(spec, genesisBlock.header(), alloc(test.get("pre")));
        Ledger ledger =
                Ledger.open(
                        genesis,
                        new MemoryStore(),
                        new TransactionExecutor(Precompiles.NONE),
                        List.of());
        int index = 0;
        for (JsonNode node : test.get("blocks")) {
            boolean isBad = node.has("expectException");
            String wrong = feed(ledger, hex(node.get("rlp")));
            if (isBad && wrong == null) {
                return "block " + index + " was accepted: " + node.get("expectException");
            }
            if (!isBad && wrong != null) return "block " + index + ": " + wrong;
            index++;
        }
        Hash expected = Hash.of(hex(test.get("lastblockhash")));
        return ledger.headHash().equals(expected) ? null : "the head is " + ledger.headHash();
    }

    /** Commits a good block; why it is not good, or null. */
    private static String feed(Ledger ledger, Bytes encoded) {
        Block block;
        try {
            block = Block.decode(encoded);
        } catch (RlpException | IllegalArgumentException malformed) {
            return malformed.getMessage();
        }
        return switch (ledger.check(block)) {
            case Verdict.Valid(PreparedBlock prepared) -> {
                ledger.commit(prepared, block);
                yield null;
            }
            case Verdict.Invalid(BlockFault fault, String message) -> fault + ": " + message;
            case Verdict.Undecided(String reason) -> reason;
        };
    }

    /** The rules of the test's network, or null where it is older than Cancun. */
    private static ChainSpec spec(JsonNode test) {
        String network = test.get("network").asString();
        JsonNode blobs = test.path("config").path("blobSchedule");
        var byNumber = new TreeMap<Long, Rules>();
        var byTime = new TreeMap<Long, Rules>();
        String[] forks = network.replace("AtTime15k", "").split("To", 2);
        if (fork(forks[0]) == null) return null;
        byNumber.put(0L, rules(forks[0], blobs));
        if (forks.length == 2) byTime.put(15_000L, rules(forks[1], blobs));
        return new ChainSpec(
                UInt256.ONE,
                new ChainSpec.Schedule(byNumber, byTime),
                HeaderForm.PLAIN,
                false,
                ChainSpec.TRANSACTION_GAS_LIMIT_MAX,
                null,
                null);
    }

    private static Rules rules(String name, JsonNode blobs) {
        JsonNode row = blobs.path(name);
        BlobSchedule schedule =
                row.isMissingNode()
                        ? BlobSchedule.CANCUN
                        : new BlobSchedule(
                                (int) number(row.get("target")),
                                (int) number(row.get("max")),
                                number(row.get("baseFeeUpdateFraction")));
        return new Rules(fork(name), schedule);
    }

    private static Fork fork(String name) {
        return switch (name.toUpperCase(Locale.ROOT)) {
            case "SHANGHAI" -> Fork.SHANGHAI;
            case "CANCUN" -> Fork.CANCUN;
            case "PRAGUE" -> Fork.PRAGUE;
            case "OSAKA", "BPO1", "BPO2", "BPO3", "BPO4" -> Fork.OSAKA;
            default -> null;
        };
    }

    private static StateDiff alloc(JsonNode pre) {
        var accounts = new TreeMap<Address, AccountChange>();
        var codes = new TreeMap<Hash, Bytes>();
        pre.forEachEntry(
                (address, account) -> {
                    Bytes code = hex(account.get("code"));
                    Hash codeHash = Keccak.hash(code);
                    if (!code.isEmpty()) codes.put(codeHash, code);
                    var slots = new TreeMap<UInt256, UInt256>();
                    account.get("storage")
                            .forEachEntry(
                                    (slot, value) ->
                                            slots.put(
                                                    UInt256.fromHexString(slot),
                                                    UInt256.fromHexString(value.asString())));
                    Fields fields =
                            new Fields(
                                    number(account.get("nonce")),
                                    UInt256.fromHexString(account.get("balance").asString()),
                                    codeHash);
                    accounts.put(Address.fromHex(address), new AccountChange(fields, false, slots));
                });
        return new StateDiff(accounts, codes);
    }

    private static Bytes hex(JsonNode node) {
        return Bytes.fromHexString(node.asString());
    }

    private static long number(JsonNode node) {
        return Long.parseUnsignedLong(node.asString().substring(2), 16);
    }
}
