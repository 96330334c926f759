package dev.lockstep.network;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lockstep.types.Address;
import dev.lockstep.types.Block;
import dev.lockstep.types.BlockBody;
import dev.lockstep.types.BlockHeader;
import dev.lockstep.types.DynamicFeeTransaction;
import dev.lockstep.types.Hash;
import dev.lockstep.types.LegacyTransaction;
import dev.lockstep.types.Log;
import dev.lockstep.types.Receipt;
import dev.lockstep.types.RlpException;
import dev.lockstep.types.Signature;
import dev.lockstep.types.Transaction;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.apache.tuweni.bytes.Bytes;
import org.apache.tuweni.bytes.Bytes32;
import org.apache.tuweni.units.bigints.UInt256;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class EthProtocolTest {
    private static final Hash DEAD_CODE = hash("deadc0de");
    private static final Hash FEED_BEEF = hash("feedbeef");
    private static final ForkId FORK_ID = new ForkId(Bytes.fromHexString("0xfc64ec04"), 1150000);
    private static final Signature SIGNATURE =
            new Signature(1, UInt256.valueOf(5), UInt256.valueOf(6));
    private static final Transaction LEGACY =
            new LegacyTransaction(
                    null,
                    1,
                    UInt256.valueOf(2),
                    3,
                    Address.ZERO,
                    UInt256.valueOf(4),
                    Bytes.of(1, 2),
                    SIGNATURE);
    private static final Transaction TYPED =
            new DynamicFeeTransaction(
                    UInt256.ONE,
                    7,
                    UInt256.valueOf(2),
                    UInt256.valueOf(3),
                    4,
                    null,
                    UInt256.ZERO,
                    Bytes.of(3),
                    List.of(),
                    SIGNATURE);

    private static Hash hash(String hex) {
        return Hash.of(Bytes32.fromHexStringLenient(hex));
    }

    private static BlockHeader header(long number) {
        BlockHeader.Builder header = new BlockHeader.Builder();
        header.number = number;
        return header.build();
    }

    static Stream<EthMessage> messages() {
        Log log = new Log(Address.ZERO, List.of(DEAD_CODE.bytes()), Bytes.of(9));
        return Stream.of(
                new EthMessage.BlockRangeUpdate(new EthMessage.Range(3, 9, DEAD_CODE)),
                new EthMessage.NewBlockHashes(List.of(new EthMessage.NumberedHash(DEAD_CODE, 7))),
                new EthMessage.Transactions(List.of(LEGACY, TYPED)),
                new EthMessage.GetBlockHeaders(1111, DEAD_CODE, 0, 5, 5, false),
                new EthMessage.GetBlockHeaders(1111, null, 9999, 5, 5, true),
                new EthMessage.GetBlockHeaders(0, null, 0, 0, 0, false),
                new EthMessage.BlockHeaders(-1, List.of(header(1), header(2))),
                new EthMessage.GetBlockBodies(7, List.of(DEAD_CODE, FEED_BEEF)),
                new EthMessage.BlockBodies(
                        7,
                        List.of(
                                new BlockBody(List.of(LEGACY, TYPED), List.of(), List.of()),
                                new BlockBody(List.of(), List.of(header(1)), null))),
                new EthMessage.NewBlock(
                        new Block(header(5), List.of(TYPED), List.of(), null), UInt256.MAX_VALUE),
                new EthMessage.NewPooledTransactionHashes(
                        List.of(
                                new EthMessage.Announcement(0, 100, DEAD_CODE),
                                new EthMessage.Announcement(2, 200, FEED_BEEF))),
                new EthMessage.GetPooledTransactions(1, List.of()),
                new EthMessage.PooledTransactions(1, List.of(TYPED)),
                new EthMessage.GetReceipts(2, List.of(DEAD_CODE)),
                new EthMessage.Receipts(
                        2,
                        List.of(
                                List.of(
                                        Receipt.of(0, true, 21_000, List.of(log)),
                                        Receipt.of(2, false, 50_000, List.of())),
                                List.of())));
    }

    @ParameterizedTest
    @MethodSource("messages")
    void whatIsWrittenIsRead(EthMessage message) {
        for (int version = 68; version <= 69; version++) {
            Bytes encoded = EthProtocol.encode(message, version);
            assertThat(EthProtocol.decode(EthProtocol.code(message), encoded, version))
                    .isEqualTo(message);
        }
    }

    @Test
    void eachVersionHasItsStatus() {
        EthMessage.Status head =
                new EthMessage.HeadStatus(
                        UInt256.valueOf(1337), UInt256.valueOf(9), DEAD_CODE, FEED_BEEF, FORK_ID);
        EthMessage.Status range =
                new EthMessage.RangeStatus(
                        UInt256.valueOf(1337),
                        FEED_BEEF,
                        FORK_ID,
                        new EthMessage.Range(0, 8, DEAD_CODE));
        assertThat(EthProtocol.decode(0, EthProtocol.encode(head, 68), 68)).isEqualTo(head);
        assertThat(EthProtocol.decode(0, EthProtocol.encode(range, 69), 69)).isEqualTo(range);
        assertThat(head.headHash()).isEqualTo(range.headHash());
        assertThatThrownBy(() -> EthProtocol.decode(0, EthProtocol.encode(head, 68), 69))
                .isInstanceOf(RlpException.class)
                .hasMessageContaining("a status of eth/68 where eth/69 was agreed");
    }

    /** The examples of EIP-2481 that carry no transactions. */
    @Test
    void requestsHaveTheBytesOfEip2481() {
        assertEncoded(
                new EthMessage.GetBlockHeaders(1111, DEAD_CODE, 0, 5, 5, false),
                "e8820457e4a0" + "0".repeat(56) + "deadc0de050580");
        assertEncoded(
                new EthMessage.GetBlockHeaders(1111, null, 9999, 5, 5, false),
                "ca820457c682270f050580");
        String hashes = "a0" + "0".repeat(56) + "deadc0dea0" + "0".repeat(56) + "feedbeef";
        List<Hash> both = List.of(DEAD_CODE, FEED_BEEF);
        assertEncoded(new EthMessage.GetBlockBodies(1111, both), "f847820457f842" + hashes);
        assertEncoded(new EthMessage.GetPooledTransactions(1111, both), "f847820457f842" + hashes);
        assertEncoded(new EthMessage.GetReceipts(1111, both), "f847820457f842" + hashes);
    }

    /** A vector of Besu's tests; sizes that fill four bytes are read too. */
    @Test
    void announcementsHaveTheBytesOfBesu() {
        List<EthMessage.Announcement> three =
                List.of(
                        new EthMessage.Announcement(0, 1, hash("01")),
                        new EthMessage.Announcement(1, 2, hash("02")),
                        new EthMessage.Announcement(2, 3, hash("03")));
        EthMessage message = new EthMessage.NewPooledTransactionHashes(three);
        String hashes = "f863a0%s01a0%s02a0%s03".replace("%s", "00".repeat(31));
        assertEncoded(message, "f86d83000102c3010203" + hashes);
        Bytes padded = Bytes.fromHexString("f87983000102cf840000000184000000028400000003" + hashes);
        assertThat(EthProtocol.decode(0x08, padded, 68)).isEqualTo(message);
    }

    private static void assertEncoded(EthMessage message, String hex) {
        assertThat(EthProtocol.encode(message, 68).toUnprefixedHexString()).isEqualTo(hex);
    }

    @Test
    void malformedMessagesAreRefusedAndNothingElseHappens() {
        long seed = 2481;
        Random random = new Random(seed);
        List<EthMessage> messages = messages().toList();
        int refused = 0;
        for (int i = 0; i < 100_000; i++) {
            EthMessage message = messages.get(random.nextInt(messages.size()));
            byte[] bytes = EthProtocol.encode(message, 69).toArray();
            for (int n = random.nextInt(3); n >= 0; n--) {
                bytes[random.nextInt(bytes.length)] = (byte) random.nextInt();
            }
            try {
                EthProtocol.decode(EthProtocol.code(message), Bytes.wrap(bytes), 69);
            } catch (RlpException refusal) {
                refused++;
            } catch (RuntimeException other) {
                throw new AssertionError("seed " + seed + ", round " + i + ": " + message, other);
            }
        }
        assertThat(refused).isGreaterThan(10_000);
    }
}
