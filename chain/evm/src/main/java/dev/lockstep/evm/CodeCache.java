package dev.lockstep.evm;

import dev.lockstep.types.Hash;
import java.util.LinkedHashMap;
import java.util.Map;
import org.apache.tuweni.bytes.Bytes;
import org.jspecify.annotations.Nullable;

/**
 * Codes made ready to run, by hash, the least recently used dropped first. Bounded in bytes, so
 * that many large contracts cost only the time to prepare them again. Safe for use by several
 * threads; what is in it never changes a result.
 */
final class CodeCache {
    private final long bytesMax;
    private final LinkedHashMap<Hash, Code> codes = new LinkedHashMap<>();
    private long bytesHeld;

    CodeCache(long bytesMax) {
        this.bytesMax = bytesMax;
    }

    synchronized @Nullable Code find(Hash codeHash) {
        Code code = codes.get(codeHash);
        if (code != null) codes.putLast(codeHash, code);
        return code;
    }

    /** Makes the code ready and keeps it, if there is room at all. */
    Code prepare(Hash codeHash, Bytes code) {
        Code prepared = new Code(code.toArrayUnsafe(), codeHash);
        keep(codeHash, prepared);
        return prepared;
    }

    /** Makes the decoded form part of the code, in place of one for another fork. */
    synchronized void keepDecoded(Code code, DecodedCode decoded) {
        boolean isKept = code.hash != null && codes.get(code.hash) == code;
        if (isKept) bytesHeld -= cost(code);
        code.decoded = decoded;
        if (isKept) bytesHeld += cost(code);
        dropOldest();
    }

    private synchronized void keep(Hash codeHash, Code code) {
        Code other = codes.putLast(codeHash, code);
        if (other != null) bytesHeld -= cost(other);
        bytesHeld += cost(code);
        dropOldest();
    }

    private void dropOldest() {
        while (bytesHeld > bytesMax) {
            Map.Entry<Hash, Code> oldest = codes.pollFirstEntry();
            bytesHeld -= cost(oldest.getValue());
        }
    }

    synchronized long bytesHeld() {
        return bytesHeld;
    }

    /** The bytes, an eighth for jump destinations, what objects take, and the decoded form. */
    private static long cost(Code code) {
        DecodedCode decoded = code.decoded;
        return 256L + code.size + code.size / 8 + (decoded == null ? 0 : decoded.sizeBytes());
    }
}
