package dev.lockstep.consensus.simulation;

import dev.lockstep.consensus.core.ValidatorSet;
import dev.lockstep.crypto.Secp256k1;
import dev.lockstep.types.Address;
import dev.lockstep.types.BlockHeader;
import dev.lockstep.types.QbftExtraData;
import dev.lockstep.types.QbftExtraData.Vote;
import dev.lockstep.types.Signature;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Counts the votes of the final blocks over, in the plainest way and by none of the code under
 * test: who has to be named, and who may seal.
 */
final class Referee {
    private final long epochLength;
    private final Map<Long, ValidatorSet> overrides;
    private final TreeSet<Address> validators;

    /** Voter and recipient to what was voted last. */
    private final Map<List<Address>, Boolean> votes = new HashMap<>();

    private long number;

    Referee(List<Address> validators, long epochLength, Map<Long, ValidatorSet> overrides) {
        this.overrides = overrides;
        this.validators = new TreeSet<>(validators);
        this.epochLength = epochLength;
    }

    boolean isValidator(Address address) {
        return validators.contains(address);
    }

    int validatorCount() {
        return validators.size();
    }

    /** What is wrong with the next final block, or null; then its vote is counted. */
    @Nullable String judge(BlockHeader header) {
        QbftExtraData extraData = QbftExtraData.decode(header.extraData());
        number++;
        if (header.number() != number) return "it has number " + header.number();
        if (!extraData.validators().equals(List.copyOf(validators))) {
            return "it names " + extraData.validators() + " instead of " + validators;
        }
        if (!validators.contains(header.coinbase())) return "its proposer has no vote";
        TreeSet<Address> signers = new TreeSet<>();
        for (var seal : extraData.seals()) {
            Address signer =
                    Secp256k1.recover(QbftExtraData.commitSealHash(header), Signature.of(seal));
            if (signer == null || !validators.contains(signer)) return "a seal by " + signer;
            signers.add(signer);
        }
        if (3 * signers.size() < 2 * validators.size()) {
            return "it has " + signers.size() + " seals of " + validators.size();
        }
        ValidatorSet override = overrides.get(number + 1);
        if (override != null) {
            validators.clear();
            validators.addAll(override.addresses());
            votes.clear();
        }
        if (number % epochLength == 0) votes.clear();
        else if (extraData.vote() != null) count(header.coinbase(), extraData.vote());
        return null;
    }

    private void count(Address voter, Vote vote) {
        Address recipient = vote.recipient();
        votes.put(List.of(voter, recipient), vote.add());
        int majority = validators.size() / 2 + 1;
        boolean isAdded = votesOn(recipient, true) >= majority;
        boolean isRemoved = votesOn(recipient, false) >= majority;
        if (isAdded || isRemoved) votes.keySet().removeIf(key -> key.get(1).equals(recipient));
        if (isAdded) validators.add(recipient);
        if (isRemoved) {
            validators.remove(recipient);
            votes.keySet().removeIf(key -> key.get(0).equals(recipient));
        }
    }

    private long votesOn(Address recipient, boolean add) {
        return votes.entrySet().stream()
                .filter(entry -> entry.getKey().get(1).equals(recipient))
                .filter(entry -> entry.getValue() == add)
                .count();
    }
}
