package dev.lockstep.evm;

import dev.lockstep.evm.CodeCompiler.Shape;
import dev.lockstep.evm.CodeCompiler.Source;
import dev.lockstep.evm.CodeCompiler.Translation;
import dev.lockstep.types.Fork;
import java.util.ArrayList;
import java.util.List;
import java.util.ServiceLoader;
import org.jspecify.annotations.Nullable;

/**
 * Runs compiled code where there is some, and else decoded code, which it has compiled when enough
 * gas was spent on it. Compiled code leaves what it does not know to the decoded.
 */
final class CompiledInterpreter implements Interpreter {
    /**
     * What compiling costs besides its bytes, in bytes: most of it is that HotSpot interprets a new
     * class at first.
     */
    private static final long FIXED_BYTES = 2000;

    private static final @Nullable CodeCompiler COMPILER =
            ServiceLoader.load(CodeCompiler.class, CodeCompiler.class.getClassLoader())
                    .findFirst()
                    .orElse(null);

    /** What spent so much will mostly spend much more; where it does not, the budget bounds it. */
    static final Interpreter WHEN_WORTH_IT = inBackground(DecodedInterpreter.WHEN_WORTH_IT);

    static final Interpreter AT_ONCE = of(DecodedInterpreter.AT_ONCE, 0, Long.MAX_VALUE);

    private final CodeCompiler compiler;
    private final DecodedInterpreter decoded;
    private final boolean isInBackground;
    private final long gasPerByte;
    private final long sliceGas;

    private CompiledInterpreter(
            CodeCompiler compiler,
            DecodedInterpreter decoded,
            boolean isInBackground,
            long gasPerByte,
            long sliceGas) {
        this.compiler = compiler;
        this.decoded = decoded;
        this.isInBackground = isInBackground;
        this.gasPerByte = gasPerByte;
        this.sliceGas = sliceGas;
    }

    private static Interpreter inBackground(DecodedInterpreter decoded) {
        return COMPILER == null
                ? decoded
                : new CompiledInterpreter(COMPILER, decoded, true, 250, 500_000);
    }

    /**
     * Compiles where it runs.
     *
     * @param gasPerByte code is compiled when so much gas was spent on each of its bytes
     * @param sliceGas after so much gas decoded code is asked whether it is worth compiling
     */
    static Interpreter of(DecodedInterpreter decoded, long gasPerByte, long sliceGas) {
        return COMPILER == null
                ? decoded
                : new CompiledInterpreter(COMPILER, decoded, false, gasPerByte, sliceGas);
    }

    @Override
    public void run(Frame f) {
        CompileBudget budget = f.world.machine.codes().budget;
        while (true) {
            CompiledCode compiled = compiledOrNull(f);
            long before = f.gas;
            if (compiled != null && compiled.hasEntry(f.pc)) {
                compiled.run(f);
                budget.earn(before - f.gas - givenToChild(f));
                if (f.exit != Frame.Exit.RUNNING) return;
                before = f.gas;
            }
            decoded.run(f, sliceGas);
            long spent = before - f.gas - givenToChild(f);
            f.code.gasSpent += spent;
            budget.earn(spent);
            if (f.exit != Frame.Exit.RUNNING) return;
        }
    }

    /** Most of it comes back; it would make code hot that only calls. */
    private static long givenToChild(Frame f) {
        Frame child = f.child;
        return child == null ? 0 : child.gasGiven;
    }

    private @Nullable CompiledCode compiledOrNull(Frame f) {
        Code code = f.code;
        Fork fork = f.world.fork;
        CompiledCode compiled = code.compiled;
        if (compiled != null && compiled.fork == fork) return compiled;
        if (code.compiledFor == fork) return null;
        if (code.gasSpent < gasPerByte * (FIXED_BYTES + code.size)) return null;
        CodeCache codes = f.world.machine.codes();
        if (isInBackground && !codes.budget.isOpen()) return null;
        // Two threads may both come here; then it is compiled twice.
        code.compiledFor = fork;
        if (!isInBackground) {
            compile(code, fork, codes);
            compiled = code.compiled;
            return compiled != null && compiled.fork == fork ? compiled : null;
        }
        boolean isKnown = code.hash != null;
        if (isKnown && !compiler.later(() -> compile(code, fork, codes))) code.compiledFor = null;
        return null;
    }

    private void compile(Code code, Fork fork, CodeCache codes) {
        // Others that waited before it may have taken all.
        if (isInBackground && !codes.budget.isOpen()) {
            code.compiledFor = null;
            return;
        }
        Translation translation = compiler.translate(source(code, fork));
        codes.budget.charge(translation == null ? code.size : translation.classFile().length);
        if (translation == null) return;
        // Where forks take turns, or classes are many, each has to earn its own again.
        code.gasSpent = 0;
        codes.keepCompiled(code, CompiledCode.define(fork, translation));
    }

    static Source source(Code code, Fork fork) {
        List<@Nullable Shape> shapes = new ArrayList<>();
        for (Instruction row : Instructions.of(fork)) {
            shapes.add(row == null ? null : new Shape(row.gas(), row.in(), row.out()));
        }
        return new Source(code.bytes, code.size, code.jumpDestinations(), shapes);
    }
}
