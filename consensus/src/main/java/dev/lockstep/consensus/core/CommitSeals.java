package dev.lockstep.consensus.core;

import dev.lockstep.consensus.core.HeaderFault.Rule;
import dev.lockstep.crypto.KeyPair;
import dev.lockstep.crypto.Secp256k1;
import dev.lockstep.types.Address;
import dev.lockstep.types.BlockHeader;
import dev.lockstep.types.Hash;
import dev.lockstep.types.QbftExtraData;
import dev.lockstep.types.RlpException;
import dev.lockstep.types.Signature;
import java.util.List;
import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeSet;
import org.apache.tuweni.bytes.Bytes;
import org.jspecify.annotations.Nullable;

/**
 * The signatures that make a block final: each over the header with its round and without seals.
 *
 * @source EEA QBFT specification, section 5.3
 */
public final class CommitSeals {
    private CommitSeals() {}

    /**
     * One validator's seal.
     *
     * @shape 65 bytes r‖s‖parity
     * @fails RlpException where the header's extra data is not QBFT's
     */
    public static Bytes sign(BlockHeader header, KeyPair keys) {
        return Secp256k1.sign(QbftExtraData.commitSealHash(header), keys).bytes();
    }

    /** The header with these seals instead of those that it has; its block hash stays. */
    public static BlockHeader attach(BlockHeader header, List<Bytes> seals) {
        BlockHeader.Builder builder = header.toBuilder();
        builder.extraData = QbftExtraData.decode(header.extraData()).withSeals(seals).encode();
        return builder.build();
    }

    /**
     * Whether a quorum of {@code validators} sealed this header, each at most once and nobody else.
     *
     * @fails RlpException where the header's extra data is not QBFT's
     * @cost one recovery a seal
     */
    public static Optional<HeaderFault> check(BlockHeader header, ValidatorSet validators) {
        List<Bytes> seals = QbftExtraData.decode(header.extraData()).seals();
        // Counted first: nobody shall make us recover more keys than there are validators.
        if (seals.size() < validators.quorum() || seals.size() > validators.size()) {
            return fault(
                    Rule.SEAL_QUORUM,
                    seals.size()
                            + " commit seals, from "
                            + validators.quorum()
                            + " (quorum) to "
                            + validators.size()
                            + " (validators) are allowed");
        }
        Hash digest = QbftExtraData.commitSealHash(header);
        TreeSet<Address> signers = new TreeSet<>();
        for (int i = 0; i < seals.size(); i++) {
            Address signer = recover(digest, seals.get(i));
            if (signer == null) {
                return fault(
                        Rule.SEAL_SIGNATURE,
                        "commit seal " + i + " recovers to nobody: " + seals.get(i));
            }
            if (!validators.contains(signer)) {
                return fault(
                        Rule.SEAL_SIGNER,
                        "commit seal "
                                + i
                                + " is by "
                                + signer
                                + ", which is none of the "
                                + validators.size()
                                + " validators");
            }
            if (!signers.add(signer)) {
                return fault(
                        Rule.SEAL_DUPLICATE,
                        "commit seal " + i + " is a second one by " + signer + "; one is allowed");
            }
        }
        return Optional.empty();
    }

    /** Who sealed a header whose seals were checked. */
    public static SortedSet<Address> signers(BlockHeader header) {
        Hash digest = QbftExtraData.commitSealHash(header);
        TreeSet<Address> signers = new TreeSet<>();
        for (Bytes seal : QbftExtraData.decode(header.extraData()).seals()) {
            Address signer = recover(digest, seal);
            if (signer != null) signers.add(signer);
        }
        return signers;
    }

    private static @Nullable Address recover(Hash digest, Bytes seal) {
        try {
            return Secp256k1.recover(digest, Signature.of(seal));
        } catch (RlpException notASignature) {
            return null;
        }
    }

    private static Optional<HeaderFault> fault(Rule rule, String message) {
        return Optional.of(new HeaderFault(rule, message));
    }
}
