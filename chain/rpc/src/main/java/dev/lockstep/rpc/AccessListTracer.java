package dev.lockstep.rpc;

import dev.lockstep.evm.CallRequest;
import dev.lockstep.evm.Tracer;
import dev.lockstep.types.AccessListEntry;
import dev.lockstep.types.Address;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import org.apache.tuweni.bytes.Bytes32;

/**
 * Collects the addresses and slots that a call touches, less the addresses that are warm anyway:
 * the caller, the callee and Ethereum's precompiles.
 *
 * @source EIP-2930
 */
final class AccessListTracer implements Tracer {
    private static final int BALANCE = 0x31;
    private static final int EXTCODESIZE = 0x3b;
    private static final int EXTCODECOPY = 0x3c;
    private static final int EXTCODEHASH = 0x3f;
    private static final int SLOAD = 0x54;
    private static final int SSTORE = 0x55;
    private static final int CALL = 0xf1;
    private static final int CALLCODE = 0xf2;
    private static final int DELEGATECALL = 0xf4;
    private static final int STATICCALL = 0xfa;
    private static final int SELFDESTRUCT = 0xff;

    /** Precompiles up to BLS12-381's last. */
    private static final Address PRECOMPILE_LAST = Address.ofNumber(0x11);

    private static final Address P256_VERIFY = Address.ofNumber(0x100);

    private final SortedMap<Address, SortedSet<Bytes32>> touched = new TreeMap<>();
    private final Address caller;
    private Address callee = Address.ZERO;

    AccessListTracer(CallRequest request) {
        this.caller = request.from();
        for (AccessListEntry entry : request.accessList()) {
            touched.put(entry.address(), new TreeSet<>(entry.storageKeys()));
        }
    }

    @Override
    public void onFrameEnter(FrameEntry frame) {
        if (frame.depth() == 0) callee = frame.self();
    }

    @Override
    public void onStep(Step step) {
        switch (step.opcode()) {
            case SLOAD, SSTORE -> {
                if (step.stackSize() > 0) slots(step.self()).add(step.stackWord(0).toBytes());
            }
            case BALANCE, EXTCODESIZE, EXTCODECOPY, EXTCODEHASH, SELFDESTRUCT -> address(step, 0);
            case CALL, CALLCODE, DELEGATECALL, STATICCALL -> address(step, 1);
            default -> {}
        }
    }

    private void address(Step step, int fromTop) {
        if (step.stackSize() <= fromTop) return;
        Address address = Address.ofWord(step.stackWord(fromTop).toBytes());
        boolean isWarm =
                address.equals(caller)
                        || address.equals(callee)
                        || address.compareTo(PRECOMPILE_LAST) <= 0
                        || address.equals(P256_VERIFY);
        if (!isWarm) slots(address);
    }

    private SortedSet<Bytes32> slots(Address address) {
        return touched.computeIfAbsent(address, _ -> new TreeSet<>());
    }

    List<AccessListEntry> accessList() {
        List<AccessListEntry> list = new ArrayList<>();
        touched.forEach(
                (address, slots) -> list.add(new AccessListEntry(address, List.copyOf(slots))));
        return list;
    }

    CallRequest withAccessList(CallRequest request) {
        return new CallRequest(
                request.from(),
                request.to(),
                request.gasLimit(),
                request.gasPrice(),
                request.value(),
                request.input(),
                accessList(),
                request.authorizations());
    }
}
