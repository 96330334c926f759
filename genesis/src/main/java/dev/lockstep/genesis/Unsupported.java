package dev.lockstep.genesis;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a Besu file may ask for and this node cannot do yet. Reading past it in silence would make a
 * node that disagrees with its network later.
 */
final class Unsupported {
    private final List<String> found = new ArrayList<>();

    private Unsupported() {}

    static List<String> in(JsonSection config, @Nullable QbftConfig qbft) {
        Unsupported u = new Unsupported();
        u.note(config.has("contractSizeLimit"), "config.contractSizeLimit: another code size");
        u.note(config.has("evmStackSize"), "config.evmStackSize: another stack size");
        if (qbft == null) return u.found;
        JsonSection section = config.sectionOrEmpty("qbft");
        boolean isMigrated = section.number("startblock", 0) > 0;
        u.note(isMigrated, "config.qbft.startblock: a chain that began with another consensus");
        for (JsonSection transition : config.sectionOrEmpty("transitions").sections("qbft")) {
            u.note(
                    transition.has("pertxgaslimit"),
                    transition.at("pertxgaslimit") + ": another gas limit a transaction");
            u.note(
                    transition.has("xblockperiodmilliseconds"),
                    transition.at("xblockperiodmilliseconds") + ": blocks within a second");
        }
        boolean isNamed =
                !qbft.validators().isEmpty()
                        || qbft.at(1).validatorContract() != null
                        || qbft.overrides().containsKey(1L);
        u.note(
                !isNamed && !isMigrated,
                "extraData: names no validators, so nobody can make a block");
        return u.found;
    }

    private void note(boolean isAsked, String message) {
        if (isAsked) found.add(message);
    }
}
