package dev.lockstep.acceptance.speed;

import dev.lockstep.crypto.Keccak;
import dev.lockstep.crypto.KeyPair;
import dev.lockstep.crypto.Secp256k1;
import dev.lockstep.evm.BlockContext;
import dev.lockstep.state.KeyValueStore;
import dev.lockstep.state.PreparedState;
import dev.lockstep.state.WorldState;
import dev.lockstep.state.WriteBatch;
import dev.lockstep.types.Address;
import dev.lockstep.types.BlobSchedule;
import dev.lockstep.types.DynamicFeeTransaction;
import dev.lockstep.types.Fork;
import dev.lockstep.types.Hash;
import dev.lockstep.types.Signature;
import dev.lockstep.types.StateDiff;
import dev.lockstep.types.StateDiff.AccountChange;
import dev.lockstep.types.StateDiff.Fields;
import dev.lockstep.types.StateView;
import dev.lockstep.types.Transaction;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.SortedMap;
import java.util.TreeMap;
import org.apache.tuweni.bytes.Bytes;
import org.apache.tuweni.bytes.Bytes32;
import org.apache.tuweni.units.bigints.UInt256;
import org.jspecify.annotations.Nullable;

/**
 * Many accounts, each with some ether and some of one ERC-20 token. The first of them have keys.
 * The same on every machine.
 */
final class TokenWorld {
    static final int SIGNERS = 10_000;
    static final Address TOKEN = Address.ofNumber(0x70_6b_65_6e);

    private static final UInt256 CHAIN_ID = UInt256.valueOf(1337);
    private static final long TRANSFER_GAS_LIMIT = 100_000;

    /** Of {@code transfer(address,uint256)}. */
    private static final Bytes TRANSFER = Bytes.fromHexString("0xa9059cbb");

    /** Where the token's layout has {@code mapping(address => uint256) balanceOf}. */
    private static final UInt256 BALANCES_SLOT = UInt256.ONE;

    private static final UInt256 WEALTH = UInt256.valueOf(10).pow(20);
    private static final int ROWS_PER_BLOCK = 20_000;

    /** A row of the state and where it lies in its trie. */
    private record Placed<T>(Hash path, T row) {}

    private final List<KeyPair> signers = new ArrayList<>();
    private final List<Address> accounts = new ArrayList<>();

    TokenWorld(int size) {
        for (int i = 0; i < size; i++) {
            if (i < SIGNERS) {
                KeyPair keys = KeyPair.of(Keccak.hash(Bytes.ofUnsignedInt(i)).bytes());
                signers.add(keys);
                accounts.add(keys.address());
            } else {
                Bytes digest = Keccak.hash(Bytes.ofUnsignedInt(i)).bytes();
                accounts.add(Address.of(digest.slice(12, Address.SIZE_BYTES)));
            }
        }
    }

    /**
     * Writes all of it into an empty store, as blocks. In the order of the tries, so that the nodes
     * of a block lie together and few are written twice.
     */
    void fill(KeyValueStore store) throws IOException, InterruptedException {
        WorldState world = new WorldState(store);
        Bytes code = Bytes.fromHexString(Program.codes().get("Erc20").stringValue());
        Hash codeHash = Keccak.hash(code);
        TreeMap<Hash, Bytes> codes = new TreeMap<>();
        codes.put(codeHash, code);
        Fields token = new Fields(1, UInt256.ZERO, codeHash);
        write(world, store, Collections.emptySortedMap(), token, codes);

        List<Placed<Address>> people = new ArrayList<>(accounts.size());
        for (Address address : accounts) {
            people.add(new Placed<>(Keccak.hash(address.bytes()), address));
        }
        people.sort(Comparator.comparing(Placed::path));
        for (int at = 0; at < people.size(); at += ROWS_PER_BLOCK) {
            SortedMap<Address, AccountChange> changes = new TreeMap<>();
            for (var placed : people.subList(at, Math.min(at + ROWS_PER_BLOCK, people.size()))) {
                changes.put(
                        placed.row,
                        new AccountChange(
                                new Fields(0, WEALTH, Hash.EMPTY),
                                false,
                                Collections.emptySortedMap()));
            }
            write(store, world, new StateDiff(changes, Collections.emptySortedMap()));
            progress("accounts", at + changes.size());
        }

        List<Placed<UInt256>> balances = new ArrayList<>(accounts.size());
        for (Address address : accounts) {
            UInt256 slot =
                    UInt256.fromBytes(
                            Keccak.hash(Bytes.concatenate(address.word(), BALANCES_SLOT.toBytes()))
                                    .bytes());
            balances.add(new Placed<>(Keccak.hash(slot.toBytes()), slot));
        }
        balances.sort(Comparator.comparing(Placed::path));
        for (int at = 0; at < balances.size(); at += ROWS_PER_BLOCK) {
            TreeMap<UInt256, UInt256> slots = new TreeMap<>();
            for (var placed :
                    balances.subList(at, Math.min(at + ROWS_PER_BLOCK, balances.size()))) {
                slots.put(placed.row, WEALTH);
            }
            write(world, store, slots, token, Collections.emptySortedMap());
            progress("token balances", at + slots.size());
        }
        System.err.println();
    }

