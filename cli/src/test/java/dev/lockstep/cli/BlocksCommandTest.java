package dev.lockstep.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lockstep.consensus.core.CommitSeals;
import dev.lockstep.genesis.DevAccounts;
import dev.lockstep.node.BlockFile;
import dev.lockstep.node.BundledModels;
import dev.lockstep.node.DevChain;
import dev.lockstep.node.Node;
import dev.lockstep.rpc.RpcConfig;
import dev.lockstep.types.Block;
import dev.lockstep.types.BlockHeader;
import dev.lockstep.types.Hash;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.function.Consumer;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A chain with a model call goes out as a file and comes back; an altered file does not. */
class BlocksCommandTest {
    private static final Hash WRONG = new Hash(org.apache.tuweni.bytes.Bytes32.repeat((byte) 7));

    @TempDir static Path shared;
    private static Path chain = Path.of("");
    private static Path file = Path.of("");
    private static Path genesis = Path.of("");
    @TempDir Path scratch;

    @BeforeAll
    static void make() throws Exception {
        chain = shared.resolve("chain");
        genesis = chain.resolve("genesis.json");
        file = shared.resolve("chain.rlp");
        try (DevChain dev = DevChain.prepare(chain, List.of(), 0);
                Node node = Node.start(dev.config(RpcConfig.local(0)));
                JsonRpcClient rpc = new JsonRpcClient(node.rpcUrl())) {
            var user = DevAccounts.all().getFirst().keys();
            DemoContract.deploy(rpc, user, BundledModels.VOLATILITY.model().id()).update(rpc, user);
        }
        Cli.run("blocks", "export", "--data-path", chain, "--to", file).succeeded();
    }

    @Test
    void whatIsExportedIsVerifiedAndImportedToTheSameHead() throws IOException {
        assertThat(Cli.run("blocks", "verify", "--genesis-file", genesis, file).succeeded().out())
                .startsWith("Verified 2 blocks, 2 transactions, 1 model call,")
                .contains("every root agrees. Head #2, state root 0x");
        Path second = scratch.resolve("second");
        Cli.run("init", second, "--genesis-file", genesis).succeeded();
        assertThat(Cli.run("blocks", "import", "--data-path", second, file).succeeded().out())
                .startsWith("Imported 2 blocks, 2 transactions, 1 model call,");
        assertThat(Cli.run("blocks", "import", "--data-path", second, file).succeeded().out())
                .startsWith("Imported 0 blocks")
                .contains("3 blocks were there already");
        Path again = scratch.resolve("again.rlp");
        Cli.run("blocks", "export", "--data-path", second, "--to", again).succeeded();
        assertThat(again).hasSameBinaryContentAs(file);
        assertThat(scratch.resolve("again.rlp.partial")).doesNotExist();
    }

    @Test
    void aModelsFolderMayBeNamed() {
        Cli.run(
                        "blocks",
                        "verify",
                        "--genesis-file",
                        genesis,
                        "--models",
                        chain.resolve("models"),
                        file)
                .succeeded();
        Cli.run("blocks", "verify", "--genesis-file", genesis, "--models", scratch, file)
                .refused("the chain has a model that this node lacks", scratch.toString());
    }

    @Test
    void blocksThatTheChainLacksAreNotExported() {
        Path to = scratch.resolve("x.rlp");
        Cli.run("blocks", "export", "--data-path", chain, "--to", to, "--end-block", 9)
                .refused("blocks 0 to 9 were asked for; the chain has 0 to 2");
        Cli.run("blocks", "export", "--data-path", chain, "--to", to, "--start-block", -1)
                .refused("blocks -1 to 2");
        assertThat(to).doesNotExist();
    }

    @Test
    void anotherChainsBlocksAreRefusedAndTheChainIsAsBefore() throws IOException {
        Path other = scratch.resolve("other");
        Cli.run("init", other).succeeded();
        Cli.run("blocks", "import", "--data-path", other, file)
                .refused("block 0 ", "GENESIS: the file is of another chain");
        Path kept = scratch.resolve("kept.rlp");
        Cli.run("blocks", "export", "--data-path", other, "--to", kept).succeeded();
        try (BlockFile.Reader reader = new BlockFile.Reader(kept)) {
            assertThat(reader.next()).isNotNull();
            assertThat(reader.next()).isNull();
        }
    }

