package dev.lockstep.rpc;

import dev.lockstep.ledger.Ledger;
import dev.lockstep.pool.TxPool;
import dev.lockstep.types.Account;
import dev.lockstep.types.Address;
import dev.lockstep.types.StateView;
import java.util.List;
import java.util.Objects;
import java.util.function.BiFunction;
import org.apache.tuweni.units.bigints.UInt256;
import tools.jackson.databind.JsonNode;

/** Accounts: balances, nonces, codes, slots. */
final class StateReads {
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
                new RpcMethod(
                        "eth_getBalance",
                        p -> read(p, (account, _) -> Json.quantity(account.balance()))),
                new RpcMethod(
                        "eth_getCode",
                        p ->
                                read(
                                        p,
                                        (account, state) ->
                                                Json.data(state.code(account.codeHash())))),
                new RpcMethod("eth_getTransactionCount", this::transactionCount),
                new RpcMethod("eth_getStorageAt", this::storageAt),
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
}
