package dev.lockstep.genesis;

import dev.lockstep.state.MemoryStore;
import dev.lockstep.state.WorldState;
import dev.lockstep.types.Address;
import dev.lockstep.types.BlockHeader;
import dev.lockstep.types.ChainSpec;
import dev.lockstep.types.ChainSpec.InferenceSpec;
import dev.lockstep.types.ChainSpec.Schedule;
import dev.lockstep.types.ChainSpec.SystemContracts;
import dev.lockstep.types.Fork;
import dev.lockstep.types.Hash;
import dev.lockstep.types.HeaderForm;
import dev.lockstep.types.QbftExtraData;
import dev.lockstep.types.RlpException;
import dev.lockstep.types.StateDiff;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import java.util.TreeSet;
import org.apache.tuweni.units.bigints.UInt256;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.core.util.DefaultIndenter;
import tools.jackson.core.util.DefaultPrettyPrinter;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * A genesis file, read: what a chain is and how it begins.
 *
 * @param toJson the file's content, pretty and always the same; reading it gives an equal file
 * @param spec the constants of the chain
 * @param header of block 0
 * @param alloc from the empty state to that of block 0
 * @param qbft settings of the consensus, or null on a chain without QBFT
 * @param bootnodes URLs of nodes to begin with, as they stand in the file
 * @param ignored what the file asks for that this node does without, one message each
 * @param unsupported what the file asks for that this node cannot do yet, one message each; a node
 *     refuses to run a chain with any
 */
