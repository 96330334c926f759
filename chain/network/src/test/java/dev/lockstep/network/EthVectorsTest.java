package dev.lockstep.network;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lockstep.types.BlockHeader;
import dev.lockstep.types.Hash;
import dev.lockstep.types.Transaction;
import org.apache.tuweni.bytes.Bytes;
import org.junit.jupiter.api.Test;

/**
 * Answers as published, byte for byte.
 *
 * @source EIP-2481, "Test cases"; EIP-7642 for receipts of eth/69
 */
class EthVectorsTest {
    private static final String ZERO = "00".repeat(32);
    private static final String HEADER =
            ("f901f9a0" + ZERO + "a0" + ZERO + "94" + "00".repeat(20))
                    + ("a0" + ZERO).repeat(3)
                    + ("b90100" + "00".repeat(256))
                    + ("8208ae820d0582115c8215b3821a0a827788a0" + ZERO + "880000000000000000");
    private static final String FIRST =
            "f867088504a817c8088302e2489435353535353535353535353535353535353535358202008025"
                    + "a064b1702d9298fee62dfeccc57d322a463ad55ca201256d01f62b45b2e1c21c12"
                    + "a064b1702d9298fee62dfeccc57d322a463ad55ca201256d01f62b45b2e1c21c10";
    private static final String SECOND =
            "f867098504a817c809830334509435353535353535353535353535353535353535358202d98025"
                    + "a052f8f61201b2b11a78d6e866abc9c3db2ae8631fa656bfe5cb53668255367afb"
                    + "a052f8f61201b2b11a78d6e866abc9c3db2ae8631fa656bfe5cb53668255367afb";
    private static final String LOGS =
            "f85ff85d940000000000000000000000000000000000000011f842"
                    + "a0000000000000000000000000000000000000000000000000000000000000dead"
                    + "a0000000000000000000000000000000000000000000000000000000000000beef"
                    + "830100ff";

    /** Reads it, sees that it is written to the same bytes, and hands it on. */
    private static <M extends EthMessage> M read(Class<M> kind, int code, int version, String hex) {
        Bytes bytes = Bytes.fromHexString(hex);
        EthMessage message = EthProtocol.decode(code, bytes, version);
        assertThat(EthProtocol.encode(message, version)).isEqualTo(bytes);
        return kind.cast(message);
    }

    @Test
    void headers() {
        BlockHeader header =
                read(EthMessage.BlockHeaders.class, 0x04, 68, "f90202820457f901fc" + HEADER)
                        .headers()
                        .getFirst();
        assertThat(header.number()).isEqualTo(0xd05);
        assertThat(header.timestamp()).isEqualTo(0x1a0a);
        assertThat(header.extraData()).isEqualTo(Bytes.fromHexString("0x7788"));
    }

    @Test
    void bodies() {
        var bodies =
                read(
                                EthMessage.BlockBodies.class,
                                0x06,
                                68,
                                "f902dc820457f902d6f902d3f8d2" + FIRST + SECOND + "f901fc" + HEADER)
                        .bodies();
        assertThat(bodies.getFirst().transactions()).hasSize(2);
        assertThat(bodies.getFirst().ommers()).hasSize(1);
        assertThat(bodies.getFirst().withdrawals()).isNull();
    }

    @Test
    void pooledTransactions() {
        var transactions =
                read(
                                EthMessage.PooledTransactions.class,
                                0x0a,
                                69,
                                "f8d7820457f8d2" + FIRST + SECOND)
                        .transactions();
        assertThat(transactions)
                .extracting(Transaction::hash)
                .containsExactly(
                        Hash.fromHex(
                                "0x588df025c4c2d757d3e314bd3dfbfe352687324e6b8557ad1731585e96928aed"),
                        Hash.fromHex(
                                "0xf39c7dac06a9f3abf09faf5e30439a349d3717611b3ed337cd52b0d192bc72da"));
    }

    @Test
    void receiptsWithABloomAndWithout() {
        String bloom = "b90100" + "00".repeat(256);
        String receipt = "f901668001" + bloom + LOGS;
        var receipts =
                read(EthMessage.Receipts.class, 0x10, 68, "f90172820457f9016cf90169" + receipt);
        assertThat(receipts.blocks().getFirst().getFirst().cumulativeGasUsed()).isOne();
        // [type, outcome, gas, logs]
        read(EthMessage.Receipts.class, 0x10, 69, "f86d820457f868f866f864808001" + LOGS);
    }
}
