package dev.lockstep.genesis;

import dev.lockstep.types.BlobSchedule;
import dev.lockstep.types.ChainSpec.Rules;
import dev.lockstep.types.ChainSpec.Schedule;
import dev.lockstep.types.Fork;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.apache.tuweni.units.bigints.UInt256;

/** The forks of {@code config} as a schedule. A fork implies all before it. */
final class ForkPlan {
    /** Another name for the key before it. */
    private static final String ALIAS = "constantinopleFixBlock";

    /** One key of the file; some begin a fork for peers (EIP-2124) and no other rules. */
    private record Row(String key, Fork fork) {}

    private static final List<Row> BY_BLOCK =
            List.of(
                    new Row("homesteadBlock", Fork.HOMESTEAD),
                    new Row("eip150Block", Fork.TANGERINE_WHISTLE),
                    new Row("eip158Block", Fork.SPURIOUS_DRAGON),
                    new Row("byzantiumBlock", Fork.BYZANTIUM),
                    new Row("constantinopleBlock", Fork.CONSTANTINOPLE),
                    new Row("petersburgBlock", Fork.PETERSBURG),
                    new Row(ALIAS, Fork.PETERSBURG),
                    new Row("istanbulBlock", Fork.ISTANBUL),
                    new Row("muirGlacierBlock", Fork.ISTANBUL),
                    new Row("berlinBlock", Fork.BERLIN),
                    new Row("londonBlock", Fork.LONDON),
                    new Row("arrowGlacierBlock", Fork.LONDON),
                    new Row("grayGlacierBlock", Fork.LONDON),
                    new Row("mergeNetsplitBlock", Fork.PARIS));

    private static final List<Row> BY_TIME =
            List.of(
                    new Row("shanghaiTime", Fork.SHANGHAI),
                    new Row("cancunTime", Fork.CANCUN),
                    new Row("pragueTime", Fork.PRAGUE),
                    new Row("osakaTime", Fork.OSAKA),
                    new Row("bpo1Time", Fork.OSAKA),
                    new Row("bpo2Time", Fork.OSAKA),
                    new Row("bpo3Time", Fork.OSAKA),
                    new Row("bpo4Time", Fork.OSAKA),
                    new Row("bpo5Time", Fork.OSAKA));

    /** Forks that change what a block means and that no rule set here knows. */
    private static final List<String> FOREIGN = List.of("daoForkBlock", "classicForkBlock");

    /**
     * Where the file says nothing; any other fork keeps what the one before it has.
     *
     * @source EIP-7691, EIP-7892
     */
    private static final Map<String, BlobSchedule> BLOBS =
            Map.of(
                    "cancun",
                    BlobSchedule.CANCUN,
                    "prague",
                    BlobSchedule.PRAGUE,
                    "bpo1",
                    new BlobSchedule(10, 15, 8_346_193),
                    "bpo2",
                    new BlobSchedule(14, 21, 11_684_671));

    private final JsonSection config;
    private final TreeMap<Long, Rules> byBlock = new TreeMap<>();
    private final TreeMap<Long, Rules> byTime = new TreeMap<>();

    private ForkPlan(JsonSection config) {
        this.config = config;
    }

    /**
     * @param genesisTimestamp @unit seconds
     * @fails GenesisException where forks are out of order or unknown
     */
    static Schedule read(JsonSection config, long genesisTimestamp) {
        ForkPlan plan = new ForkPlan(config);
        plan.refuseUnknown();
        plan.readBlocks();
        plan.readTimes();
        plan.checkGenesis(genesisTimestamp);
        return new Schedule(plan.byBlock, plan.byTime);
    }

    private void refuseUnknown() {
        for (String name : config.names()) {
            boolean isTime = name.toLowerCase(Locale.ROOT).endsWith("time");
            boolean isKnown = BY_TIME.stream().anyMatch(row -> row.key.equalsIgnoreCase(name));
            boolean isForeign = FOREIGN.stream().anyMatch(name::equalsIgnoreCase);
            if (isForeign && config.has(name) && config.number(name, 0) == 0) continue;
            if (config.has(name) && (isForeign || (isTime && !isKnown))) {
                throw new GenesisException(
                        config.at(name)
                                + ": this fork is not supported; supported are "
                                + String.join(", ", BY_BLOCK.stream().map(Row::key).toList())
                                + ", "
                                + String.join(", ", BY_TIME.stream().map(Row::key).toList()));
            }
        }
    }

    private void readBlocks() {
        byBlock.put(0L, new Rules(Fork.FRONTIER, BlobSchedule.CANCUN));
        Row before = null;
        for (Row row : BY_BLOCK) {
            if (!config.has(row.key)) continue;
            long block = config.number(row.key, 0);
            if (before != null) expectOrder(before, row, block);
            before = row;
            byBlock.put(block, new Rules(row.fork, BlobSchedule.CANCUN));
        }
        // Besu's and Geth's way to say that a chain never had proof of work.
        boolean isMerged = config.number256("terminalTotalDifficulty", UInt256.MAX_VALUE).isZero();
        if (isMerged
                && byBlock.lastEntry().getValue().fork() == Fork.LONDON
                && byBlock.lastKey() == 0) {
            byBlock.put(0L, new Rules(Fork.PARIS, BlobSchedule.CANCUN));
        }
    }

    private void readTimes() {
        JsonSection schedules = config.sectionOrEmpty("blobSchedule");
        BlobSchedule blobs = BlobSchedule.CANCUN;
        Row before = null;
        for (Row row : BY_TIME) {
            String name = row.key.substring(0, row.key.length() - "Time".length());
            // Also where the fork itself is left out, so that those after it build on it.
            blobs =
                    schedules.has(name)
                            ? readBlobs(schedules.sectionOrEmpty(name))
                            : BLOBS.getOrDefault(name, blobs);
            if (!config.has(row.key)) continue;
            long time = config.number(row.key, 0);
            if (before != null) expectOrder(before, row, time);
            before = row;
            byTime.put(time, new Rules(row.fork, blobs));
        }
    }

    private void expectOrder(Row before, Row row, long value) {
        long least = config.number(before.key, 0);
        boolean isAlias = before.fork == row.fork && row.key.equals(ALIAS);
        if (isAlias && value != least) {
            throw config.fault(row.key, least + ", as " + config.at(before.key) + " says");
        }
        if (value < least) {
            throw config.fault(
                    row.key,
                    "at least " + least + ", since " + config.at(before.key) + " comes before it");
        }
    }

    private void checkGenesis(long genesisTimestamp) {
        boolean isTimed = byTime.floorEntry(genesisTimestamp) != null;
        if (isTimed && byBlock.lastKey() > 0) {
            throw new GenesisException(
                    config.path()
                            + ": "
                            + byTime.floorEntry(genesisTimestamp).getValue().fork()
                            + " holds from block 0 on, but "
                            + byBlock.lastEntry().getValue().fork()
                            + " only from block "
                            + byBlock.lastKey()
                            + "; allowed is an order of forks from old to new");
        }
    }

    private static BlobSchedule readBlobs(JsonSection section) {
        int max = (int) section.number("max", -1, 0, 1 << 16);
        int target = (int) section.number("target", -1, 0, 1 << 16);
        long fraction = section.number("baseFeeUpdateFraction", -1, 1, Long.MAX_VALUE);
        if (max < 0 || target < 0 || fraction < 0) {
            throw new GenesisException(
                    section.path() + ": needed are target, max and baseFeeUpdateFraction");
        }
        if (target > max) throw section.fault("target", "at most " + max + ", the max beside it");
        return new BlobSchedule(target, max, fraction);
    }
}
