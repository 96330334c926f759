package dev.lockstep.rpc;

import dev.lockstep.evm.TransactionOutcome.Refused;
import dev.lockstep.pool.AddResult;
import dev.lockstep.rpc.RpcError.Kind;
import java.util.List;

/**
 * Says why a transaction was not taken: first the words that wallets and libraries look for, then
 * the values.
 */
final class Rejections {
    private Rejections() {}

    static RpcError of(AddResult.Rejected rejected) {
        return switch (rejected.reason()) {
            case ALREADY_KNOWN -> error(Kind.SERVER, "already known", rejected.message());
            case TYPE_NOT_POOLED, TYPE_NOT_ALLOWED ->
                    error(Kind.SERVER, "transaction type not supported", rejected.message());
            case WRONG_CHAIN -> error(Kind.SERVER, "invalid chain id", rejected.message());
            case SIGNATURE_NOT_LOW ->
                    error(Kind.INVALID_TRANSACTION, "invalid signature", rejected.message());
            case TOO_LARGE -> error(Kind.LIMIT_EXCEEDED, "oversized data", rejected.message());
            case INIT_CODE_TOO_LARGE ->
                    error(Kind.SERVER, "max initcode size exceeded", rejected.message());
            case INTRINSIC_GAS ->
                    error(Kind.INTRINSIC_GAS, "intrinsic gas too low", rejected.message());
            case GAS_LIMIT ->
                    error(Kind.LIMIT_EXCEEDED, "exceeds block gas limit", rejected.message());
            case FEE_TOO_LOW ->
                    error(Kind.GAS_PRICE_TOO_LOW, "transaction underpriced", rejected.message());
            case PRIORITY_FEE_OVER_FEE ->
                    error(
                            Kind.SERVER,
                            "max priority fee per gas higher than max fee per gas",
                            rejected.message());
            case NONCE_TOO_LOW -> error(Kind.NONCE_TOO_LOW, "nonce too low", rejected.message());
            case NONCE_TOO_HIGH -> error(Kind.NONCE_TOO_HIGH, "nonce too high", rejected.message());
            case INSUFFICIENT_FUNDS ->
                    error(
                            Kind.INSUFFICIENT_FUNDS,
                            "insufficient funds for gas * price + value",
                            rejected.message());
            case REPLACEMENT_UNDERPRICED ->
                    error(Kind.SERVER, "replacement transaction underpriced", rejected.message());
            case SENDER_LIMIT ->
                    error(Kind.LIMIT_EXCEEDED, "account limit exceeded", rejected.message());
            case POOL_FULL -> error(Kind.LIMIT_EXCEEDED, "txpool is full", rejected.message());
            case INVALID ->
                    error(Kind.INVALID_TRANSACTION, "invalid transaction", rejected.message());
        };
    }

    /** Why a call that nobody signed may not run. */
    static RpcError of(Refused refused) {
        return switch (refused.refusal()) {
            case INSUFFICIENT_FUNDS ->
                    error(
                            Kind.INSUFFICIENT_FUNDS,
                            "insufficient funds for transfer",
                            refused.message());
            case INTRINSIC_GAS, FLOOR_GAS ->
                    error(Kind.INTRINSIC_GAS, "intrinsic gas too low", refused.message());
            case INIT_CODE_TOO_LARGE ->
                    error(Kind.SERVER, "max initcode size exceeded", refused.message());
            default -> error(Kind.INVALID_TRANSACTION, "invalid call", refused.message());
        };
    }

    private static RpcError error(Kind kind, String phrase, String message) {
        return new RpcError(kind, phrase + ": " + withoutEcho(phrase, message));
    }

    /** The message less what it says before its first colon, where the phrase says that too. */
    private static String withoutEcho(String phrase, String message) {
        int colon = message.indexOf(": ");
        if (colon < 0) return message;
        List<String> words = List.of(message.substring(0, colon).split(" ", -1));
        boolean isEcho = List.of(phrase.split(" ", -1)).containsAll(words);
        return isEcho ? message.substring(colon + 2) : message;
    }
}
