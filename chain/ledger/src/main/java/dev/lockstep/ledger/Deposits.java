package dev.lockstep.ledger;

import dev.lockstep.crypto.Keccak;
import dev.lockstep.ledger.Verdict.Invalid;
import dev.lockstep.types.Address;
import dev.lockstep.types.Log;
import dev.lockstep.types.Receipt;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.apache.tuweni.bytes.Bytes;
import org.apache.tuweni.bytes.Bytes32;
import org.jspecify.annotations.Nullable;

/**
 * Deposits to the beacon chain, read from the logs of their contract.
 *
 * @source EIP-6110
 */
final class Deposits {
    private static final Bytes32 EVENT =
            Keccak.hash(
                            Bytes.wrap(
                                    "DepositEvent(bytes,bytes,bytes,bytes,bytes)"
                                            .getBytes(StandardCharsets.US_ASCII)))
                    .bytes();

    private static final int WORD_BYTES = 32;
    private static final int EVENT_BYTES = 576;

    private static final List<Field> FIELDS =
            List.of(
                    new Field("public key", 160, 48),
                    new Field("withdrawal credentials", 256, 32),
                    new Field("amount", 320, 8),
                    new Field("signature", 384, 96),
                    new Field("index", 512, 8));

    private final Address contract;
    private final List<Bytes> fields = new ArrayList<>();

    Deposits(Address contract) {
        this.contract = contract;
    }

    /**
     * A field of the event.
     *
     * @param offset of its length, which its bytes follow
     */
    private record Field(String name, int offset, int sizeBytes) {}

    /** Adds the deposits among the logs; a fault where an event is laid out in another way. */
    @Nullable Invalid add(Receipt receipt) {
        for (Log log : receipt.logs()) {
            boolean isDeposit =
                    log.address().equals(contract)
                            && !log.topics().isEmpty()
                            && log.topics().getFirst().equals(EVENT);
            if (!isDeposit) continue;
            Invalid fault = add(log.data());
            if (fault != null) return fault;
        }
        return null;
    }

    private @Nullable Invalid add(Bytes event) {
        if (event.size() != EVENT_BYTES) {
            return invalid("has " + event.size() + " bytes, it must have " + EVENT_BYTES);
        }
        for (int i = 0; i < FIELDS.size(); i++) {
            Field field = FIELDS.get(i);
            Bytes offset = word(event, i * WORD_BYTES);
            if (!isNumber(offset, field.offset)) {
                return invalid(wrong(field, "offset", offset, field.offset));
            }
            Bytes size = word(event, field.offset);
            if (!isNumber(size, field.sizeBytes)) {
                return invalid(wrong(field, "size", size, field.sizeBytes));
            }
            fields.add(event.slice(field.offset + WORD_BYTES, field.sizeBytes));
        }
        return null;
    }

    private static Bytes word(Bytes event, int at) {
        return event.slice(at, WORD_BYTES);
    }

    private static boolean isNumber(Bytes word, int value) {
        return word.trimLeadingZeros().equals(Bytes.minimalBytes(value));
    }

    private static String wrong(Field field, String what, Bytes found, int expected) {
        return "gives its " + field.name + " the " + what + " " + found + ", expected " + expected;
    }

    private static Invalid invalid(String message) {
        return new Invalid(BlockFault.DEPOSIT, "a log of the deposit contract " + message);
    }

    /** All of them one after the other, as a request holds them. */
    Bytes encode() {
        return Bytes.wrap(fields.toArray(Bytes[]::new));
    }
}