    @Test
    void everyAlteredFieldOfAHeaderIsNamed() throws IOException {
        altered(header -> header.stateRoot = WRONG, "STATE_ROOT");
        altered(header -> header.receiptsRoot = WRONG, "RECEIPTS_ROOT");
        altered(header -> header.transactionsRoot = WRONG, "TRANSACTIONS_ROOT");
        altered(header -> header.gasUsed += 1, "GAS_USED");
        altered(header -> header.gasLimit += header.gasLimit, "GAS_LIMIT");
        altered(header -> header.timestamp = 0, "TIMESTAMP");
        altered(header -> header.requestsHash = WRONG, "REQUESTS_HASH");
        altered(header -> header.extraData = header.extraData.slice(0, 5), "EXTRA_DATA");
        altered(header -> header.parentHash = WRONG, "PARENT_UNKNOWN");
        altered(header -> header.mixHash = WRONG, "MIX_HASH");
        altered(header -> header.coinbase = dev.lockstep.types.Address.ZERO, "CONSENSUS");
    }

    /** The last block's header changed, and the file written anew. */
    private void altered(Consumer<BlockHeader.Builder> change, String rule) throws IOException {
        List<Block> blocks = read();
        Block last = blocks.removeLast();
        BlockHeader.Builder builder = last.header().toBuilder();
        change.accept(builder);
        BlockHeader header = builder.build();
        if (header.extraData().equals(last.header().extraData())) header = sealed(header);
        Path lie = scratch.resolve("lie.rlp");
        try (BlockFile.Writer writer = new BlockFile.Writer(lie)) {
            for (Block block : blocks) writer.write(block);
            writer.write(new Block(header, last.transactions(), last.ommers(), last.withdrawals()));
        }
        Cli.run("blocks", "verify", "--genesis-file", genesis, lie)
                .refused("block 2 (0x", ") does not hold: " + rule + ": ");
    }

    /** As a validator that lies would seal it, so that the seal is not what gives it away. */
    private static BlockHeader sealed(BlockHeader header) {
        return CommitSeals.attach(header, List.of(CommitSeals.sign(header, DevChain.VALIDATOR)));
    }

    private static List<Block> read() throws IOException {
        List<Block> blocks = new ArrayList<>();
        try (BlockFile.Reader reader = new BlockFile.Reader(file)) {
            for (Block block = reader.next(); block != null; block = reader.next()) {
                blocks.add(block);
            }
        }
        return blocks;
    }

    @Test
    void aBlockThatIsLeftOutIsMissed() throws IOException {
        List<Block> blocks = read();
        Path gap = scratch.resolve("gap.rlp");
        try (BlockFile.Writer writer = new BlockFile.Writer(gap)) {
            writer.write(blocks.getFirst());
            writer.write(blocks.getLast());
        }
        Cli.run("blocks", "verify", "--genesis-file", genesis, gap)
                .refused("block 2 ", "PARENT_UNKNOWN");
    }

    @Test
    void aTruncatedFileSaysWhereItEnds() throws IOException {
        byte[] bytes = Files.readAllBytes(file);
        Path cut = scratch.resolve("cut.rlp");
        for (int length : new int[] {1, 3, 100, bytes.length / 2, bytes.length - 1}) {
            Files.write(cut, Arrays.copyOf(bytes, length));
            Cli.run("blocks", "verify", "--genesis-file", genesis, cut)
                    .refused("the file ends inside the block that starts at byte");
        }
        Files.write(cut, new byte[0]);
        Cli.run("blocks", "verify", "--genesis-file", genesis, cut).refused("holds no blocks");
    }

    @Test
    void noFlippedByteGoesThroughOrIsTakenForABug() throws IOException {
        byte[] bytes = Files.readAllBytes(file);
        Path flipped = scratch.resolve("flipped.rlp");
        long seed = 20261121;
        Random random = new Random(seed);
        for (int round = 0; round < 60; round++) {
            int at = random.nextInt(bytes.length);
            byte[] spoilt = bytes.clone();
            spoilt[at] ^= (byte) (1 + random.nextInt(255));
            Files.write(flipped, spoilt);
            Cli.Result result = Cli.run("blocks", "verify", "--genesis-file", genesis, flipped);
            assertThat(result.exitCode())
                    .as("seed %d, round %d, byte %d: %s", seed, round, at, result.out())
                    .isNotZero();
            result.refused();
        }
    }

    @Test
    void whatIsNoBlockFileIsRefused() throws IOException {
        Path text = Files.writeString(scratch.resolve("x.rlp"), "hello");
        Cli.run("blocks", "verify", "--genesis-file", genesis, text)
                .refused("byte 0 of the file is 0x68; a block is a list");
        byte[] huge = {(byte) 0xfb, 0x7f, (byte) 0xff, (byte) 0xff, (byte) 0xff};
        Files.write(text, huge);
        Cli.run("blocks", "verify", "--genesis-file", genesis, text)
                .refused("says it has 2147483647 bytes; at most");
        Files.write(text, new byte[] {(byte) 0xc3, 1, 2, 3});
        Cli.run("blocks", "verify", "--genesis-file", genesis, text)
                .refused("the block at byte 0 of the file: ");
    }
}
