package dev.lockstep.rpc;

import java.nio.charset.StandardCharsets;
import org.apache.tuweni.bytes.Bytes;
import org.apache.tuweni.units.bigints.UInt256;

/** What Solidity says by reverting: {@code Error(string)} and {@code Panic(uint256)}. */
final class Reverts {
    /** keccak256("Error(string)"), the first four bytes. */
    private static final Bytes ERROR = Bytes.fromHexString("0x08c379a0");

    /** keccak256("Panic(uint256)"), the first four bytes. */
    private static final Bytes PANIC = Bytes.fromHexString("0x4e487b71");

    private static final int SELECTOR_BYTES = 4;
    private static final int WORD_BYTES = 32;
    private static final int REASON_CHARS_MAX = 1000;

    private Reverts() {}

    /** The error for a call that reverted with these bytes: code 3, the reason, the bytes. */
    static RpcError error(Bytes data) {
        String reason = reason(data);
        return new RpcError(
                RpcError.Kind.REVERTED,
                reason.isEmpty() ? "execution reverted" : "execution reverted: " + reason,
                Json.data(data));
    }

    /** The reason that the data spell out, empty where they do not. */
    static String reason(Bytes data) {
        if (data.size() < SELECTOR_BYTES + WORD_BYTES) return "";
        Bytes selector = data.slice(0, SELECTOR_BYTES);
        Bytes arguments = data.slice(SELECTOR_BYTES);
        if (selector.equals(ERROR)) return text(arguments);
        return selector.equals(PANIC) ? panic(word(arguments, 0)) : "";
    }

    private static String text(Bytes arguments) {
        UInt256 offset = word(arguments, 0);
        if (!fits(offset, arguments.size() - WORD_BYTES)) return "";
        int at = offset.intValue();
        UInt256 size = word(arguments, at);
        if (!fits(size, arguments.size() - at - WORD_BYTES)) return "";
        byte[] utf8 = arguments.slice(at + WORD_BYTES, size.intValue()).toArrayUnsafe();
        String text = new String(utf8, StandardCharsets.UTF_8);
        return text.length() > REASON_CHARS_MAX ? text.substring(0, REASON_CHARS_MAX) + "…" : text;
    }

    private static boolean fits(UInt256 value, int max) {
        return max >= 0 && value.compareTo(UInt256.valueOf(max)) <= 0;
    }

    private static UInt256 word(Bytes bytes, int at) {
        return UInt256.fromBytes(bytes.slice(at, WORD_BYTES));
    }

    /**
     * @source Solidity documentation, Panic via assert and Error via require
     */
    private static String panic(UInt256 code) {
        String hex = code.toQuantityHexString();
        return switch (hex) {
            case "0x0" -> "generic panic";
            case "0x1" -> "assert(false)";
            case "0x11" -> "arithmetic underflow or overflow";
            case "0x12" -> "division or modulo by zero";
            case "0x21" -> "enum overflow";
            case "0x22" -> "invalid encoded storage byte array accessed";
            case "0x31" -> "out-of-bounds array access; popping on an empty array";
            case "0x32" -> "out-of-bounds access of an array or bytesN";
            case "0x41" -> "out of memory";
            case "0x51" -> "uninitialized function";
            default -> "unknown panic code: " + hex;
        };
    }
}
