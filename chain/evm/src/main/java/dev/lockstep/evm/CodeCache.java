package dev.lockstep.evm;

import dev.lockstep.types.Hash;
import java.util.LinkedHashMap;
import org.apache.tuweni.bytes.Bytes;
import org.jspecify.annotations.Nullable;

/**
 * Codes made ready to run, by hash, the least recently used dropped first. Bounded in bytes, so
 * that many large contracts cost only the time to prepare them again. Safe for use by several
 * threads; what is in it never changes a result.
 */
final class CodeCache {
    /** For the compiler of what is in here. */
    final CompileBudget budget = new CompileBudget();

    private final long bytesMax;
    private final long compiledBytesMax;
    private final LinkedHashMap<Hash, Code> codes = new LinkedHashMap<>();

    /** Those of {@link #codes} that are compiled, in the same order. */
    private final LinkedHashMap<Hash, Code> compiledCodes = new LinkedHashMap<>();

    private long bytesHeld;
    private long compiledBytesHeld;

    /**
     * @param compiledBytesMax of classes, which take the more memory outside of the heap; over it
     *     the least recently used codes are compiled no longer
     */
    CodeCache(long bytesMax, long compiledBytesMax) {
        this.bytesMax = bytesMax;
        this.compiledBytesMax = compiledBytesMax;
    }

    synchronized @Nullable Code find(Hash codeHash) {
        Code code = codes.get(codeHash);
        if (code != null) {
            codes.putLast(codeHash, code);
            if (code.compiled != null) compiledCodes.putLast(codeHash, code);
        }
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

    /** Makes the class part of the code; not of one that is no longer here. */
    synchronized void keepCompiled(Code code, CompiledCode compiled) {
        if (code.hash == null) {
            code.compiled = compiled;
            return;
        }
        if (codes.get(code.hash) != code) return;
        dropCompiled(code);
        code.compiled = compiled;
        compiledCodes.putLast(code.hash, code);
        compiledBytesHeld += compiled.sizeBytes;
        while (compiledBytesHeld > compiledBytesMax) {
            Code oldest = compiledCodes.firstEntry().getValue();
            dropCompiled(oldest);
            // It may become hot again, and is compiled again then.
            oldest.compiledFor = null;
        }
    }

    private void dropCompiled(Code code) {
        CompiledCode compiled = code.compiled;
        if (compiled == null || code.hash == null) return;
        compiledBytesHeld -= compiled.sizeBytes;
        compiledCodes.remove(code.hash);
        code.compiled = null;
    }

    private synchronized void keep(Hash codeHash, Code code) {
        Code other = codes.putLast(codeHash, code);
        if (other != null) drop(other);
        bytesHeld += cost(code);
        dropOldest();
    }

    private void dropOldest() {
        while (bytesHeld > bytesMax) drop(codes.pollFirstEntry().getValue());
    }

    private void drop(Code code) {
        bytesHeld -= cost(code);
        dropCompiled(code);
    }

    synchronized long bytesHeld() {
        return bytesHeld;
    }

    synchronized long compiledBytesHeld() {
        return compiledBytesHeld;
    }

    /** The bytes, an eighth for jump destinations, what objects take, and the decoded form. */
    private static long cost(Code code) {
        DecodedCode decoded = code.decoded;
        return 256L + code.size + code.size / 8 + (decoded == null ? 0 : decoded.sizeBytes());
    }
}
