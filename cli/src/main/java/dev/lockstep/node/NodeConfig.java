package dev.lockstep.node;

import dev.lockstep.crypto.KeyPair;
import dev.lockstep.evm.Engine;
import dev.lockstep.genesis.GenesisFile;
import dev.lockstep.precompiles.inference.InferenceMemo;
import dev.lockstep.rpc.RpcConfig;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * What a node needs to know at start.
 *
 * @param databasePath where its store is, or null for one in memory that is gone at the end
 * @param modelsPath where the model files are
 * @param key the validator's, or null for a node that only serves what it has
 * @param mining when blocks are made
 * @param memo how many model answers are remembered
 * @param engine how code is run
 * @param p2p how it meets other nodes, or null for one that meets nobody
 * @param metrics where Prometheus finds this node's figures, or null for nowhere
 */
public record NodeConfig(
        GenesisFile genesis,
        @Nullable Path databasePath,
        Path modelsPath,
        @Nullable KeyPair key,
        Mining mining,
        RpcConfig rpc,
        InferenceMemo.Size memo,
        Engine engine,
        @Nullable P2pConfig p2p,
        @Nullable InetSocketAddress metrics) {

    /** When a validator makes a block. */
    public enum Mining {
        /** As soon as a transaction is there. */
        INSTANT,
        /** Every second or block period of the genesis file, empty or not. */
        PERIODIC,
        /** In its turn, by agreement with the other validators if there are any. */
        CONSENSUS,
        /** Never. */
        OFF
    }
}
