package dev.lockstep.node.reference;

import dev.lockstep.types.Fork;
import java.util.Map;

/** Forks as the fixtures name them. */
final class ForkNames {
    private static final Map<String, Fork> FORKS =
            Map.ofEntries(
                    Map.entry("Frontier", Fork.FRONTIER),
                    Map.entry("Homestead", Fork.HOMESTEAD),
                    Map.entry("Dao", Fork.DAO),
                    Map.entry("EIP150", Fork.TANGERINE_WHISTLE),
                    Map.entry("EIP158", Fork.SPURIOUS_DRAGON),
                    Map.entry("Byzantium", Fork.BYZANTIUM),
                    Map.entry("Constantinople", Fork.CONSTANTINOPLE),
                    Map.entry("ConstantinopleFix", Fork.PETERSBURG),
                    Map.entry("Istanbul", Fork.ISTANBUL),
                    Map.entry("Berlin", Fork.BERLIN),
                    Map.entry("London", Fork.LONDON),
                    Map.entry("ArrowGlacier", Fork.LONDON),
                    Map.entry("Paris", Fork.PARIS),
                    Map.entry("Merge", Fork.PARIS),
                    Map.entry("Shanghai", Fork.SHANGHAI),
                    Map.entry("Cancun", Fork.CANCUN),
                    Map.entry("Prague", Fork.PRAGUE),
                    Map.entry("Osaka", Fork.OSAKA),
                    Map.entry("BPO1", Fork.OSAKA),
                    Map.entry("BPO2", Fork.OSAKA),
                    Map.entry("BPO3", Fork.OSAKA),
                    Map.entry("BPO4", Fork.OSAKA));

    private ForkNames() {}

    /**
     * @fails FixtureException where there is none
     */
    static Fork of(String name) {
        Fork fork = FORKS.get(name);
        if (fork == null) throw new FixtureException("there is no fork " + name);
        return fork;
    }
}
