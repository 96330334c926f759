package dev.lockstep.ledger;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lockstep.ledger.Verdict.Invalid;
import dev.lockstep.types.Address;
import dev.lockstep.types.Log;
import dev.lockstep.types.Receipt;
import java.util.List;
import java.util.Objects;
import org.apache.tuweni.bytes.Bytes;
import org.apache.tuweni.bytes.Bytes32;
import org.apache.tuweni.bytes.MutableBytes;
import org.junit.jupiter.api.Test;

class DepositsTest {
    private static final Address CONTRACT = Address.ofNumber(0x6110);

    /** Of {@code DepositEvent(bytes,bytes,bytes,bytes,bytes)}, as block explorers show it. */
    private static final Bytes32 EVENT =
            Bytes32.fromHexString(
                    "0x649bbc62d0e31342afea4e5cd82d4049e7e1ee912fc0889aa790803be39038c5");

    private static final Bytes KEY = Bytes.repeat((byte) 0xa1, 48);
    private static final Bytes CREDENTIALS = Bytes.repeat((byte) 0xa2, 32);
    private static final Bytes AMOUNT = Bytes.repeat((byte) 0xa3, 8);
    private static final Bytes SIGNATURE = Bytes.repeat((byte) 0xa4, 96);
    private static final Bytes INDEX = Bytes.repeat((byte) 0xa5, 8);

    private final Deposits deposits = new Deposits(CONTRACT);

    @Test
    void theFieldsOfEachEventFollowOneAnother() {
        assertThat(deposits.add(receipt(log(CONTRACT, EVENT, event())))).isNull();
        assertThat(deposits.add(receipt(log(CONTRACT, EVENT, event())))).isNull();
        Bytes one = Bytes.concatenate(KEY, CREDENTIALS, AMOUNT, SIGNATURE, INDEX);
        assertThat(deposits.encode()).isEqualTo(Bytes.concatenate(one, one));
    }

    @Test
    void otherContractsAndOtherEventsAreNoDeposits() {
        Log foreign = log(Address.ofNumber(1), EVENT, Bytes.of(1));
        Log other = log(CONTRACT, Bytes32.ZERO, Bytes.of(1));
        Log plain = new Log(CONTRACT, List.of(), Bytes.of(1));
        assertThat(deposits.add(receipt(foreign, other, plain))).isNull();
        assertThat(deposits.encode()).isEqualTo(Bytes.EMPTY);
    }

    @Test
    void everyWordOfTheLayoutIsHeldTo() {
        for (int word : List.of(0, 1, 2, 3, 4, 5, 8, 10, 12, 16)) {
            MutableBytes event = event().mutableCopy();
            event.set(word * 32 + 31, (byte) (event.get(word * 32 + 31) + 1));
            Invalid fault = deposits.add(receipt(log(CONTRACT, EVENT, event)));
            assertThat(fault).as("word %d", word).isNotNull();
            assertThat(Objects.requireNonNull(fault).fault()).isEqualTo(BlockFault.DEPOSIT);
        }
        // A number that is right in its low bytes alone.
        MutableBytes event = event().mutableCopy();
        event.set(0, (byte) 1);
        assertThat(deposits.add(receipt(log(CONTRACT, EVENT, event)))).isNotNull();
    }

    @Test
    void aShorterOrLongerEventIsInvalid() {
        for (Bytes event :
                List.of(Bytes.EMPTY, event().slice(1), Bytes.concatenate(event(), Bytes.of(0)))) {
            assertThat(deposits.add(receipt(log(CONTRACT, EVENT, event))))
                    .isEqualTo(
                            new Invalid(
                                    BlockFault.DEPOSIT,
                                    "a log of the deposit contract has "
                                            + event.size()
                                            + " bytes, it must have 576"));
        }
    }

    private static Receipt receipt(Log... logs) {
        return Receipt.of(2, true, 21_000, List.of(logs));
    }

    private static Log log(Address address, Bytes32 topic, Bytes data) {
        return new Log(address, List.of(topic), data);
    }

    /** As a contract compiled by Solidity lays the five byte strings out. */
    private static Bytes event() {
        return Bytes.concatenate(
                word(160),
                word(256),
                word(320),
                word(384),
                word(512),
                word(48),
                KEY,
                Bytes.wrap(new byte[16]),
                word(32),
                CREDENTIALS,
                word(8),
                AMOUNT,
                Bytes.wrap(new byte[24]),
                word(96),
                SIGNATURE,
                word(8),
                INDEX,
                Bytes.wrap(new byte[24]));
    }

    private static Bytes word(int value) {
        return Bytes32.leftPad(Bytes.ofUnsignedInt(value));
    }
}
