package dev.lockstep.node.reference;

import dev.lockstep.types.Address;
import dev.lockstep.types.BlobSchedule;
import dev.lockstep.types.ChainSpec;
import dev.lockstep.types.ChainSpec.Rules;
import dev.lockstep.types.ChainSpec.Schedule;
import dev.lockstep.types.Fork;
import dev.lockstep.types.HeaderForm;
import java.util.Collections;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.tuweni.units.bigints.UInt256;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * The rules that a blockchain test runs under: one fork for ever, or {@code XToYAt…} with a block
 * number, a timestamp ({@code Time15k}) or a terminal total difficulty ({@code DiffC0000}).
 *
 * @param spec without the change at {@code terminalTotalDifficulty}
 * @param terminalTotalDifficulty from which on blocks follow the rules of Paris, or null
 */
record Network(ChainSpec spec, @Nullable UInt256 terminalTotalDifficulty) {
    private static final Address DEPOSIT_CONTRACT =
            Address.fromHex("0x00000000219ab540356cBB839Cbe05303d7705Fa");

    private static final Pattern TRANSITION =
            Pattern.compile("(\\w+?)To(\\w+?)At(Time|Diff|)(\\w+)");

    /**
     * @param config the test's, with chain id and blob numbers; older tests have none
     * @fails FixtureException where the network is unknown
     */
    static Network of(String name, @Nullable JsonNode config) {
        Matcher transition = TRANSITION.matcher(name);
        if (!transition.matches()) {
            return of(
                    config, schedule(rules(name, config), new TreeMap<>(), new TreeMap<>()), null);
        }
        Rules before = rules(transition.group(1), config);
        Rules after = rules(transition.group(2), config);
        String at = transition.group(4);
        TreeMap<Long, Rules> byNumber = new TreeMap<>();
        TreeMap<Long, Rules> byTime = new TreeMap<>();
        switch (transition.group(3)) {
            case "Time" -> byTime.put(Long.parseLong(at.replace("k", "000")), after);
            case "Diff" -> {
                UInt256 difficulty = UInt256.fromHexString(at);
                return of(config, schedule(before, byNumber, byTime), difficulty);
            }
            default -> byNumber.put(Long.parseLong(at), after);
        }
        return of(config, schedule(before, byNumber, byTime), null);
    }

    private static Schedule schedule(
            Rules first, TreeMap<Long, Rules> byNumber, TreeMap<Long, Rules> byTime) {
        byNumber.put(0L, first);
        return new Schedule(byNumber, byTime);
    }

    private static Network of(
            @Nullable JsonNode config, Schedule schedule, @Nullable UInt256 totalDifficulty) {
        UInt256 chainId =
                config != null && config.has("chainid")
                        ? Fields.word(config, "chainid")
                        : UInt256.ONE;
        return new Network(spec(chainId, schedule), totalDifficulty);
    }

    private static ChainSpec spec(UInt256 chainId, Schedule schedule) {
        return new ChainSpec(
                chainId,
                schedule,
                HeaderForm.PLAIN,
                false,
                ChainSpec.TRANSACTION_GAS_LIMIT_MAX,
                null,
                ChainSpec.SystemContracts.of(DEPOSIT_CONTRACT),
                Collections.emptySortedMap(),
                null);
    }

    private static Rules rules(String name, @Nullable JsonNode config) {
        Fork fork = ForkNames.of(name);
        JsonNode blobs = config == null ? null : config.path("blobSchedule").get(name);
        if (blobs == null) {
            return new Rules(
                    fork, fork.isAtLeast(Fork.PRAGUE) ? BlobSchedule.PRAGUE : BlobSchedule.CANCUN);
        }
        return new Rules(
                fork,
                new BlobSchedule(
                        (int) Fields.number(blobs, "target"),
                        (int) Fields.number(blobs, "max"),
                        Fields.number(blobs, "baseFeeUpdateFraction")));
    }

    /** The same with the rules of Paris from a block on. */
    ChainSpec mergedAt(long number) {
        TreeMap<Long, Rules> byNumber = new TreeMap<>(spec.schedule().byNumber());
        byNumber.put(number, new Rules(Fork.PARIS, BlobSchedule.CANCUN));
        return spec(spec.chainId(), new Schedule(byNumber, spec.schedule().byTime()));
    }
}
