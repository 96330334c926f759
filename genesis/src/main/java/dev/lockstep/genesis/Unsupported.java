package dev.lockstep.genesis;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a Besu file may ask for and this node cannot do yet. Reading past it in silence would make a
 * node that disagrees with its network later.
 */
final class Unsupported {
    private static final int STACK_SIZE = 1024;
    private static final String CURVE = "secp256k1";
    private static final List<String> OTHER_CONSENSUS =
            List.of("ibft", "ibft2", "clique", "ethash");

    private final List<String> found = new ArrayList<>();

    private Unsupported() {}

    static List<String> in(JsonSection config, @Nullable QbftConfig qbft) {
        Unsupported u = new Unsupported();
        u.note(
                config.number("evmStackSize", STACK_SIZE) != STACK_SIZE,
                "config.evmStackSize: another stack size than " + STACK_SIZE);
        u.note(
                config.flag("fixedBaseFee") && !config.flag("zeroBaseFee"),
                "config.fixedBaseFee: a base fee that each node sets");
        String curve = config.text("ecCurve");
        u.note(
                curve != null && !curve.equalsIgnoreCase(CURVE),
                "config.ecCurve: another curve than " + CURVE);
        for (String other : OTHER_CONSENSUS) {
            u.note(
                    config.has(other) && (qbft != null || !other.equals("ethash")),
                    config.at(other) + ": another consensus than QBFT");
        }
        if (qbft == null) return u.found;
        JsonSection section = config.sectionOrEmpty("qbft");
        boolean isMigrated = section.number("startblock", 0) > 0;
        u.note(
                isMigrated,
                "config.qbft.startblock: a chain that began with another consensus; there is only"
                        + " QBFT here, from block 0 on");
        u.noteShortPeriod(section);
        for (JsonSection transition : config.sectionOrEmpty("transitions").sections("qbft")) {
            u.note(
                    transition.has("pertxgaslimit"),
                    transition.at("pertxgaslimit")
                            + ": another gas limit a transaction; config.qbft.pertxgaslimit sets"
                            + " one for the whole chain");
            u.noteShortPeriod(transition);
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

    private void noteShortPeriod(JsonSection section) {
        String key = "xblockperiodmilliseconds";
        note(
                section.has(key),
                section.at(key) + ": blocks within a second; blockperiodseconds is in whole ones");
    }

    private void note(boolean isAsked, String message) {
        if (isAsked) found.add(message);
    }
}
