package dev.lockstep.evm;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lockstep.crypto.Keccak;
import dev.lockstep.evm.JournalAccount.Slot;
import dev.lockstep.types.Address;
import dev.lockstep.types.Fork;
import dev.lockstep.types.Log;
import java.util.List;
import org.apache.tuweni.bytes.Bytes;
import org.apache.tuweni.units.bigints.UInt256;
import org.junit.jupiter.api.Test;

final class JournalTest {
    private static final Word ONE = new Word(0, 0, 0, 1);
    private static final Address NEW = Address.ofNumber(77);

    private final Scene scene = new Scene().slot(Scene.CONTRACT, 1, 5);
    private final Journal journal = new Journal(scene, Fork.OSAKA);

    @Test
    void aRevertUndoesEverything() {
        journal.warm(Scene.SENDER);
        int checkpoint = journal.checkpoint();
        Slot slot = journal.slot(journal.account(Scene.CONTRACT), ONE);
        journal.warm(slot);
        journal.setSlot(slot, Word.ZERO);
        journal.setTransientSlot(journal.account(Scene.CONTRACT), ONE, ONE);
        journal.create(NEW);
        journal.setCode(NEW, Bytes.of(1, 2, 3));
        journal.subtractBalance(Scene.SENDER, UInt256.ONE);
        journal.addBalance(NEW, UInt256.ONE);
        journal.incrementNonce(Scene.SENDER);
        journal.destroy(journal.account(NEW));
        journal.addRefund(5);
        journal.log(new Log(NEW, List.of(), Bytes.EMPTY));
        journal.warm(NEW);
        journal.revertTo(checkpoint);

        assertThat(journal.diff().isEmpty()).isTrue();
        assertThat(journal.logs()).isEmpty();
        assertThat(journal.refund()).isZero();
        assertThat(Journal.transientSlot(journal.account(Scene.CONTRACT), ONE))
                .isEqualTo(Word.ZERO);
        assertThat(journal.account(NEW).exists).isFalse();
        assertThat(journal.account(NEW).isCreated).isFalse();
        assertThat(journal.account(NEW).isDestroyed).isFalse();
        assertThat(journal.isDead(NEW)).isTrue();
        // What was cold is cold again, what was warm before stays warm.
        assertThat(journal.warm(NEW)).isTrue();
        assertThat(journal.warm(slot)).isTrue();
        assertThat(journal.warm(Scene.SENDER)).isFalse();
    }

    @Test
    void changesThatCancelOutLeaveNoTrace() {
        Slot slot = journal.slot(journal.account(Scene.CONTRACT), ONE);
        journal.setSlot(slot, Word.ZERO);
        journal.setSlot(slot, slot.original);
        journal.addBalance(Scene.SENDER, UInt256.ONE);
        journal.subtractBalance(Scene.SENDER, UInt256.ONE);
        assertThat(journal.diff().isEmpty()).isTrue();
    }

    @Test
    void theDiffIsSortedAndHasOnlyNewCode() {
        Bytes code = Bytes.of(1, 2, 3);
        for (int i = 200; i > 0; i--) journal.addBalance(Address.ofNumber(i), UInt256.ONE);
        journal.setCode(NEW, code);
        assertThat(List.copyOf(journal.diff().accounts().keySet())).isSorted().hasSize(200);
        assertThat(journal.diff().codes()).containsOnlyKeys(Keccak.hash(code));
    }

    @Test
    void aTouchOfTheThirdPrecompileOutlivesARevert() {
        Address third = Address.ofNumber(3);
        scene.account(third, 0, UInt256.ZERO, Bytes.EMPTY);
        scene.account(NEW, 0, UInt256.ZERO, Bytes.EMPTY);
        journal.touch(journal.account(third));
        journal.touch(journal.account(NEW));
        journal.revertTo(0);
        assertThat(journal.diff().accounts()).containsOnlyKeys(third);
    }

    @Test
    void theCacheOfCodesStaysWithinItsBound() {
        CodeCache cache = new CodeCache(10_000, 10_000);
        for (int i = 0; i < 100; i++) {
            Bytes code = Bytes.concatenate(Bytes.of(i), Bytes.wrap(new byte[999]));
            cache.prepare(Keccak.hash(code), code);
            cache.prepare(Keccak.hash(code), code);
            assertThat(cache.find(Keccak.hash(code))).isNotNull();
            assertThat(cache.bytesHeld()).isBetween(1000L, 10_000L);
        }
        Bytes huge = Bytes.wrap(new byte[20_000]);
        cache.prepare(Keccak.hash(huge), huge);
        assertThat(cache.find(Keccak.hash(huge))).isNull();
        assertThat(cache.bytesHeld()).isZero();
    }
}