public record GenesisFile(
        String toJson,
        ChainSpec spec,
        BlockHeader header,
        StateDiff alloc,
        @Nullable QbftConfig qbft,
        List<String> bootnodes,
        List<String> ignored,
        List<String> unsupported) {
    private static final UInt256 CHAIN_ID_DEFAULT = UInt256.ONE;

    private static final String DEPOSITS = "depositContractAddress";
    private static final String WITHDRAWALS = "withdrawalRequestContractAddress";
    private static final String CONSOLIDATIONS = "consolidationRequestContractAddress";

    private static final JsonMapper JSON =
            JsonMapper.builder().enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION).build();

    public GenesisFile {
        bootnodes = List.copyOf(bootnodes);
        ignored = List.copyOf(ignored);
        unsupported = List.copyOf(unsupported);
    }

    /**
     * @fails GenesisException where the file cannot be read or is no usable genesis file
     */
    public static GenesisFile read(Path file) {
        byte[] content;
        try {
            content = Files.readAllBytes(file);
        } catch (IOException unreadable) {
            throw new GenesisException(
                    file + ": cannot be read (" + unreadable.getClass().getSimpleName() + ")");
        }
        try {
            return of(JSON.readTree(content));
        } catch (JacksonException malformed) {
            throw notJson(malformed);
        }
    }

    /**
     * @fails GenesisException where the text is no usable genesis file
     */
    public static GenesisFile read(String json) {
        try {
            return of(JSON.readTree(json));
        } catch (JacksonException malformed) {
            throw notJson(malformed);
        }
    }

    private static GenesisException notJson(JacksonException malformed) {
        var place = malformed.getLocation();
        String where =
                place == null
                        ? ""
                        : " at line " + place.getLineNr() + ", column " + place.getColumnNr();
        return new GenesisException(
                "genesis: not JSON" + where + ": " + malformed.getOriginalMessage());
    }

    private static GenesisFile of(JsonNode document) {
        JsonSection genesis = JsonSection.root(document);
        JsonSection config = genesis.sectionOrEmpty("config");
        if (genesis.has("transitions")) {
            throw genesis.fault("transitions", "it only inside config");
        }
        Schedule schedule = ForkPlan.read(config, genesis.number("timestamp", 0));
        StateDiff alloc = Allocation.read(genesis);
        InferenceSpec inference = InferenceConfig.read(config);
        QbftConfig qbft = readQbft(genesis, config);
        boolean zeroBaseFee = config.flag("zeroBaseFee");
        Fork fork = schedule.at(0, genesis.number("timestamp", 0)).fork();
        Hash stateRoot = new WorldState(new MemoryStore()).prepare(alloc).root();
        BlockHeader header = FirstHeader.read(genesis, config, fork, stateRoot);
        if (inference != null) InferenceConfig.check(fork, qbft, alloc);
        ChainSpec spec =
                new ChainSpec(
                        config.number256("chainId", CHAIN_ID_DEFAULT),
                        schedule,
                        qbft == null ? HeaderForm.PLAIN : HeaderForm.QBFT,
                        zeroBaseFee,
                        transactionGasLimitMax(config, header.gasLimit()),
                        codeBytesMax(config),
                        systemContracts(config, qbft, inference),
                        qbft == null ? Collections.emptySortedMap() : qbft.payouts(),
                        inference);
        JsonSection discovery = config.sectionOrEmpty("discovery");
        List<String> ignored =
                discovery.has("dns")
                        ? List.of(
                                discovery.at("dns")
                                        + " of the genesis file: nodes are not looked for by DNS")
                        : List.of();
        return new GenesisFile(
                pretty(document),
                spec,
                header,
                alloc,
                qbft,
                discovery.texts("bootnodes"),
                ignored,
                Unsupported.in(config, qbft));
    }

    private static long transactionGasLimitMax(JsonSection config, long blockGasLimit) {
        return config.sectionOrEmpty("qbft")
                .number("pertxgaslimit", ChainSpec.TRANSACTION_GAS_LIMIT_MAX, 0, blockGasLimit);
    }

    private static @Nullable Integer codeBytesMax(JsonSection config) {
        if (!config.has("contractSizeLimit")) return null;
        return (int) config.number("contractSizeLimit", 0, 0, Integer.MAX_VALUE);
    }

    /**
     * On a plain QBFT chain nothing is called but where the file names all three, as in Besu; with
     * model calls the contracts are called where they are.
     */
    private static @Nullable SystemContracts systemContracts(
            JsonSection config, @Nullable QbftConfig qbft, @Nullable InferenceSpec inference) {
        boolean hasDeposits = config.has(DEPOSITS);
        SystemContracts standard =
                SystemContracts.of(hasDeposits ? config.address(DEPOSITS, Address.ZERO) : null);
        SystemContracts own =
                new SystemContracts(
                        standard.deposits(),
                        config.address(WITHDRAWALS, standard.withdrawals()),
                        config.address(CONSOLIDATIONS, standard.consolidations()),
                        true);
        if (qbft == null) return own;
        if (inference != null) return own.whereDeployed();
        boolean areNamed = hasDeposits && config.has(WITHDRAWALS) && config.has(CONSOLIDATIONS);
        return areNamed ? own : null;
    }

    private static @Nullable QbftConfig readQbft(JsonSection genesis, JsonSection config) {
        JsonSection qbft = config.section("qbft");
        if (qbft == null) return null;
        // A chain that came from IBFT has that protocol's extra data in block 0.
        boolean isMigrated = qbft.number("startblock", 0) > 0;
        return QbftConfig.read(config, qbft, isMigrated ? List.of() : validators(genesis));
    }

    private static List<Address> validators(JsonSection genesis) {
        List<Address> validators;
        try {
            validators = QbftExtraData.decode(genesis.bytes("extraData")).validators();
        } catch (RlpException malformed) {
            throw genesis.fault(
                    "extraData",
                    "QBFT's [vanity, validators, vote, round, seals]; " + malformed.getMessage());
        }
        List<Address> ascending = new ArrayList<>(new TreeSet<>(validators));
        if (!ascending.equals(validators)) {
            throw genesis.fault(
                    "extraData", "validators in ascending order, each once; here " + validators);
        }
        return validators;
    }

    private static String pretty(JsonNode document) {
        DefaultIndenter lines = new DefaultIndenter("  ", "\n");
        DefaultPrettyPrinter printer =
                new DefaultPrettyPrinter().withObjectIndenter(lines).withArrayIndenter(lines);
        return JSON.writer().with(printer).writeValueAsString(document) + "\n";
    }

    /** Whether another file begins the same chain under the same rules, however it is written. */
    public boolean isSameChain(GenesisFile other) {
        return header.equals(other.header)
                && spec.equals(other.spec)
                && Objects.equals(qbft, other.qbft);
    }

    /** Of block 0. */
    public Hash hash() {
        return spec.headerForm().hash(header);
    }
}
