package dev.lockstep.evm;

import dev.lockstep.crypto.Keccak;
import dev.lockstep.evm.TransactionOutcome.Executed;
import dev.lockstep.types.AccessListEntry;
import dev.lockstep.types.Account;
import dev.lockstep.types.Address;
import dev.lockstep.types.Authorization;
import dev.lockstep.types.BlobSchedule;
import dev.lockstep.types.Fork;
import dev.lockstep.types.Hash;
import dev.lockstep.types.LegacyTransaction;
import dev.lockstep.types.SetCodeTransaction;
import dev.lockstep.types.Signature;
import dev.lockstep.types.SignedTransaction;
import dev.lockstep.types.StateView;
import dev.lockstep.types.Transaction;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.LongFunction;
import org.apache.tuweni.bytes.Bytes;
import org.apache.tuweni.bytes.Bytes32;
import org.apache.tuweni.bytes.MutableBytes;
import org.apache.tuweni.units.bigints.UInt256;
import org.jspecify.annotations.Nullable;

/** A state, a block and a transaction with defaults: a test says only what differs. */
final class Scene implements StateView {
    static final Address SENDER = Address.ofNumber(0x5e4de4);
    static final Address CONTRACT = Address.ofNumber(0xc0de);
    static final Address OTHER = Address.ofNumber(0x07e4);
    static final Address COINBASE = Address.ofNumber(0xc014);
    static final UInt256 ETHER = UInt256.valueOf(1_000_000_000_000_000_000L);
    static final long GAS = 1_000_000;

    /** Some begin to decode or to compile in the middle of what they run. */
    static final List<Interpreter> ALL_ENGINES =
            List.of(
                    Engine.LOOP.interpreter(),
                    Engine.DECODED.interpreter(),
                    Engine.ADAPTIVE.interpreter(),
                    new DecodedInterpreter(1, 40),
                    Engine.COMPILED_AT_ONCE.interpreter(),
                    CompiledInterpreter.of(new DecodedInterpreter(0, 0), 1, 40));

    private final Map<Address, Account> accounts = new HashMap<>();
    private final Map<Hash, Bytes> codes = new HashMap<>();
    private final Map<Address, Map<UInt256, UInt256>> storage = new HashMap<>();

    Fork fork = Fork.OSAKA;
    Precompiles precompiles = Precompiles.NONE;
    Tracer tracer = Tracer.NONE;
    List<Interpreter> engines = ALL_ENGINES;
    UInt256 baseFee = UInt256.valueOf(7);
    UInt256 gasPrice = UInt256.valueOf(10);
    UInt256 value = UInt256.ZERO;
    Bytes input = Bytes.EMPTY;
    long gas = GAS;
    long blockGasLimit = 36_000_000;
    @Nullable Integer codeBytesMax;
    LongFunction<Hash> blockHashes = number -> Keccak.hash(Bytes.ofUnsignedLong(number));

    Scene() {
        account(SENDER, 0, ETHER, Bytes.EMPTY);
    }

    Scene at(Fork other) {
        fork = other;
        if (!other.isAtLeast(Fork.LONDON)) baseFee = UInt256.ZERO;
        return this;
    }

    Scene account(Address address, long nonce, UInt256 balance, Bytes code) {
        Hash codeHash = code.isEmpty() ? Hash.EMPTY : Keccak.hash(code);
        codes.put(codeHash, code);
        accounts.put(address, new Account(nonce, balance, codeHash, Hash.EMPTY_TRIE));
        return this;
    }

    /** A contract in assembly. */
    Scene contract(Address address, String assembly) {
        return account(address, 1, UInt256.ZERO, assemble(assembly));
    }

    Scene slot(Address address, long key, long slotValue) {
        Account account = accounts.getOrDefault(address, Account.EMPTY);
        accounts.put(
                address,
                new Account(account.nonce(), account.balance(), account.codeHash(), Hash.ZERO));
        storage.computeIfAbsent(address, a -> new HashMap<>())
                .put(UInt256.valueOf(key), UInt256.valueOf(slotValue));
        return this;
    }

    Scene precompile(long number, Precompile body) {
        precompiles =
                Precompiles.of(
                        List.of(
                                new Precompiles.Row(
                                        Address.ofNumber(number), Fork.FRONTIER, "TEST", body)));
        return this;
    }

    @Override
    public Account account(Address address) {
        return accounts.get(address);
    }

    @Override
    public Bytes code(Hash codeHash) {
        return codeHash.equals(Hash.EMPTY) ? Bytes.EMPTY : codes.get(codeHash);
    }

    @Override
    public UInt256 storage(Address address, UInt256 slot) {
        return storage.getOrDefault(address, Map.of()).getOrDefault(slot, UInt256.ZERO);
    }

    BlockContext block() {
        return new BlockContext(
                fork,
                UInt256.ONE,
                1000,
                1_700_000_000,
                blockGasLimit,
                COINBASE,
                baseFee,
                UInt256.valueOf(0x20000),
                Bytes32.repeat((byte) 0x77),
                UInt256.valueOf(3),
                BlobSchedule.PRAGUE,
                1L << 24,
                codeBytesMax,
                blockHashes);
    }

