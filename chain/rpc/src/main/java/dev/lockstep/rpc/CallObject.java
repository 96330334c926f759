package dev.lockstep.rpc;

import dev.lockstep.evm.CallRequest;
import dev.lockstep.ledger.AccountOverride;
import dev.lockstep.types.AccessListEntry;
import dev.lockstep.types.Address;
import dev.lockstep.types.Authorization;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.apache.tuweni.bytes.Bytes;
import org.apache.tuweni.bytes.Bytes32;
import org.apache.tuweni.units.bigints.UInt256;

/**
 * Reads what a call is to do, as every tool writes it a little differently: any key may be left out
 * or null, keys that are not known are ignored, call data come as {@code input}, {@code data} or
 * both.
 */
final class CallObject {
    private static final int LIST_MAX = 10_000;
    private static final int AUTHORIZATIONS_MAX = 1000;

    private CallObject() {}

    /**
     * A call with the caller's gas, at most {@code gasMax}, or {@code gasMax} where none is named.
     *
     * @param chainId of this chain
     * @param baseFee of the block that the call stands in @unit wei
     */
    static CallRequest read(Param call, UInt256 chainId, UInt256 baseFee, long gasMax) {
        checkChainId(call.member("chainId"), chainId);
        Param from = call.member("from");
        Param to = call.member("to");
        Param gas = call.member("gas");
        UInt256 gasAsked = gas.isAbsent() ? UInt256.ZERO : gas.quantity256();
        boolean isCapped = gas.isAbsent() || gasAsked.compareTo(UInt256.valueOf(gasMax)) > 0;
        return new CallRequest(
                from.isAbsent() ? Address.ZERO : from.address(),
                to.isAbsent() ? null : to.address(),
                isCapped ? gasMax : gasAsked.toLong(),
                gasPrice(call, baseFee),
                orZero(call.member("value")),
                input(call),
                accessList(call.member("accessList")),
                authorizations(call.member("authorizationList")));
    }

    private static void checkChainId(Param given, UInt256 chainId) {
        if (given.isAbsent() || given.quantity256().equals(chainId)) return;
        throw given.refuse("this chain's id, " + chainId.toQuantityHexString());
    }

    private static UInt256 orZero(Param param) {
        return param.isAbsent() ? UInt256.ZERO : param.quantity256();
    }

    private static UInt256 gasPrice(Param call, UInt256 baseFee) {
        Param gasPrice = call.member("gasPrice");
        Param feeMax = call.member("maxFeePerGas");
        Param tipMax = call.member("maxPriorityFeePerGas");
        if (!gasPrice.isAbsent()) {
            if (!feeMax.isAbsent()) throw feeMax.refuse("nothing, since gasPrice is given");
            return gasPrice.quantity256();
        }
        if (feeMax.isAbsent()) return UInt256.ZERO;
        UInt256 fee = feeMax.quantity256();
        UInt256 tip = orZero(tipMax);
        if (tip.compareTo(fee) > 0) throw tipMax.refuse("at most maxFeePerGas, " + fee);
        if (fee.compareTo(baseFee) <= 0) return fee;
        UInt256 headroom = fee.subtract(baseFee);
        return baseFee.add(tip.compareTo(headroom) < 0 ? tip : headroom);
    }

    private static Bytes input(Param call) {
        Param input = call.member("input");
        Param data = call.member("data");
        if (input.isAbsent()) return data.isAbsent() ? Bytes.EMPTY : data.data();
        Bytes bytes = input.data();
        if (!data.isAbsent() && !data.data().equals(bytes)) {
            throw data.refuse("the same as input, or one of the two");
        }
        return bytes;
    }

    private static List<AccessListEntry> accessList(Param list) {
        List<AccessListEntry> entries = new ArrayList<>();
        if (list.isAbsent()) return entries;
        for (Param entry : list.items(LIST_MAX)) {
            List<Bytes32> keys = new ArrayList<>();
            Param storageKeys = entry.member("storageKeys");
            if (!storageKeys.isAbsent()) {
                for (Param key : storageKeys.items(LIST_MAX)) keys.add(key.word());
            }
            entries.add(new AccessListEntry(entry.member("address").address(), keys));
        }
        return entries;
    }

    private static List<Authorization> authorizations(Param list) {
        List<Authorization> authorizations = new ArrayList<>();
        if (list.isAbsent()) return authorizations;
        for (Param item : list.items(AUTHORIZATIONS_MAX)) {
            authorizations.add(
                    new Authorization(
                            item.member("chainId").quantity256(),
                            item.member("address").address(),
                            item.member("nonce").quantity(),
                            (int) item.member("yParity").count(255),
                            item.member("r").quantity256(),
                            item.member("s").quantity256()));
        }
        return authorizations;
    }

    /** What the call is to believe of accounts, by address: the third parameter of eth_call. */
    static Map<Address, AccountOverride> overrides(Param param) {
        Map<Address, AccountOverride> overrides = new TreeMap<>();
        if (param.isAbsent()) return overrides;
        for (Map.Entry<Param, Param> entry : param.members(LIST_MAX)) {
            overrides.put(entry.getKey().address(), override(entry.getValue()));
        }
        return overrides;
    }

    private static AccountOverride override(Param account) {
        Param nonce = account.member("nonce");
        Param balance = account.member("balance");
        Param code = account.member("code");
        Param state = account.member("state");
        Param stateDiff = account.member("stateDiff");
        Param moved = account.member("movePrecompileToAddress");
        if (!moved.isAbsent()) throw moved.refuse("nothing: precompiles stay where they are");
        if (!state.isAbsent() && !stateDiff.isAbsent()) {
            throw stateDiff.refuse("nothing, since state is given");
        }
        return new AccountOverride(
                nonce.isAbsent() ? null : (Long) nonce.quantity(),
                balance.isAbsent() ? null : balance.quantity256(),
                code.isAbsent() ? null : code.data(),
                !state.isAbsent(),
                slots(state.isAbsent() ? stateDiff : state));
    }

    private static SortedMap<UInt256, UInt256> slots(Param param) {
        SortedMap<UInt256, UInt256> slots = new TreeMap<>();
        if (param.isAbsent()) return slots;
        for (Map.Entry<Param, Param> slot : param.members(LIST_MAX)) {
            slots.put(slot.getKey().slot(), slot.getValue().slot());
        }
        return slots;
    }
}
