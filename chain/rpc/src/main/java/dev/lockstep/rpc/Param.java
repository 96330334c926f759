package dev.lockstep.rpc;

import dev.lockstep.types.Address;
import dev.lockstep.types.Hash;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.tuweni.bytes.Bytes;
import org.apache.tuweni.bytes.Bytes32;
import org.apache.tuweni.units.bigints.UInt256;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * One JSON value of a request. Each reader fails with INVALID_PARAMS and a message that has the
 * parameter's name, its value and what is allowed.
 *
 * @param name what to call it in an error
 * @param value null where the caller left it out
 */
public record Param(String name, @Nullable JsonNode value) {
    private static final int SHOWN_CHARS = 80;
    private static final int WORD_DIGITS = 64;

    /** Left out, or null. */
    public boolean isAbsent() {
        return value == null || value.isNull();
    }

    public String text() {
        if (value == null || !value.isString()) throw refuse("a string");
        return value.stringValue();
    }

    /** A boolean, {@code otherwise} where absent. */
    public boolean flag(boolean otherwise) {
        if (value == null || value.isNull()) return otherwise;
        if (!value.isBoolean()) throw refuse("true or false");
        return value.booleanValue();
    }

    /** Any bytes, as an even number of hex digits. */
    public Bytes data() {
        String expected = "0x and an even number of hex digits";
        String digits = hexDigits(expected);
        if (digits.length() % 2 != 0) throw refuse(expected);
        return Bytes.fromHexString(digits);
    }

    public Address address() {
        return Address.of(sized(20));
    }

    public Hash hash() {
        return Hash.of(sized(32));
    }

    public Bytes32 word() {
        return Bytes32.wrap(sized(32));
    }

    private Bytes sized(int sizeBytes) {
        String expected = sizeBytes + " bytes: 0x and " + 2 * sizeBytes + " hex digits";
        String digits = hexDigits(expected);
        if (digits.length() != 2 * sizeBytes) throw refuse(expected);
        return Bytes.fromHexString(digits);
    }

    /** A storage slot: hex of any length up to 32 bytes, as tools write it in many ways. */
    public UInt256 slot() {
        String expected = "a storage slot: 0x and at most 64 hex digits";
        String digits = hexDigits(expected);
        if (digits.length() > WORD_DIGITS) throw refuse(expected);
        return digits.isEmpty() ? UInt256.ZERO : UInt256.fromHexString(digits);
    }

    /** A number that fits 256 bits. */
    public UInt256 quantity256() {
        String expected = "a quantity: 0x and 1 to 64 hex digits";
        String digits = hexDigits(expected);
        if (digits.isEmpty() || digits.length() > WORD_DIGITS) throw refuse(expected);
        return UInt256.fromHexString(digits);
    }

    /** A number from 0 to 2^63-1. */
    public long quantity() {
        String expected = "a quantity from 0x0 to 0x7fffffffffffffff";
        String digits = hexDigits(expected);
        if (digits.isEmpty() || digits.length() > WORD_DIGITS) throw refuse(expected);
        UInt256 number = UInt256.fromHexString(digits);
        if (number.bitLength() > 63) throw refuse(expected);
        return number.toLong();
    }

    /** A number from 0 to {@code max}, as a quantity or as a plain JSON integer. */
    public long count(long max) {
        String expected = "a number from 0 to " + max;
        long count;
        if (value != null && value.isIntegralNumber()) {
            if (!value.canConvertToLong()) throw refuse(expected);
            count = value.longValue();
        } else {
            String digits = hexDigits(expected);
            if (digits.isEmpty() || digits.length() > 15) throw refuse(expected);
            count = Long.parseLong(digits, 16);
        }
        if (count < 0 || count > max) throw refuse(expected);
        return count;
    }

    /** How the caller names a block: LATEST where absent. */
    BlockTag blockTag() {
        if (value == null || value.isNull()) return BlockTag.Named.LATEST;
        if (value.isObject()) {
            Param hash = member("blockHash");
            Param number = member("blockNumber");
            if (hash.isAbsent() == number.isAbsent()) {
                throw refuse("an object with either blockHash or blockNumber");
            }
            return hash.isAbsent()
                    ? new BlockTag.Numbered(number.quantity())
                    : new BlockTag.Hashed(hash.hash());
        }
        String expected =
                "a block: latest, earliest, pending, safe, finalized, a number as 0x and hex"
                        + " digits, or a hash";
        if (!value.isString()) throw refuse(expected);
        switch (value.stringValue()) {
            case "latest":
                return BlockTag.Named.LATEST;
            case "earliest":
                return BlockTag.Named.EARLIEST;
            case "pending":
                return BlockTag.Named.PENDING;
            case "safe":
                return BlockTag.Named.SAFE;
            case "finalized":
                return BlockTag.Named.FINALIZED;
            default:
                if (hexDigits(expected).length() == WORD_DIGITS) return new BlockTag.Hashed(hash());
                return new BlockTag.Numbered(quantity());
        }
    }

    /** Whether this is an object (other than null). */
    public boolean isObject() {
        return value != null && value.isObject();
    }

    public boolean isArray() {
        return value != null && value.isArray();
    }

    /** A member of this object, which may be absent. */
    public Param member(String key) {
        if (value == null || !value.isObject()) throw refuse("an object");
        return new Param(name + "." + key, value.get(key));
    }

    /** All members of this object by key. */
    public List<Map.Entry<Param, Param>> members(int max) {
        if (value == null || !value.isObject()) throw refuse("an object");
        if (value.size() > max) throw refuse("an object of at most " + max + " members");
        List<Map.Entry<Param, Param>> members = new ArrayList<>(value.size());
        for (Map.Entry<String, JsonNode> member : value.properties()) {
            String path = name + "." + member.getKey();
            members.add(
                    Map.entry(
                            new Param("a key of " + name, Json.text(member.getKey())),
                            new Param(path, member.getValue())));
        }
        return members;
    }

    /** The items of this array. */
    public List<Param> items(int max) {
        if (value == null || !value.isArray()) throw refuse("an array");
        if (value.size() > max) throw refuse("an array of at most " + max + " items");
        List<Param> items = new ArrayList<>(value.size());
        for (int i = 0; i < value.size(); i++) {
            items.add(new Param(name + "[" + i + "]", value.get(i)));
        }
        return items;
    }

    private String hexDigits(String expected) {
        if (value == null || !value.isString()) throw refuse(expected);
        String text = value.stringValue();
        if (!text.startsWith("0x")) throw refuse(expected);
        for (int i = 2; i < text.length(); i++) {
            char c = text.charAt(i);
            boolean isDigit =
                    (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
            if (!isDigit) throw refuse(expected);
        }
        return text.substring(2);
    }

    /** The error that says what this should have been. */
    public RpcException refuse(String expected) {
        String shown = value == null ? "missing" : value.toString();
        if (shown.length() > SHOWN_CHARS) shown = shown.substring(0, SHOWN_CHARS) + "…";
        return new RpcException(
                RpcError.Kind.INVALID_PARAMS, name + " is " + shown + ", expected " + expected);
    }
}
