package dev.lockstep.genesis;

import dev.lockstep.types.Address;
import dev.lockstep.types.Hash;
import dev.lockstep.types.QbftExtraData;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import org.apache.tuweni.bytes.Bytes;
import org.apache.tuweni.bytes.Bytes32;
import org.apache.tuweni.units.bigints.UInt256;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** Genesis files made here: Osaka from block 0, QBFT, model calls. */
public final class Presets {
    public static final long DEV_CHAIN_ID = 1337;

    /** 10,000 ether. @unit wei */
    public static final UInt256 DEV_BALANCE =
            UInt256.valueOf(10_000).multiply(UInt256.valueOf(1_000_000_000_000_000_000L));

    private static final long GAS_LIMIT = 60_000_000;
    private static final long BASE_FEE_WEI = 1_000_000_000;
    private static final long EPOCH_LENGTH = 30_000;

    private Presets() {}

    /**
     * A network to be.
     *
     * @param validators in any order, at least one
     * @param funded balances in wei
     * @param models ids that are active from block 0
     * @param chainId from 1
     * @param blockPeriodSeconds 0 for a block as soon as there is a transaction
     */
    public record Network(
            List<Address> validators,
            SortedMap<Address, UInt256> funded,
            List<Hash> models,
            long chainId,
            long blockPeriodSeconds) {}

    /** One validator, instant blocks, the well-known accounts funded. */
    public static GenesisFile dev(Address validator, List<Hash> models) {
        TreeMap<Address, UInt256> funded = new TreeMap<>();
        for (var account : DevAccounts.all()) funded.put(account.address(), DEV_BALANCE);
        return dev(validator, funded, models, DEV_CHAIN_ID);
    }

    /** One validator and instant blocks. */
    public static GenesisFile dev(
            Address validator,
            SortedMap<Address, UInt256> funded,
            List<Hash> models,
            long chainId) {
        return network(new Network(List.of(validator), funded, models, chainId, 0));
    }

    /**
     * @fails GenesisException where the network is none, as for a file that says the same
     */
    public static GenesisFile network(Network network) {
        if (network.validators.isEmpty()) {
            throw new GenesisException("a network needs at least one validator");
        }
        if (network.chainId < 1) {
            throw new GenesisException("a chain id of " + network.chainId + ", at least 1");
        }
        ObjectNode genesis = object();
        genesis.set("config", config(network));
        genesis.put("nonce", "0x0");
        genesis.put("timestamp", "0x0");
        genesis.put("gasLimit", hex(UInt256.valueOf(GAS_LIMIT)));
        genesis.put("difficulty", "0x1");
        genesis.put("mixHash", QbftExtraData.MIX_HASH.toString());
        genesis.put("coinbase", Address.ZERO.toString());
        genesis.put("extraData", extraData(network.validators).toHexString());
        genesis.put("baseFeePerGas", hex(UInt256.valueOf(BASE_FEE_WEI)));
        genesis.set("alloc", alloc(network));
        return GenesisFile.read(genesis.toString());
    }

    private static ObjectNode config(Network network) {
        ObjectNode config = object();
        config.put("chainId", network.chainId);
        config.put("londonBlock", 0);
        for (String fork : List.of("shanghai", "cancun", "prague", "osaka")) {
            config.put(fork + "Time", 0);
        }
        ObjectNode qbft = config.putObject("qbft");
        qbft.put("blockperiodseconds", network.blockPeriodSeconds);
        qbft.put("epochlength", EPOCH_LENGTH);
        // Twice the period is what Besu's operators are advised to take.
        qbft.put("requesttimeoutseconds", Math.max(1, 2 * network.blockPeriodSeconds));
        ObjectNode lockstep = config.putObject("lockstep");
        var models = lockstep.putArray("models");
        new TreeSet<>(network.models).forEach(model -> models.add(model.toString()));
        lockstep.putObject("gas").put("scalePermille", 1000);
        return config;
    }

    private static Bytes extraData(List<Address> validators) {
        return new QbftExtraData(
                        Bytes32.ZERO, List.copyOf(new TreeSet<>(validators)), null, 0, List.of())
                .encode();
    }

    private static ObjectNode alloc(Network network) {
        TreeMap<Address, ObjectNode> accounts = new TreeMap<>();
        for (Address stub : InferenceConfig.STUB_ADDRESSES) {
            accounts.put(stub, contract(InferenceConfig.STUB_NONCE, InferenceConfig.STUB_CODE));
        }
        for (SystemContract contract : SystemContract.ALL) {
            accounts.put(contract.address(), contract(SystemContract.NONCE, contract.code()));
        }
        network.funded.forEach(
                (address, balance) ->
                        accounts.computeIfAbsent(address, none -> object())
                                .put("balance", hex(balance)));
        ObjectNode alloc = object();
        accounts.forEach((address, account) -> alloc.set(address.toString(), account));
        return alloc;
    }

    private static ObjectNode contract(long nonce, Bytes code) {
        ObjectNode account = object();
        account.put("nonce", hex(UInt256.valueOf(nonce)));
        account.put("balance", "0x0");
        account.put("code", code.toHexString());
        return account;
    }

    private static String hex(UInt256 value) {
        return value.toShortHexString();
    }

    private static ObjectNode object() {
        return JsonNodeFactory.instance.objectNode();
    }
}
