package dev.lockstep.evm;

import dev.lockstep.evm.JournalAccount.Slot;

/** Storage, lasting and transient. */
final class StorageOps {
    private static final int LIMBS = U256.LIMBS;

    private StorageOps() {}

    static long load(Frame f, long[] s, int sp, long gas) {
        World world = f.world;
        Slot slot = world.journal.slot(f.self(), Word.at(s, sp));
        long left = gas - slotAccess(world, slot);
        if (left >= 0) slot.current.put(s, sp);
        return left;
    }

    private static long slotAccess(World world, Slot slot) {
        GasSchedule schedule = world.gas;
        if (schedule.coldSlot() == 0) return schedule.sload();
        return world.journal.warm(slot) ? schedule.coldSlot() : schedule.warmAccess();
    }

    static long store(Frame f, long[] s, int sp, long gas) {
        World world = f.world;
        GasSchedule schedule = world.gas;
        if (f.message.isStatic()) return f.halt(HaltReason.WRITE_IN_STATIC_CALL);
        if (schedule.sstoreGasMin() != 0 && gas <= schedule.sstoreGasMin()) return -1;
        Slot slot = world.journal.slot(f.self(), Word.at(s, sp));
        Word value = Word.at(s, sp - LIMBS);
        long left = gas;
        if (schedule.coldSlot() != 0 && world.journal.warm(slot)) left -= schedule.coldSlot();
        left -=
                schedule.isNetMetered()
                        ? netGas(schedule, slot, value)
                        : grossGas(schedule, slot, value);
        if (left < 0) return left;
        world.journal.addRefund(
                schedule.isNetMetered()
                        ? netRefund(schedule, slot, value)
                        : grossRefund(schedule, slot, value));
        if (!slot.current.equals(value)) world.journal.setSlot(slot, value);
        return left;
    }

    private static long grossGas(GasSchedule schedule, Slot slot, Word value) {
        return slot.current.isZero() && !value.isZero()
                ? schedule.sstoreSet()
                : schedule.sstoreReset();
    }

    private static long grossRefund(GasSchedule schedule, Slot slot, Word value) {
        return !slot.current.isZero() && value.isZero() ? schedule.sstoreClearRefund() : 0;
    }

    /**
     * @source EIP-1283, EIP-2200, EIP-2929, EIP-3529
     */
    private static long netGas(GasSchedule schedule, Slot slot, Word value) {
        if (slot.current.equals(value) || !slot.current.equals(slot.original)) {
            return schedule.sstoreNoop();
        }
        return slot.original.isZero() ? schedule.sstoreSet() : schedule.sstoreReset();
    }

    private static long netRefund(GasSchedule schedule, Slot slot, Word value) {
        if (slot.current.equals(value)) return 0;
        long refund = 0;
        if (!slot.original.isZero()) {
            if (slot.current.isZero()) refund -= schedule.sstoreClearRefund();
            if (value.isZero()) refund += schedule.sstoreClearRefund();
        }
        boolean isRestored = !slot.current.equals(slot.original) && value.equals(slot.original);
        if (isRestored) {
            long paid = slot.original.isZero() ? schedule.sstoreSet() : schedule.sstoreReset();
            refund += paid - schedule.sstoreNoop();
        }
        return refund;
    }

    static long transientLoad(Frame f, long[] s, int sp, long gas) {
        Journal.transientSlot(f.self(), Word.at(s, sp)).put(s, sp);
        return gas;
    }

    static long transientStore(Frame f, long[] s, int sp, long gas) {
        if (f.message.isStatic()) return f.halt(HaltReason.WRITE_IN_STATIC_CALL);
        f.world.journal.setTransientSlot(f.self(), Word.at(s, sp), Word.at(s, sp - LIMBS));
        return gas;
    }
}
