package dev.lockstep.types;

import java.util.List;
import org.apache.tuweni.bytes.Bytes;
import org.apache.tuweni.bytes.Bytes32;

/**
 * What a transaction left behind.
 *
 * @param type the transaction's type
 * @param outcome one byte of status, or the 32-byte state root of blocks before Byzantium
 * @param cumulativeGasUsed @unit gas of the block up to and with this transaction
 */
public record Receipt(
        int type, Bytes outcome, long cumulativeGasUsed, Bloom bloom, List<Log> logs) {
    private static final int LOGS_MAX = 1 << 20;
    private static final Bytes SUCCEEDED = Bytes.of(1);
    private static final int TYPE_MAX = SetCodeTransaction.TYPE;

    public Receipt {
        logs = List.copyOf(logs);
    }

    public static Receipt of(int type, boolean succeeded, long cumulativeGasUsed, List<Log> logs) {
        Bytes status = succeeded ? SUCCEEDED : Bytes.EMPTY;
        return new Receipt(type, status, cumulativeGasUsed, Bloom.of(logs), logs);
    }

    /** Whether the transaction succeeded; true for receipts that carry a state root. */
    public boolean succeeded() {
        return !outcome.isEmpty();
    }

    /** As the receipts trie holds it. @source EIP-2718 */
    public Bytes encode() {
        return type == 0 ? Rlp.list(this::writeItems) : Rlp.typed(type, this::writeItems);
    }

    private void writeItems(Rlp receipt) {
        receipt.bytes(outcome).number(cumulativeGasUsed).bytes(bloom.bytes());
        receipt.nested(list -> logs.forEach(log -> log.write(list)));
    }

    /**
     * @fails RlpException
     */
    public static Receipt decode(Bytes encoded) {
        if (encoded.isEmpty()) throw new RlpException("an empty receipt");
        int first = encoded.get(0) & 0xff;
        int type = first >= 0xc0 ? 0 : first;
        if (type > TYPE_MAX) {
            throw new RlpException(
                    "receipt type " + type + " is unknown; known are 0 to " + TYPE_MAX);
        }
        Bytes payload = type == 0 ? encoded : encoded.slice(1);
        return RlpReader.list(
                payload,
                receipt ->
                        new Receipt(
                                type,
                                readOutcome(receipt),
                                receipt.positive(),
                                new Bloom(receipt.bytes(Bloom.SIZE_BYTES)),
                                receipt.each(LOGS_MAX, Log::read)));
    }

    /** As peers send it, without the bloom, which the logs say. @source EIP-7642 */
    public void writeWithoutBloom(Rlp out) {
        out.nested(
                receipt -> {
                    receipt.number(type).bytes(outcome).number(cumulativeGasUsed);
                    receipt.nested(list -> logs.forEach(log -> log.write(list)));
                });
    }

    /**
     * @fails RlpException
     */
    public static Receipt readWithoutBloom(RlpReader in) {
        return in.nested(
                receipt -> {
                    long type = receipt.positive();
                    if (type > TYPE_MAX) {
                        throw receipt.refuse("type " + type + "; known are 0 to " + TYPE_MAX);
                    }
                    Bytes outcome = readOutcome(receipt);
                    long gas = receipt.positive();
                    List<Log> logs = receipt.each(LOGS_MAX, Log::read);
                    return new Receipt((int) type, outcome, gas, Bloom.of(logs), logs);
                });
    }

    private static Bytes readOutcome(RlpReader in) {
        Bytes outcome = in.bytes();
        boolean isStatus = outcome.isEmpty() || outcome.equals(SUCCEEDED);
        if (!isStatus && outcome.size() != Bytes32.SIZE) {
            throw in.refuse("an outcome of " + outcome + "; 0x, 0x01 or 32 bytes are allowed");
        }
        return outcome;
    }
}
