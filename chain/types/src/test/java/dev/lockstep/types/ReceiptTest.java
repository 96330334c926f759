package dev.lockstep.types;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Random;
import org.apache.tuweni.bytes.Bytes;
import org.junit.jupiter.api.Test;

class ReceiptTest {
    @Test
    void everyTypeAndOutcomeRoundTrips() {
        Random random = new Random(658);
        for (int type = 0; type <= 4; type++) {
            for (boolean succeeded : new boolean[] {true, false}) {
                Receipt receipt = Receipt.of(type, succeeded, 12345, List.of(Samples.log(random)));
                Receipt decoded = Receipt.decode(receipt.encode());
                assertThat(decoded).isEqualTo(receipt);
                assertThat(decoded.succeeded()).isEqualTo(succeeded);
            }
        }
        Receipt rooted = new Receipt(0, Samples.hash(random).bytes(), 5, Bloom.EMPTY, List.of());
        assertThat(Receipt.decode(rooted.encode())).isEqualTo(rooted);
        assertThat(rooted.succeeded()).isTrue();
    }

    @Test
    void anUnknownTypeOrOutcomeIsRefused() {
        Bytes good = Receipt.of(0, true, 1, List.of()).encode();
        assertThatThrownBy(() -> Receipt.decode(Bytes.concatenate(Bytes.of(0x05), good)))
                .hasMessage("receipt type 5 is unknown; known are 0 to 4");
        assertThatThrownBy(() -> Receipt.decode(Bytes.concatenate(Bytes.of(0x00), good)))
                .isInstanceOf(RlpException.class);
        Bytes odd = new Receipt(0, Bytes.of(2), 1, Bloom.EMPTY, List.of()).encode();
        assertThatThrownBy(() -> Receipt.decode(odd))
                .hasMessageContaining("an outcome of 0x02; 0x, 0x01 or 32 bytes are allowed");
        assertThatThrownBy(() -> Receipt.decode(Bytes.EMPTY)).hasMessage("an empty receipt");
    }

    @Test
    void noLogsHashAsStateTestsSayIt() {
        assertThat(dev.lockstep.crypto.Keccak.hash(Log.encodeAll(List.of())).toString())
                .isEqualTo("0x1dcc4de8dec75d7aab85b567b6ccd41ad312451b948a7413f0a142fd40d49347");
    }
}
