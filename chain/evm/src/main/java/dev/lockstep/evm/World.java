package dev.lockstep.evm;

import dev.lockstep.crypto.Keccak;
import dev.lockstep.types.Address;
import dev.lockstep.types.Fork;
import dev.lockstep.types.Hash;
import dev.lockstep.types.StateView;
import java.util.ArrayList;
import java.util.List;
import org.apache.tuweni.bytes.Bytes;
import org.apache.tuweni.units.bigints.UInt256;
import org.jspecify.annotations.Nullable;

/** What all frames of one transaction share: the givens, and what accumulates. */
final class World {
    /**
     * What the transaction gives to its frames.
     *
     * @param gasPrice what a unit of gas costs the sender @unit wei
     */
    record Origin(Address sender, UInt256 gasPrice, List<Hash> blobHashes) {}

    /** The parts of an executor that last longer than a transaction. */
    record Machine(Precompiles precompiles, CodeCache codes, Interpreter interpreter) {}

    /** What an instruction costs before its fork: more gas than any frame has. */
    private static final long UNDEFINED_GAS = Long.MAX_VALUE;

    private static final int STACK_WORDS_FIRST = 64;

    /** What accounts hold, the bound of the cache does not count. */
    private static final int CODES_AT_HAND_MAX = 64;

    /** What the code of an account that runs another's code begins with. @source EIP-7702 */
    private static final Bytes DELEGATION_PREFIX = Bytes.of(0xef, 0x01, 0x00);

    static final int DELEGATION_SIZE_BYTES = 23;

    final BlockContext block;
    final Fork fork;
    final GasSchedule gas;
    final @Nullable Instruction[] instructions;
    final Instruction.Body[] bodies;
    final Journal journal;

    /** Prices of instructions that are in the fast loop and not in every fork. */
    final long shiftGas;

    final long clzGas;
    final long pushZeroGas;

    final Origin origin;
    final Tracer tracer;
    final boolean isTraced;
    final Machine machine;

    /** For the KECCAK256 of its frames, which run one after the other. */
    final long[] keccakState = new long[Keccak.LANES];

    private @Nullable MappingHashes mappingHashes;
    private int codesAtHand;

    final List<ModelCall> modelCalls = new ArrayList<>();
    private final List<long[]> stacks = new ArrayList<>();

    World(Machine machine, StateView state, BlockContext block, Origin origin, Tracer tracer) {
        this.machine = machine;
        this.block = block;
        this.origin = origin;
        this.tracer = tracer;
        isTraced = !tracer.equals(Tracer.NONE);
        fork = block.fork();
        gas = GasSchedule.of(fork);
        instructions = Instructions.of(fork);
        bodies = Instructions.bodies(fork);
        journal = new Journal(state, fork);
        shiftGas = gasOf(0x1b);
        clzGas = gasOf(0x1e);
        pushZeroGas = gasOf(0x5f);
    }

    MappingHashes mappingHashes() {
        MappingHashes hashes = mappingHashes;
        if (hashes == null) {
            hashes = new MappingHashes();
            mappingHashes = hashes;
        }
        return hashes;
    }

    private long gasOf(int opcode) {
        Instruction row = instructions[opcode];
        return row == null ? UNDEFINED_GAS : row.gas();
    }

    /** The operand stack of this depth: frames of equal depth follow each other and share it. */
    long[] stack(int depth) {
        while (stacks.size() <= depth) stacks.add(Frame.newStack(STACK_WORDS_FIRST));
        return stacks.get(depth);
    }

    void keepStack(int depth, long[] stack) {
        stacks.set(depth, stack);
    }

    Precompiles.@Nullable Row precompile(Address address) {
        return machine.precompiles.at(address, fork);
    }

    /** Makes the account warm; precompiles always are. Whether it was cold. */
    boolean warm(Address address) {
        return precompile(address) == null && journal.warm(address);
    }

    /** What it costs to look at an account. */
    long accessAccount(Address address, long beforeWarmth) {
        if (gas.coldAccount() == 0) return beforeWarmth;
        return warm(address) ? gas.coldAccount() : gas.warmAccess();
    }

    /** Whose code runs where this account's is called, or null where that is its own. */
    @Nullable Address delegate(Address address) {
        return fork.isAtLeast(Fork.PRAGUE) ? runnableCode(address).delegate : null;
    }

    static @Nullable Address delegate(Bytes code) {
        return code.size() == DELEGATION_SIZE_BYTES && code.slice(0, 3).equals(DELEGATION_PREFIX)
                ? Address.of(code.slice(3))
                : null;
    }

    static Bytes delegationTo(Address address) {
        return Bytes.concatenate(DELEGATION_PREFIX, address.bytes());
    }

    /** Of code that is not at hand only the bytes: most is looked at once and never run. */
    int codeSize(Address address) {
        JournalAccount account = journal.account(address);
        Code code = account.code;
        return code != null && account.codeHash.equals(code.hash)
                ? code.size
                : journal.code(account.codeHash).size();
    }

    /** The account's own code, ready to run. */
    Code runnableCode(Address address) {
        JournalAccount account = journal.account(address);
        Hash codeHash = account.codeHash;
        if (codeHash.equals(Hash.EMPTY)) return Code.EMPTY;
        Code code = account.code;
        if (code == null || !codeHash.equals(code.hash)) {
            code = machine.codes.find(codeHash);
            if (code == null) code = machine.codes.prepare(codeHash, journal.code(codeHash));
            boolean isAtHand = account.code != null || codesAtHand++ < CODES_AT_HAND_MAX;
            if (isAtHand) account.code = code;
        }
        return code;
    }
}
