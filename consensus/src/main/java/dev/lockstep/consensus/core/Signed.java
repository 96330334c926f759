package dev.lockstep.consensus.core;

import dev.lockstep.crypto.Secp256k1;
import dev.lockstep.types.Address;
import dev.lockstep.types.Rlp;
import dev.lockstep.types.RlpReader;
import dev.lockstep.types.Signature;
import java.util.function.Function;
import org.apache.tuweni.bytes.Bytes;

/**
 * What a validator said, and that it was it.
 *
 * @param author recovered from the signature, once
 */
public record Signed<P extends Payload>(P payload, Signature signature, Address author) {
    public static <P extends Payload> Signed<P> sign(P payload, Signer signer) {
        return new Signed<>(payload, signer.sign(payload.signingHash()), signer.address());
    }

    Bytes encode() {
        return Rlp.list(list -> list.nested(payload::write).bytes(signature.bytes()));
    }

    void write(Rlp out) {
        out.raw(encode());
    }

    /**
     * @cost one recovery
     * @fails RlpException where it is malformed, s is in the upper half, or it recovers to nobody
     */
    static <P extends Payload> Signed<P> read(RlpReader in, Function<RlpReader, P> payload) {
        return in.nested(
                list -> {
                    P said = list.nested(payload);
                    Signature signature = Signature.of(list.bytes(Signature.SIZE_BYTES));
                    // Another form of the same signature would be another message to gossip.
                    if (!signature.isLowS()) {
                        throw list.refuse("a signature whose s is over n/2");
                    }
                    Address author = Secp256k1.recover(said.signingHash(), signature);
                    if (author == null) throw list.refuse("a signature that recovers to nobody");
                    return new Signed<>(said, signature, author);
                });
    }
}
