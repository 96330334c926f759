package dev.lockstep.types;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lockstep.crypto.Keccak;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.apache.tuweni.bytes.Bytes;
import org.junit.jupiter.api.Test;

class InferenceRootTest {
    @Test
    void noRecordsGiveZeroAndOneGivesItsLeaf() {
        CallRecord record = Samples.record(new Random(1));
        assertThat(InferenceRoot.of(List.of())).isEqualTo(Hash.ZERO);
        assertThat(InferenceRoot.of(List.of(record))).isEqualTo(leaf(record));
    }

    @Test
    void oddNodesArePromotedUnhashed() {
        Random random = new Random(2);
        List<CallRecord> r = new ArrayList<>();
        for (int i = 0; i < 5; i++) r.add(Samples.record(random));
        Hash left =
                node(node(leaf(r.get(0)), leaf(r.get(1))), node(leaf(r.get(2)), leaf(r.get(3))));
        assertThat(InferenceRoot.of(r)).isEqualTo(node(left, leaf(r.get(4))));
        assertThat(InferenceRoot.of(r.subList(0, 3)))
                .isEqualTo(node(node(leaf(r.get(0)), leaf(r.get(1))), leaf(r.get(2))));
    }

    @Test
    void orderAndEveryFieldMatter() {
        Random random = new Random(3);
        List<CallRecord> records =
                List.of(Samples.record(random), Samples.record(random), Samples.record(random));
        Hash root = InferenceRoot.of(records);
        List<CallRecord> turned = new ArrayList<>(records);
        Collections.reverse(turned);
        assertThat(InferenceRoot.of(turned)).isNotEqualTo(root);
        CallRecord c = records.getFirst();
        for (CallRecord other :
                List.of(
                        new CallRecord(
                                c.txIndex() + 1,
                                c.callIndex(),
                                c.caller(),
                                c.model(),
                                c.inputHash(),
                                c.outputHash(),
                                c.gas()),
                        new CallRecord(
                                c.txIndex(),
                                c.callIndex(),
                                c.caller(),
                                c.model(),
                                c.inputHash(),
                                Hash.ZERO,
                                c.gas()),
                        new CallRecord(
                                c.txIndex(),
                                c.callIndex(),
                                c.caller(),
                                c.model(),
                                c.inputHash(),
                                c.outputHash(),
                                c.gas() ^ 1))) {
            assertThat(InferenceRoot.of(List.of(other, records.get(1), records.get(2))))
                    .isNotEqualTo(root);
        }
    }

    @Test
    void aRecordRoundTrips() {
        Random random = new Random(4);
        for (int i = 0; i < 50; i++) {
            CallRecord record = Samples.record(random);
            assertThat(CallRecord.decode(record.encode())).isEqualTo(record);
        }
    }

    private static Hash leaf(CallRecord record) {
        return Keccak.hash(Bytes.concatenate(Bytes.of(0), record.encode()));
    }

    private static Hash node(Hash left, Hash right) {
        return Keccak.hash(Bytes.concatenate(Bytes.of(1), left.bytes(), right.bytes()));
    }
}
