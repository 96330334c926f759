package dev.lockstep.acceptance.fuzz;

import dev.lockstep.acceptance.fuzz.Case.Contents;
import dev.lockstep.crypto.Keccak;
import dev.lockstep.crypto.KeyPair;
import dev.lockstep.crypto.Secp256k1;
import dev.lockstep.types.AccessListEntry;
import dev.lockstep.types.AccessListTransaction;
import dev.lockstep.types.Address;
import dev.lockstep.types.Authorization;
import dev.lockstep.types.DynamicFeeTransaction;
import dev.lockstep.types.Fork;
import dev.lockstep.types.LegacyTransaction;
import dev.lockstep.types.Rlp;
import dev.lockstep.types.SetCodeTransaction;
import dev.lockstep.types.Signature;
import dev.lockstep.types.Transaction;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;
import org.apache.tuweni.bytes.Bytes;
import org.apache.tuweni.bytes.Bytes32;
import org.apache.tuweni.units.bigints.UInt256;
import org.jspecify.annotations.Nullable;

/** Random cases: three contracts that call each other, a delegated account, some others. */
final class Generator {
    static final UInt256 CHAIN_ID = UInt256.valueOf(1337);
    static final UInt256 BASE_FEE = UInt256.valueOf(7);

    private static final UInt256 ETHER = UInt256.valueOf(1_000_000_000_000_000_000L);
    private static final Signature UNSIGNED = new Signature(0, UInt256.ONE, UInt256.ONE);
    private static final Address MAIN = Address.ofNumber(0xc0de0a);
    private static final Address SECOND = Address.ofNumber(0xc0de0b);
    private static final Address THIRD = Address.ofNumber(0xc0de0c);
    private static final Address WALLET = Address.ofNumber(0xe0a);
    private static final Address NOBODY = Address.ofNumber(0xdead01);
    private static final KeyPair DELEGATING = KeyPair.of(UInt256.valueOf(0xde1e).toBytes());
    private static final KeyPair UNUSED = KeyPair.of(UInt256.valueOf(0xf4e5).toBytes());
    private static final List<Address> ADDRESSES =
            List.of(
                    MAIN,
                    SECOND,
                    SECOND,
                    THIRD,
                    THIRD,
                    DELEGATING.address(),
                    UNUSED.address(),
                    WALLET,
                    NOBODY);

    private final long seed;

    Generator(long seed) {
        this.seed = seed;
    }

    /** The case with this number, whatever came before. */
    Case at(long number, Fork fork) {
        RandomGenerator random =
                RandomGeneratorFactory.of("L64X128MixRandom")
                        .create(seed * 0x9e3779b97f4a7c15L + number);
        return new Draft(random, fork).next();
    }

    private record Draft(RandomGenerator random, Fork fork) {
        Case next() {
            SortedMap<Address, Contents> state = new TreeMap<>();
            state.put(Case.SENDER, account(0, ETHER, Bytes.EMPTY));
            state.put(MAIN, contract(code(4 + random.nextInt(22))));
            state.put(SECOND, contract(code(2 + random.nextInt(10))));
            state.put(THIRD, contract(code(1 + random.nextInt(6))));
            state.put(WALLET, account(0, UInt256.valueOf(5000), Bytes.EMPTY));
            // It exists: anvil takes an account that does not for one that does (EIP-7702's
            // refund).
            state.put(UNUSED.address(), account(0, UInt256.ONE, Bytes.EMPTY));
            if (fork.isAtLeast(Fork.PRAGUE)) {
                Bytes delegation = Bytes.concatenate(Bytes.of(0xef, 1, 0), delegate().bytes());
                state.put(DELEGATING.address(), account(1, UInt256.valueOf(300), delegation));
            }
            return new Case(fork, state, transaction());
        }

        private Address delegate() {
            return switch (random.nextInt(8)) {
                case 0 -> Address.ofNumber(4);
                case 1 -> DELEGATING.address();
                case 2 -> NOBODY;
                case 3 -> THIRD;
                default -> SECOND;
            };
        }

        private Bytes code(int pieces) {
            if (random.nextInt(20) == 0) return bytes(random.nextInt(60));
            return writer().program(pieces);
        }

        private ProgramWriter writer() {
            return new ProgramWriter(random, new PrecompileInputs(random), fork, ADDRESSES, 2);
        }

        private Contents contract(Bytes code) {
            // No code of a chain begins with 0xef (EIP-3541), and anvil takes none.
            if (!code.isEmpty() && code.get(0) == (byte) 0xef) return contract(Bytes.EMPTY);
            SortedMap<UInt256, UInt256> slots = new TreeMap<>();
            for (int slot = 0; slot < 3; slot++) {
                if (random.nextBoolean()) {
                    slots.put(UInt256.valueOf(slot), UInt256.valueOf(1 + random.nextInt(3)));
                }
            }
            return new Contents(1, UInt256.valueOf(random.nextInt(3) * 500L), code, slots);
        }

        private static Contents account(long nonce, UInt256 balance, Bytes code) {
            return new Contents(nonce, balance, code, new TreeMap<>());
        }

        private Bytes bytes(int size) {
            byte[] bytes = new byte[size];
            random.nextBytes(bytes);
            return Bytes.wrap(bytes);
        }

