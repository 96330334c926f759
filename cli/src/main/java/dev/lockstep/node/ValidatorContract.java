package dev.lockstep.node;

import dev.lockstep.consensus.core.ValidatorSet;
import dev.lockstep.evm.CallOutcome;
import dev.lockstep.evm.CallRequest;
import dev.lockstep.evm.Tracer;
import dev.lockstep.evm.TransactionOutcome;
import dev.lockstep.ledger.Ledger;
import dev.lockstep.types.Address;
import dev.lockstep.types.BlockHeader;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import org.apache.tuweni.bytes.Bytes;
import org.apache.tuweni.units.bigints.UInt256;
import org.jspecify.annotations.Nullable;

/**
 * A contract that keeps the validators: {@code getValidators() returns (address[])}, asked on the
 * state after the parent. What it says is consensus, so a bad answer is one for everybody.
 *
 * @source Besu's contract mode
 */
record ValidatorContract(Address address) {
    private static final Bytes GET_VALIDATORS = Bytes.fromHexString("0xb7ab4db5");
    private static final int WORD_BYTES = 32;

    sealed interface Answer {
        record Named(ValidatorSet validators) implements Answer {}

        /** Why it names nobody. */
        record None(String reason) implements Answer {}
    }

    /** What it says after a block of the chain. */
    Answer after(Ledger ledger, BlockHeader parent) {
        CallRequest request =
                new CallRequest(
                        Address.ZERO,
                        address,
                        parent.gasLimit(),
                        UInt256.ZERO,
                        UInt256.ZERO,
                        GET_VALIDATORS,
                        List.of(),
                        List.of());
        CallOutcome outcome = ledger.call(parent.number(), request, Tracer.NONE, Map.of());
        return switch (outcome) {
            case CallOutcome.Succeeded succeeded -> decoded(succeeded.output());
            case CallOutcome.Reverted reverted -> none("it reverted with " + reverted.data());
            case CallOutcome.Halted halted -> none("it failed: " + halted.reason());
            case TransactionOutcome.Refused refused ->
                    none("it cannot be called: " + refused.message());
        };
    }

    /** ABI's address[]: where the array stands, its length, and a word each. */
    Answer decoded(Bytes output) {
        if (output.isEmpty()) return none("it answers nothing, as where there is no code");
        BigInteger offset = number(output, BigInteger.ZERO);
        BigInteger length = offset == null ? null : number(output, offset);
        if (offset == null || length == null)
            return none("its answer is no address[]: " + shown(output));
        int first = offset.intValueExact() + WORD_BYTES;
        if (length.compareTo(BigInteger.valueOf((output.size() - first) / WORD_BYTES)) > 0) {
            return none(
                    "its answer is cut off: "
                            + length
                            + " addresses in "
                            + output.size()
                            + " bytes");
        }
        if (length.signum() == 0) return none("it names nobody; at least one validator is needed");
        List<Address> named = new ArrayList<>();
        for (int i = 0; i < length.intValueExact(); i++) {
            Bytes word = output.slice(first + i * WORD_BYTES, WORD_BYTES);
            Bytes prefix = word.slice(0, WORD_BYTES - Address.SIZE_BYTES);
            if (!prefix.isZero()) return none("it names " + word + ", which is no address");
            named.add(Address.of(word.slice(prefix.size())));
        }
        if (new TreeSet<>(named).size() < named.size()) {
            return none("it names a validator twice: " + named);
        }
        return new Answer.Named(ValidatorSet.of(named));
    }

    /** The word at an offset, or null where there is none. */
    private static @Nullable BigInteger number(Bytes output, BigInteger offset) {
        if (offset.compareTo(BigInteger.valueOf((long) output.size() - WORD_BYTES)) > 0)
            return null;
        return output.slice(offset.intValueExact(), WORD_BYTES).toUnsignedBigInteger();
    }

    private Answer none(String what) {
        return new Answer.None("contract " + address + ", getValidators(): " + what);
    }

    private static String shown(Bytes output) {
        return output.size() <= WORD_BYTES
                ? output.toString()
                : output.slice(0, WORD_BYTES) + "… (" + output.size() + " bytes)";
    }
}
