package dev.lockstep.rpc;

import dev.lockstep.ledger.Ledger;
import dev.lockstep.pool.TxPool;
import dev.lockstep.state.StateProof;
import dev.lockstep.types.Account;
import dev.lockstep.types.Address;
import dev.lockstep.types.StateView;
import java.util.List;
import java.util.Objects;
import java.util.function.BiFunction;
import org.apache.tuweni.bytes.Bytes;
import org.apache.tuweni.units.bigints.UInt256;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** Accounts: balances, nonces, codes, slots. */
final class StateReads {
    private static final int PROOF_SLOTS_MAX = 1024;

    private final Ledger ledger;
    private final TxPool pool;
    private final Blocks blocks;

    StateReads(Ledger ledger, TxPool pool) {
        this.ledger = ledger;
        this.pool = pool;
        this.blocks = new Blocks(ledger);
    }

    List<RpcMethod> rows() {
        return List.of(
                RpcMethod.prompt(
                        "eth_getBalance",
                        p -> read(p, (account, _) -> Json.quantity(account.balance()))),
                RpcMethod.prompt(
                        "eth_getCode",
                        p ->
                                read(
                                        p,
                                        (account, state) ->
                                                Json.data(state.code(account.codeHash())))),
                RpcMethod.prompt("eth_getTransactionCount", this::transactionCount),
                RpcMethod.prompt("eth_getStorageAt", this::storageAt),
                new RpcMethod("eth_getProof", this::proof),
                new RpcMethod("eth_accounts", _ -> Json.array()));
    }

    private JsonNode read(Params params, BiFunction<Account, StateView, JsonNode> reader) {
        Address address = params.at(0, "address").address();
        long number = blocks.require(params.at(1, "block"));
        return ledger.stateAt(
                number,
                state -> {
                    Account found = state.account(address);
                    return reader.apply(Objects.requireNonNullElse(found, Account.EMPTY), state);
                });
    }

    private JsonNode transactionCount(Params params) {
        if (params.at(1, "block").blockTag() == BlockTag.Named.PENDING) {
            return Json.quantity(pool.pendingNonce(params.at(0, "address").address()));
        }
        return read(params, (account, _) -> Json.quantity(account.nonce()));
    }

    private JsonNode storageAt(Params params) {
        Address address = params.at(0, "address").address();
        UInt256 slot = params.at(1, "slot").slot();
        long number = blocks.require(params.at(2, "block"));
        return Json.data(ledger.stateAt(number, state -> state.storage(address, slot)).toBytes());
    }

    private JsonNode proof(Params params) {
        Address address = params.at(0, "address").address();
        List<Param> keys = params.at(1, "storageKeys").items(PROOF_SLOTS_MAX);
        List<UInt256> slots = keys.stream().map(Param::slot).toList();
        long number = blocks.require(params.at(2, "block"));
        StateProof proof = ledger.prove(address, slots);
        if (number != ledger.head().number()) {
            // The trie is kept for the head alone; or the head moved on in between.
            throw new RpcException(
                    RpcError.Kind.SERVER, "proofs are given of the latest block alone");
        }
        Account account = proof.account();
        ObjectNode json = Json.object();
        json.set("address", Json.address(address));
        json.set("accountProof", nodes(proof.accountProof()));
        json.set("balance", Json.quantity(account.balance()));
        json.set("codeHash", Json.hash(account.codeHash()));
        json.set("nonce", Json.quantity(account.nonce()));
        json.set("storageHash", Json.hash(account.storageRoot()));
        ArrayNode storage = json.putArray("storageProof");
        for (int i = 0; i < slots.size(); i++) {
            StateProof.Slot slot = proof.slots().get(i);
            ObjectNode item = storage.addObject();
            item.set("key", key(keys.get(i), slot.key()));
            item.set("value", Json.quantity(slot.value()));
            item.set("proof", nodes(slot.proof()));
        }
        return json;
    }

    /** As a word where the caller wrote one, else as a quantity. */
    private static JsonNode key(Param asked, UInt256 slot) {
        boolean isWord = asked.text().length() == 2 + 64;
        return isWord ? Json.data(slot.toBytes()) : Json.quantity(slot);
    }

    private static ArrayNode nodes(List<Bytes> nodes) {
        ArrayNode json = Json.array();
        for (Bytes node : nodes) json.add(Json.data(node));
        return json;
    }
}