        private Transaction transaction() {
            boolean isCreation = random.nextInt(12) == 0;
            Address to = isCreation ? null : target();
            Bytes data = isCreation ? code(2 + random.nextInt(8)) : data();
            UInt256 value = UInt256.valueOf(random.nextInt(3) == 0 ? random.nextInt(2000) : 0);
            long gas = gas(data, isCreation);
            UInt256 price = UInt256.valueOf(7 + random.nextInt(20));
            int kind = random.nextInt(10);
            if (kind < 3 && fork.isAtLeast(Fork.PRAGUE) && to != null) {
                UInt256 tip = UInt256.valueOf(random.nextInt(7));
                List<AccessListEntry> accessList = accessList();
                List<Authorization> authorizations = authorizations();
                return new SetCodeTransaction(
                        CHAIN_ID,
                        0,
                        tip,
                        price,
                        gas + 25_000L * authorizations.size(),
                        to,
                        value,
                        data,
                        accessList,
                        authorizations,
                        UNSIGNED);
            }
            if (kind < 6 && fork.isAtLeast(Fork.LONDON)) {
                return new DynamicFeeTransaction(
                        CHAIN_ID,
                        0,
                        UInt256.valueOf(random.nextInt(7)),
                        price,
                        gas,
                        to,
                        value,
                        data,
                        accessList(),
                        UNSIGNED);
            }
            if (kind < 8 && fork.isAtLeast(Fork.BERLIN)) {
                return new AccessListTransaction(
                        CHAIN_ID, 0, price, gas, to, value, data, accessList(), UNSIGNED);
            }
            return new LegacyTransaction(protection(), 0, price, gas, to, value, data, UNSIGNED);
        }

        private @Nullable UInt256 protection() {
            return fork.isAtLeast(Fork.SPURIOUS_DRAGON) ? CHAIN_ID : null;
        }

        private Address target() {
            return switch (random.nextInt(24)) {
                case 0 -> WALLET;
                case 1 -> NOBODY;
                case 2 -> DELEGATING.address();
                case 3 ->
                        Address.ofNumber(
                                PrecompileInputs.NUMBERS[
                                        random.nextInt(PrecompileInputs.NUMBERS.length)]);
                default -> MAIN;
            };
        }

        private Bytes data() {
            return switch (random.nextInt(6)) {
                case 0 -> Bytes.EMPTY;
                case 1 -> bytes(random.nextInt(400));
                case 2 -> Bytes.wrap(new byte[random.nextInt(100)]);
                case 3 ->
                        new PrecompileInputs(random)
                                .next(
                                        PrecompileInputs.NUMBERS[
                                                random.nextInt(PrecompileInputs.NUMBERS.length)]);
                default -> bytes(1 + random.nextInt(68));
            };
        }

        /** Enough as a rule; at times what runs out on the way, or does not even begin. */
        private long gas(Bytes data, boolean isCreation) {
            long least = 21_000 + 40L * data.size() + (isCreation ? 32_100 : 0);
            return switch (random.nextInt(20)) {
                case 0 -> least + random.nextInt(2000);
                case 1, 2, 3, 4 -> least + random.nextInt(60_000);
                case 5 -> random.nextInt(10) == 0 ? 16_000_000 : 3_000_000;
                case 6 -> 20_000 + random.nextInt(10_000);
                default -> least + 300_000 + random.nextInt(1_500_000);
            };
        }

        private List<AccessListEntry> accessList() {
            List<AccessListEntry> entries = new ArrayList<>();
            if (random.nextInt(3) != 0) return entries;
            for (int i = random.nextInt(3); i >= 0; i--) {
                List<Bytes32> keys = new ArrayList<>();
                for (int k = random.nextInt(3); k > 0; k--) {
                    keys.add(UInt256.valueOf(random.nextInt(4)).toBytes());
                }
                entries.add(
                        new AccessListEntry(ADDRESSES.get(random.nextInt(ADDRESSES.size())), keys));
            }
            return entries;
        }

        private List<Authorization> authorizations() {
            List<Authorization> authorizations = new ArrayList<>();
            for (int i = random.nextInt(3); i >= 0; i--) authorizations.add(authorization());
            return authorizations;
        }

        private Authorization authorization() {
            KeyPair keys = random.nextBoolean() ? DELEGATING : UNUSED;
            UInt256 chainId =
                    switch (random.nextInt(6)) {
                        case 0 -> UInt256.ZERO;
                        case 1 -> UInt256.ONE;
                        default -> CHAIN_ID;
                    };
            // Not where there was a delegation: prestateTracer does not tell of code that went.
            boolean mayClear = keys.equals(UNUSED);
            Address to = mayClear && random.nextInt(4) == 0 ? Address.ZERO : delegate();
            // The right nonce is 1 for the one and 0 for the other, one more each time.
            long nonce = random.nextInt(3);
            Bytes payload = Rlp.list(list -> list.number(chainId).address(to).number(nonce));
            Signature signature =
                    Secp256k1.sign(Keccak.hash(Bytes.concatenate(Bytes.of(5), payload)), keys);
            int parity = random.nextInt(12) == 0 ? 2 + random.nextInt(2) : signature.yParity();
            return new Authorization(chainId, to, nonce, parity, signature.r(), signature.s());
        }
    }
}
