package dev.lockstep.inference.kernels;

import java.io.IOException;
import java.lang.foreign.AddressLayout;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The functions of {@code native/product.c} for one set of instructions. The library holds no
 * state; lengths are checked by whoever calls.
 */
final class NativeLibrary {
    /** What functions take and how operands lie. */
    private static final int ABI = 2;

    private static final AddressLayout POINTER = ValueLayout.ADDRESS;
    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT;
    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG;

    private final Path file;
    private final NativeLevel level;
    private final int parts;
    private final boolean raised;
    private final int rows;
    private final int width;
    private final int lanes;
    private final MethodHandle multiply;
    private final MethodHandle multiplyEach;
    private final MethodHandle packChannels;
    private final MethodHandle packRows;

    private NativeLibrary(Path file, NativeLevel level, SymbolLookup symbols) throws IOException {
        this.file = file;
        this.level = level;
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment layout = arena.allocate(INT, 5);
            call(function(symbols, level.prefix() + "layout", false, POINTER), layout);
            this.parts = layout.getAtIndex(INT, 0);
            this.raised = layout.getAtIndex(INT, 1) != 0;
            this.rows = layout.getAtIndex(INT, 2);
            this.width = layout.getAtIndex(INT, 3);
            this.lanes = layout.getAtIndex(INT, 4);
        }
        this.multiply =
                function(
                        symbols,
                        level.prefix() + "multiply",
                        true,
                        POINTER,
                        POINTER,
                        POINTER,
                        INT,
                        INT,
                        INT,
                        INT,
                        INT,
                        POINTER,
                        LONG);
        this.multiplyEach =
                function(
                        symbols,
                        level.prefix() + "multiply_each",
                        true,
                        POINTER,
                        POINTER,
                        POINTER,
                        POINTER,
                        LONG,
                        INT,
                        INT,
                        POINTER,
                        POINTER,
                        LONG);
        this.packChannels =
                function(
                        symbols,
                        level.prefix() + "pack_channels",
                        true,
                        POINTER,
                        POINTER,
                        LONG,
                        INT,
                        INT,
                        INT,
                        POINTER);
        this.packRows =
                function(
                        symbols,
                        level.prefix() + "pack_rows",
                        true,
                        POINTER,
                        LONG,
                        INT,
                        INT,
                        INT,
                        POINTER);
    }

    /**
     * Loads a library that {@code native/build} made, if it is the one that it made.
     *
     * @param forced instructions to use, or null for the best that this machine has
     * @throws IOException where the file is another, or this machine cannot run it; says why
     */
    static NativeLibrary open(Path file, @Nullable NativeLevel forced) throws IOException {
        Path hashFile = file.resolveSibling(file.getFileName() + ".sha256");
        String expected = Files.readString(hashFile).strip();
        String found = sha256(Files.readAllBytes(file));
        if (!found.equals(expected)) {
            throw new IOException(
                    file + " has SHA-256 " + found + "; " + hashFile + " says " + expected);
        }
        SymbolLookup symbols = symbols(file);
        int abi = number(symbols, "lockstep_abi");
        if (abi != ABI) {
            throw new IOException(file + " has ABI " + abi + "; this version takes " + ABI);
        }
        List<NativeLevel> levels = NativeLevel.of(number(symbols, "lockstep_levels"));
        if (levels.isEmpty() || (forced != null && !levels.contains(forced))) {
            throw new IOException(
                    "this machine lacks the instructions "
                            + (forced == null ? "of any native kernels" : forced + "; it has ")
                            + (forced == null ? "" : levels));
        }
        return new NativeLibrary(file, forced == null ? levels.getFirst() : forced, symbols);
    }

    private static String sha256(byte[] bytes) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    @SuppressWarnings("restricted")
    private static SymbolLookup symbols(Path file) throws IOException {
        try {
            return SymbolLookup.libraryLookup(file.toAbsolutePath(), Arena.global());
        } catch (IllegalArgumentException e) {
            throw new IOException(file + " cannot be loaded: " + e.getMessage(), e);
        }
    }

    private static int number(SymbolLookup symbols, String name) throws IOException {
        MemorySegment address = find(symbols, name);
        return (int) call(handle(address, FunctionDescriptor.of(INT), false));
    }

    /**
     * @param heap whether it takes arrays of Java where they lie, which keeps the collector waiting
     */
    private static MethodHandle function(
            SymbolLookup symbols, String name, boolean heap, MemoryLayout... arguments)
            throws IOException {
        return handle(find(symbols, name), FunctionDescriptor.ofVoid(arguments), heap);
    }

    private static MemorySegment find(SymbolLookup symbols, String name) throws IOException {
        return symbols.find(name)
                .orElseThrow(() -> new IOException("the library has no function " + name));
    }

    @SuppressWarnings("restricted")
    private static MethodHandle handle(
            MemorySegment address, FunctionDescriptor descriptor, boolean heap) {
        Linker.Option[] options =
                heap ? new Linker.Option[] {Linker.Option.critical(true)} : new Linker.Option[0];
        return Linker.nativeLinker().downcallHandle(address, descriptor, options);
    }

    private static Object call(MethodHandle handle, Object... arguments) {
        try {
            return handle.invokeWithArguments(arguments);
        } catch (Throwable e) {
            throw new IllegalStateException(e);
        }
    }

    Path file() {
        return file;
    }

    NativeLevel level() {
        return level;
    }

    /** Elements in a word of 32 bits. */
    int parts() {
        return parts;
    }

    /** What is added to activations, so that they are not negative. */
    int raise() {
        return raised ? 128 : 0;
    }

    /** Rows of a panel. */
    int rows() {
        return rows;
    }

    /** Lanes of a tile. */
    int width() {
        return width;
    }

    /** Lanes of a vector. */
    int lanes() {
        return lanes;
    }

    /** Products of some rows and lanes; see the source for what each number says. */
    void multiply(
            MemorySegment product,
            MemorySegment a,
            MemorySegment b,
            int channel,
            int row,
            int rowCount,
            int lane,
            int laneCount,
            MemorySegment out,
            long to) {
        try {
            multiply.invokeExact(product, a, b, channel, row, rowCount, lane, laneCount, out, to);
        } catch (Throwable e) {
            throw new IllegalStateException(e);
        }
    }

    /** Some channels of a convolution of each on its own. */
    void multiplyEach(
            MemorySegment product,
            MemorySegment columns,
            MemorySegment a,
            MemorySegment in,
            long from,
            int channel,
            int channels,
            MemorySegment scratch,
            MemorySegment out,
            long to) {
        try {
            multiplyEach.invokeExact(
                    product, columns, a, in, from, channel, channels, scratch, out, to);
        } catch (Throwable e) {
            throw new IllegalStateException(e);
        }
    }

    /** Words of some channels of an input. */
    void packChannels(
            MemorySegment layout,
            MemorySegment in,
            long from,
            int channel,
            int channels,
            int lastChannel,
            MemorySegment words) {
        try {
            packChannels.invokeExact(layout, in, from, channel, channels, lastChannel, words);
        } catch (Throwable e) {
            throw new IllegalStateException(e);
        }
    }

    /** Words of some rows of an input. */
    void packRows(
            MemorySegment in, long from, int row, int rowCount, int length, MemorySegment words) {
        try {
            packRows.invokeExact(in, from, row, rowCount, length, words);
        } catch (Throwable e) {
            throw new IllegalStateException(e);
        }
    }
}