    private void progress(String what, int count) {
        System.err.print("\r" + count + " of " + accounts.size() + " " + what + "      ");
    }

    private static void write(
            WorldState world,
            KeyValueStore store,
            SortedMap<UInt256, UInt256> slots,
            Fields token,
            SortedMap<Hash, Bytes> codes) {
        SortedMap<Address, AccountChange> changes = new TreeMap<>();
        changes.put(TOKEN, new AccountChange(token, false, slots));
        write(store, world, new StateDiff(changes, codes));
    }

    private static void write(KeyValueStore store, WorldState world, StateDiff diff) {
        PreparedState prepared = world.prepare(diff);
        WriteBatch batch = new WriteBatch();
        world.stage(prepared, world.headNumber() + 1, batch);
        store.write(batch);
    }

    /** Transfers of a token from different senders to anybody, as {@code state} stands. */
    List<Transaction> transfers(StateView state, int count, Random random) {
        List<Integer> senders = new ArrayList<>();
        for (int i = 0; i < signers.size(); i++) senders.add(i);
        Collections.shuffle(senders, random);
        List<Transaction> transfers = new ArrayList<>(count);
        for (int sender : senders.subList(0, count)) {
            KeyPair keys = signers.get(sender);
            Address recipient = accounts.get(random.nextInt(accounts.size()));
            Bytes call =
                    Bytes.concatenate(TRANSFER, recipient.word(), UInt256.valueOf(1_000).toBytes());
            transfers.add(transaction(state, keys, TOKEN, UInt256.ZERO, call, TRANSFER_GAS_LIMIT));
        }
        return transfers;
    }

    /** A signed transaction; without {@code to} it creates. */
    static Transaction transaction(
            StateView state,
            KeyPair keys,
            @Nullable Address to,
            UInt256 value,
            Bytes data,
            long gasLimit) {
        Transaction unsigned =
                new DynamicFeeTransaction(
                        CHAIN_ID,
                        Objects.requireNonNull(state.account(keys.address())).nonce(),
                        UInt256.ONE,
                        UInt256.valueOf(1_000_000_000),
                        gasLimit,
                        to,
                        value,
                        data,
                        List.of(),
                        new Signature(0, UInt256.ZERO, UInt256.ZERO));
        return unsigned.withSignature(Secp256k1.sign(unsigned.signingHash(), keys));
    }

    int size() {
        return accounts.size();
    }

    /** An account with a key, from 0 to {@link #SIGNERS}. */
    KeyPair signer(int index) {
        return signers.get(index);
    }

    /** Any account. */
    Address account(int index) {
        return accounts.get(index);
    }

    static BlockContext block(long number) {
        return new BlockContext(
                Fork.OSAKA,
                CHAIN_ID,
                number,
                1_000 + number,
                1_000_000_000,
                Address.ofNumber(0xc01bba5e),
                UInt256.valueOf(7),
                UInt256.ZERO,
                Bytes32.ZERO,
                UInt256.ONE,
                BlobSchedule.PRAGUE,
                0,
                null,
                _ -> Hash.ZERO);
    }
}
