package dev.lockstep.precompiles.inference;

import dev.lockstep.crypto.Keccak;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.apache.tuweni.bytes.Bytes;
import org.apache.tuweni.units.bigints.UInt256;

/**
 * Values in the encoding of Solidity's ABI.
 *
 * @source Solidity documentation, "Contract ABI Specification"
 */
final class Abi {
    private Abi() {}

    /**
     * A value.
     *
     * @param isDynamic whether it stands in the tail of what holds it, with its offset in the head
     */
    record Value(Bytes bytes, boolean isDynamic) {}

    /** The four bytes that name a function or an error. */
    static Bytes selector(String signature) {
        byte[] text = signature.getBytes(StandardCharsets.US_ASCII);
        return Keccak.hash(Bytes.wrap(text)).bytes().slice(0, 4);
    }

    static Value word(Bytes word) {
        return new Value(word, false);
    }

    /** An unsigned number, or a signed one that is not negative. */
    static Value number(long number) {
        return word(UInt256.valueOf(number).toBytes());
    }

    /** A number in two's complement. */
    static Value signed(long number) {
        byte[] word = new byte[32];
        Elements.putSigned(number, word, 0);
        return word(Bytes.wrap(word));
    }

    static Value bytes(Bytes bytes) {
        int padding = (32 - bytes.size() % 32) % 32;
        return new Value(
                Bytes.concatenate(
                        number(bytes.size()).bytes(), bytes, Bytes.wrap(new byte[padding])),
                true);
    }

    /** An array of elements that are words, already one after the other. */
    static Value words(Bytes words) {
        return new Value(Bytes.concatenate(number(words.size() / 32).bytes(), words), true);
    }

    static Value array(List<Value> elements) {
        Bytes body = tuple(elements).bytes();
        return new Value(Bytes.concatenate(number(elements.size()).bytes(), body), true);
    }

    /** Also the arguments or the results of a function. */
    static Value tuple(List<Value> members) {
        long offset = 0;
        boolean isDynamic = false;
        for (Value member : members) {
            offset += member.isDynamic ? 32 : member.bytes.size();
            isDynamic |= member.isDynamic;
        }
        List<Bytes> head = new ArrayList<>();
        List<Bytes> tail = new ArrayList<>();
        for (Value member : members) {
            if (member.isDynamic) {
                head.add(number(offset).bytes());
                tail.add(member.bytes);
                offset += member.bytes.size();
            } else {
                head.add(member.bytes);
            }
        }
        head.addAll(tail);
        return new Value(Bytes.concatenate(head), isDynamic);
    }

    static Value tuple(Value... members) {
        return tuple(List.of(members));
    }
}
