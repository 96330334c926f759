package dev.lockstep.acceptance.faults;

import dev.lockstep.acceptance.dsl.Cluster;
import dev.lockstep.acceptance.dsl.Launcher;
import dev.lockstep.acceptance.dsl.Transfers;
import dev.lockstep.consensus.core.CommitSeals;
import dev.lockstep.crypto.KeyPair;
import dev.lockstep.genesis.DevAccounts;
import dev.lockstep.ledger.BuildRequest;
import dev.lockstep.ledger.Ledger;
import dev.lockstep.ledger.PreparedBlock;
import dev.lockstep.node.BlockFile;
import dev.lockstep.node.Chain;
import dev.lockstep.node.DataFolder;
import dev.lockstep.precompiles.inference.InferenceMemo;
import dev.lockstep.state.MemoryStore;
import dev.lockstep.types.Block;
import dev.lockstep.types.BlockHeader;
import dev.lockstep.types.QbftExtraData;
import dev.lockstep.types.SignedTransaction;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.apache.tuweni.bytes.Bytes;
import org.apache.tuweni.bytes.Bytes32;

/** A past that validators agree on, made in no time since all their keys are here. */
final class LongChain {
    private static final int TRANSFERS_A_BLOCK = 10;

    /** Each block is on disk before the next. */
    private static final long IMPORT_TIMEOUT_SECONDS = 3600;

    private LongChain() {}

    /** Blocks of transfers, a second apart and all in the past, imported by each validator. */
    static void give(Cluster network, int blocks) throws IOException, InterruptedException {
        Path file = network.folder(0).resolve("past.rlp");
        List<KeyPair> keys = new ArrayList<>();
        for (int i = 0; i < network.size(); i++) {
            keys.add(DataFolder.open(network.folder(i)).key());
        }
        keys.sort(Comparator.comparing(KeyPair::address));
        write(DataFolder.open(network.folder(0)), keys, blocks, file);
        for (int i = 0; i < network.size(); i++) {
            Launcher.Result imported =
                    Launcher.runFor(
                            IMPORT_TIMEOUT_SECONDS,
                            "blocks",
                            "import",
                            "--data-path=" + network.folder(i),
                            file.toString());
            if (imported.exitCode() != 0) throw new IOException(imported.all());
        }
    }

    private static void write(DataFolder folder, List<KeyPair> keys, int blocks, Path file)
            throws IOException {
        Chain chain =
                Chain.open(
                        folder.genesis(),
                        new MemoryStore(),
                        folder.models(),
                        new InferenceMemo(InferenceMemo.Size.OFF));
        Ledger ledger = chain.ledger();
        KeyPair sender = DevAccounts.all().getFirst().keys();
        long firstTimestamp = System.currentTimeMillis() / 1000 - blocks - 60;
        long nonce = 0;
        try (BlockFile.Writer writer = new BlockFile.Writer(file)) {
            for (int i = 0; i < blocks; i++) {
                QbftExtraData extraData =
                        new QbftExtraData(
                                Bytes32.ZERO,
                                keys.stream().map(KeyPair::address).toList(),
                                null,
                                0,
                                List.of());
                BuildRequest request =
                        BuildRequest.qbft(
                                firstTimestamp + i,
                                keys.get(i % keys.size()).address(),
                                ledger.head().gasLimit(),
                                extraData);
                List<SignedTransaction> transactions = new ArrayList<>();
                for (int k = 0; k < TRANSFERS_A_BLOCK; k++) {
                    transactions.add(Transfers.of(sender, nonce++));
                }
                PreparedBlock prepared = ledger.build(request, transactions.iterator());
                Block sealed = sealed(prepared.block(), keys);
                ledger.commit(prepared, sealed);
                writer.write(sealed);
            }
        }
    }

    private static Block sealed(Block block, List<KeyPair> keys) {
        List<Bytes> seals = keys.stream().map(k -> CommitSeals.sign(block.header(), k)).toList();
        BlockHeader header = CommitSeals.attach(block.header(), seals);
        return new Block(header, block.transactions(), block.ommers(), block.withdrawals());
    }
}
