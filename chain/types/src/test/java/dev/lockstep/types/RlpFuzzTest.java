package dev.lockstep.types;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lockstep.crypto.KeyPair;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.function.Consumer;
import org.apache.tuweni.bytes.Bytes;
import org.apache.tuweni.bytes.Bytes32;
import org.junit.jupiter.api.Test;

/** Whatever arrives, a decoder answers with a value or with an {@link RlpException}. */
class RlpFuzzTest {
    private static final int ROUNDS = 3_000;

    private record Target(String name, Bytes seed, Consumer<Bytes> decode) {}

    @Test
    void mutatedBytesNeverCauseAnythingButARlpException() {
        long seed = 40;
        Random random = new Random(seed);
        int decoded = 0;
        int refused = 0;
        for (Target target : targets(random)) {
            target.decode.accept(target.seed);
            for (int round = 0; round < ROUNDS; round++) {
                Bytes mutated = mutate(target.seed, random);
                try {
                    target.decode.accept(mutated);
                    decoded++;
                } catch (RlpException expected) {
                    assertThat(expected.getMessage()).isNotBlank();
                    refused++;
                } catch (RuntimeException other) {
                    throw new AssertionError(
                            "seed %d, %s, round %d: %s"
                                    .formatted(seed, target.name, round, mutated),
                            other);
                }
            }
        }
        assertThat(decoded).isPositive();
        assertThat(refused).isPositive();
    }

    /** What decodes is what was encoded: nothing has two encodings. */
    @Test
    void whatDecodesEncodesToTheSameBytes() {
        long seed = 41;
        Random random = new Random(seed);
        for (Target target : targets(random)) {
            for (int round = 0; round < ROUNDS; round++) {
                Bytes mutated = mutate(target.seed, random);
                Bytes again;
                try {
                    again = recode(target.name, mutated);
                } catch (RlpException refused) {
                    continue;
                }
                assertThat(again)
                        .as("seed %d, %s, round %d", seed, target.name, round)
                        .isEqualTo(mutated);
            }
        }
    }

    private static Bytes recode(String name, Bytes bytes) {
        return switch (name) {
            case "transaction" -> Transaction.decode(bytes).encode();
            case "block" -> Block.decode(bytes).encode();
            case "header" -> BlockHeader.decode(bytes).encode();
            case "receipt" -> Receipt.decode(bytes).encode();
            case "record" -> CallRecord.decode(bytes).encode();
            case "extra data" -> QbftExtraData.decode(bytes).encode();
            default -> bytes;
        };
    }

    private static List<Target> targets(Random random) {
        List<Target> targets = new ArrayList<>();
        KeyPair keys = KeyPair.of(Bytes32.leftPad(Bytes.of(7)));
        List<Transaction> transactions = Samples.transactions(random, keys);
        for (Transaction tx : transactions) {
            targets.add(new Target("transaction", tx.encode(), Transaction::decode));
            targets.add(new Target("signed", tx.encode(), SignedTransaction::decode));
        }
        Block block = Samples.block(random, transactions);
        targets.add(new Target("block", block.encode(), Block::decode));
        targets.add(new Target("header", block.header().encode(), BlockHeader::decode));
        Receipt receipt = Receipt.of(2, true, 21_000, List.of(Samples.log(random)));
        targets.add(new Target("receipt", receipt.encode(), Receipt::decode));
        targets.add(new Target("record", Samples.record(random).encode(), CallRecord::decode));
        targets.add(
                new Target(
                        "extra data", Samples.extraData(random).encode(), QbftExtraData::decode));
        targets.add(new Target("any", block.encode(), RlpTest::walk));
        return targets;
    }

    private static Bytes mutate(Bytes seed, Random random) {
        byte[] bytes = seed.toArray();
        int edits = 1 + random.nextInt(3);
        for (int i = 0; i < edits && bytes.length > 0; i++) {
            int at = random.nextInt(8) == 0 ? 0 : random.nextInt(bytes.length);
            switch (random.nextInt(6)) {
                case 0 -> bytes[at] = (byte) random.nextInt(256);
                case 1 -> bytes[at] ^= (byte) (1 << random.nextInt(8));
                case 2 -> bytes = Arrays.copyOf(bytes, at);
                case 3 -> bytes = splice(bytes, at, new byte[1 + random.nextInt(4)]);
                case 4 -> bytes[at] = (byte) (0xb7 + random.nextInt(73));
                default -> bytes = cut(bytes, at, 1 + random.nextInt(4));
            }
        }
        return Bytes.wrap(bytes);
    }

    private static byte[] splice(byte[] bytes, int at, byte[] more) {
        byte[] spliced = Arrays.copyOf(bytes, bytes.length + more.length);
        System.arraycopy(bytes, at, spliced, at + more.length, bytes.length - at);
        System.arraycopy(more, 0, spliced, at, more.length);
        return spliced;
    }

    private static byte[] cut(byte[] bytes, int at, int count) {
        int end = Math.min(bytes.length, at + count);
        byte[] rest = Arrays.copyOf(bytes, bytes.length - (end - at));
        System.arraycopy(bytes, end, rest, at, bytes.length - end);
        return rest;
    }
}
