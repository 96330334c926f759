package dev.lockstep.genesis;

import dev.lockstep.genesis.QbftConfig.Settings;
import dev.lockstep.types.Address;
import dev.lockstep.types.ChainSpec.Payout;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import org.apache.tuweni.units.bigints.UInt256;
import org.jspecify.annotations.Nullable;

/**
 * The settings of {@code config.qbft} and how {@code config.transitions.qbft} changes them. Unknown
 * keys are refused in a transition: a change that is left out is one to disagree about later.
 */
record QbftTransitions(
        SortedMap<Long, Settings> schedule, SortedMap<Long, List<Address>> overrides) {
    static final long SECONDS_MAX = 1L << 31;

    /** Besu takes greater numbers for times where its forks are at times. */
    private static final long BLOCK_MAX = 999_999_999;

    private static final String CONTRACT = "validatorcontractaddress";
    private static final String MODE = "validatorselectionmode";
    private static final String VALIDATORS = "validators";
    private static final String BENEFICIARY = "miningbeneficiary";

    /** Names that a transition may have; {@link Unsupported} tells of some that cannot be done. */
    private static final Set<String> KEYS =
            Set.of(
                    "block",
                    VALIDATORS,
                    MODE,
                    CONTRACT,
                    "blockperiodseconds",
                    "emptyblockperiodseconds",
                    "xblockperiodmilliseconds",
                    "blockreward",
                    BENEFICIARY,
                    "pertxgaslimit");

    static QbftTransitions read(JsonSection config, JsonSection qbft) {
        TreeMap<Long, Settings> schedule = new TreeMap<>();
        TreeMap<Long, List<Address>> overrides = new TreeMap<>();
        Settings first =
                new Settings(
                        qbft.number("blockperiodseconds", 1, 0, SECONDS_MAX),
                        qbft.number("emptyblockperiodseconds", 0, 0, SECONDS_MAX),
                        contract(qbft),
                        payout(new Payout(UInt256.ZERO, null), qbft));
        schedule.put(0L, first);
        TreeMap<Long, JsonSection> byBlock = new TreeMap<>();
        for (JsonSection transition : config.sectionOrEmpty("transitions").sections("qbft")) {
            transition.allowOnly(KEYS);
            if (!transition.has("block")) {
                throw new GenesisException(
                        transition.at("block") + ": missing; needed is a number");
            }
            long block = transition.number("block", 0, 1, BLOCK_MAX);
            if (byBlock.put(block, transition) != null) {
                throw transition.fault("block", "one transition a block");
            }
        }
        Settings before = first;
        for (var entry : byBlock.entrySet()) {
            JsonSection transition = entry.getValue();
            before = changed(before, transition);
            schedule.put(entry.getKey(), before);
            if (!transition.has(VALIDATORS)) continue;
            if (before.validatorContract() != null) {
                throw transition.fault(
                        VALIDATORS,
                        "nobody where the contract " + before.validatorContract() + " keeps them");
            }
            overrides.put(entry.getKey(), validators(transition));
        }
        return new QbftTransitions(schedule, overrides);
    }

    private static Settings changed(Settings before, JsonSection transition) {
        return new Settings(
                transition.number(
                        "blockperiodseconds", before.blockPeriodSeconds(), 1, SECONDS_MAX),
                transition.number(
                        "emptyblockperiodseconds",
                        before.emptyBlockPeriodSeconds(),
                        0,
                        SECONDS_MAX),
                changedContract(before.validatorContract(), transition),
                payout(before.payout(), transition));
    }

    private static Payout payout(Payout before, JsonSection section) {
        Address beneficiary = before.beneficiary();
        String text = section.has(BENEFICIARY) ? section.text(BENEFICIARY) : null;
        // Nothing between the quotes takes it back.
        if (text != null) {
            beneficiary = text.isBlank() ? null : section.address(BENEFICIARY, Address.ZERO);
        }
        return new Payout(section.number256("blockreward", before.rewardWei()), beneficiary);
    }

    private static @Nullable Address changedContract(
            @Nullable Address before, JsonSection transition) {
        String mode = transition.text(MODE);
        if (mode == null) {
            if (transition.has(CONTRACT)) {
                throw transition.fault(CONTRACT, "it only beside " + MODE + " \"contract\"");
            }
            return before;
        }
        return switch (mode.toLowerCase(Locale.ROOT)) {
            case "blockheader" -> {
                if (!transition.has(VALIDATORS)) {
                    throw transition.fault(
                            VALIDATORS, "at least one address beside " + MODE + " \"blockheader\"");
                }
                if (transition.has(CONTRACT)) {
                    throw transition.fault(CONTRACT, "it only beside " + MODE + " \"contract\"");
                }
                yield null;
            }
            case "contract" -> {
                Address contract = contract(transition);
                if (contract != null) yield contract;
                throw transition.fault(CONTRACT, "an address beside " + MODE + " \"contract\"");
            }
            default -> throw transition.fault(MODE, "\"blockheader\" or \"contract\"");
        };
    }

    private static @Nullable Address contract(JsonSection section) {
        return section.has(CONTRACT) ? section.address(CONTRACT, Address.ZERO) : null;
    }

    private static List<Address> validators(JsonSection transition) {
        List<Address> given = transition.addresses(VALIDATORS);
        List<Address> ascending = List.copyOf(new TreeSet<>(given));
        if (ascending.isEmpty() || ascending.size() < given.size()) {
            throw transition.fault(VALIDATORS, "at least one address, each once");
        }
        return ascending;
    }
}