    Transaction transaction(Address to) {
        return new LegacyTransaction(
                null,
                0,
                gasPrice,
                gas,
                to,
                value,
                input,
                new Signature(0, UInt256.ONE, UInt256.ONE));
    }

    /** In every engine; their outcomes are one. */
    TransactionOutcome send(Transaction tx) {
        TransactionOutcome first = send(tx, engines.getFirst());
        for (Interpreter engine :
                engines.subList(1, tracer.equals(Tracer.NONE) ? engines.size() : 1)) {
            TransactionOutcome other = send(tx, engine);
            if (!other.equals(first)) {
                throw new AssertionError(engine + ": " + other + ", not " + first);
            }
        }
        return first;
    }

    private TransactionOutcome send(Transaction tx, Interpreter engine) {
        return send(tx, new TransactionExecutor(precompiles, engine));
    }

    private TransactionOutcome send(Transaction tx, TransactionExecutor executor) {
        // Some here can be rejected, but not encoded; execution looks at neither bytes nor hash.
        SignedTransaction signed = new SignedTransaction(tx, Bytes.EMPTY, Hash.ZERO, SENDER);
        return executor.execute(this, block(), signed, tracer);
    }

    /** Sends a transaction to {@link #CONTRACT}, by an executor that may know its code. */
    Executed sendBy(TransactionExecutor executor) {
        return (Executed) send(transaction(CONTRACT), executor);
    }

    /** Sends a transaction to {@link #CONTRACT}. */
    Executed send() {
        return (Executed) send(transaction(CONTRACT));
    }

    /** Puts the code at {@link #CONTRACT} and sends a transaction to it. */
    Executed run(String assembly) {
        Account before = accounts.get(CONTRACT);
        UInt256 balance = before == null ? UInt256.ZERO : before.balance();
        Bytes code = assemble(assembly);
        Hash codeHash = Keccak.hash(code);
        codes.put(codeHash, code);
        accounts.put(
                CONTRACT,
                new Account(
                        1,
                        balance,
                        codeHash,
                        storage.containsKey(CONTRACT) ? Hash.ZERO : Hash.EMPTY_TRIE));
        return send();
    }

    /** Sends init code. */
    Executed create(String assembly) {
        input = assemble(assembly);
        return (Executed) send(transaction(null));
    }

    /** The word that {@code assembly} leaves on top of the stack. */
    UInt256 top(String assembly) {
        Executed executed = run(assembly + " 0 MSTORE 32 0 RETURN");
        if (!executed.succeeded()) throw new AssertionError(assembly + ": " + executed.halt());
        return UInt256.fromBytes(executed.output());
    }

    /** Gas of the code less what every transaction to it costs. */
    long gasOf(String assembly) {
        return run(assembly).gasUsed() - 21_000;
    }

    Executed authorize(Authorization... authorizations) {
        Transaction tx =
                new SetCodeTransaction(
                        UInt256.ONE,
                        0,
                        UInt256.ONE,
                        gasPrice,
                        gas,
                        CONTRACT,
                        value,
                        input,
                        List.<AccessListEntry>of(),
                        List.of(authorizations),
                        new Signature(0, UInt256.ONE, UInt256.ONE));
        return (Executed) send(tx);
    }

    /**
     * Names of instructions, numbers (decimal or 0x) that become the shortest PUSH, and "#" with
     * raw hex.
     */
    static Bytes assemble(String assembly) {
        List<Bytes> parts = new ArrayList<>();
        for (String token : assembly.trim().split("\\s+")) {
            if (token.isEmpty()) continue;
            if (token.startsWith("#")) {
                parts.add(Bytes.fromHexString(token.substring(1)));
            } else if (Character.isDigit(token.charAt(0))) {
                UInt256 number =
                        token.startsWith("0x")
                                ? UInt256.fromHexString(token)
                                : UInt256.valueOf(Long.parseLong(token));
                Bytes minimal = number.toMinimalBytes();
                Bytes bytes = minimal.isEmpty() ? Bytes.of(0) : minimal;
                parts.add(Bytes.concatenate(Bytes.of(0x5f + bytes.size()), bytes));
            } else {
                parts.add(Bytes.of(opcode(token)));
            }
        }
        return Bytes.concatenate(parts);
    }

    private static int opcode(String name) {
        for (Instruction row : Instructions.rows()) {
            if (row.name().equals(name)) return row.opcode();
        }
        throw new IllegalArgumentException("no instruction " + name);
    }

    /** Code that puts these bytes into memory at 0 and returns them: init code for a contract. */
    static String returning(Bytes bytes) {
        StringBuilder text = new StringBuilder();
        for (int at = 0; at < bytes.size(); at += 32) {
            MutableBytes word = MutableBytes.create(32);
            bytes.slice(at, Math.min(32, bytes.size() - at)).copyTo(word, 0);
            text.append(word.toHexString()).append(' ').append(at).append(" MSTORE ");
        }
        return text + "" + bytes.size() + " 0 RETURN";
    }
}
