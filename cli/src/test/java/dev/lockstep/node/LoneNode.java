package dev.lockstep.node;

import dev.lockstep.crypto.KeyPair;
import dev.lockstep.crypto.Secp256k1;
import dev.lockstep.evm.Engine;
import dev.lockstep.genesis.DevAccounts;
import dev.lockstep.genesis.GenesisFile;
import dev.lockstep.genesis.Presets;
import dev.lockstep.network.Enode;
import dev.lockstep.precompiles.inference.InferenceMemo;
import dev.lockstep.rpc.RpcConfig;
import dev.lockstep.types.Address;
import dev.lockstep.types.DynamicFeeTransaction;
import dev.lockstep.types.Signature;
import dev.lockstep.types.SignedTransaction;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import org.apache.tuweni.bytes.Bytes;
import org.apache.tuweni.units.bigints.UInt256;

/** A node that is the only validator of its chain and takes peers. */
final class LoneNode {
    static final UInt256 CHAIN_ID = UInt256.valueOf(1337);
    static final List<KeyPair> USERS =
            DevAccounts.all().stream().map(account -> account.keys()).toList();
    private static final UInt256 GWEI = UInt256.valueOf(1_000_000_000L);

    private LoneNode() {}

    static Node start(Path path, long periodSeconds) throws Exception {
        KeyPair key = DataFolder.newKey();
        DataFolder folder = DataFolder.create(path, genesis(key, periodSeconds), key);
        return start(folder, key, List.of());
    }

    /** Of a chain whose one validator has {@code key}. */
    static GenesisFile genesis(KeyPair key, long periodSeconds) {
        var balances = new TreeMap<Address, UInt256>();
        for (KeyPair user : USERS) balances.put(user.address(), GWEI.multiply(GWEI).multiply(100));
        return Presets.network(
                new Presets.Network(
                        List.of(key.address()),
                        balances,
                        List.of(),
                        CHAIN_ID.toLong(),
                        periodSeconds));
    }

    /** A node of such a chain; a follower where {@code key} is not the validator's. */
    static Node start(DataFolder folder, KeyPair key, List<Enode> staticNodes) throws Exception {
        return start(folder, key, P2pConfig.among("127.0.0.1", 0, 25, staticNodes));
    }

    static Node start(DataFolder folder, KeyPair key, P2pConfig p2p) throws Exception {
        return Node.start(
                new NodeConfig(
                        folder.genesis(),
                        folder.database(),
                        folder.models(),
                        key,
                        NodeConfig.Mining.CONSENSUS,
                        rpc(),
                        InferenceMemo.Size.TINY,
                        Engine.DEFAULT,
                        p2p,
                        null));
    }

    static SignedTransaction transfer(int user, long nonce, UInt256 chainId) {
        return transaction(user, nonce, chainId, 21_000, Bytes.EMPTY);
    }

    static SignedTransaction transaction(
            int user, long nonce, UInt256 chainId, long gasLimit, Bytes data) {
        DynamicFeeTransaction unsigned =
                new DynamicFeeTransaction(
                        chainId,
                        nonce,
                        GWEI,
                        GWEI.multiply(100),
                        gasLimit,
                        Address.fromHex("0x00000000000000000000000000000000000ca11e"),
                        UInt256.ONE,
                        data,
                        List.of(),
                        new Signature(0, UInt256.ZERO, UInt256.ZERO));
        return SignedTransaction.recover(
                unsigned.withSignature(Secp256k1.sign(unsigned.signingHash(), USERS.get(user))));
    }

    static SignedTransaction transfer(int user, long nonce) {
        return transfer(user, nonce, CHAIN_ID);
    }

    private static RpcConfig rpc() {
        RpcConfig local = RpcConfig.local(0);
        List<String> apis = new ArrayList<>(local.apis());
        apis.add("admin");
        return new RpcConfig(
                local.host(), 0, List.of(), local.hostAllowlist(), local.limits(), apis);
    }
}
