package dev.lockstep.types;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lockstep.types.StateDiff.AccountChange;
import dev.lockstep.types.StateDiff.Fields;
import java.util.Random;
import java.util.TreeMap;
import org.apache.tuweni.bytes.Bytes;
import org.apache.tuweni.units.bigints.UInt256;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class StateDiffTest {
    /**
     * One account and its slots, as a diff changes them: the meaning that {@code then} must keep.
     */
    private record World(@Nullable Fields account, TreeMap<UInt256, UInt256> slots) {
        World after(@Nullable AccountChange change) {
            if (change == null) return this;
            TreeMap<UInt256, UInt256> next = new TreeMap<>();
            if (!change.storageCleared()) next.putAll(slots);
            next.putAll(change.slots());
            next.values().removeIf(UInt256::isZero);
            return new World(change.after(), next);
        }
    }

    @Test
    void oneDiffAfterAnotherMeansTheSameAsTheTwoJoined() {
        long seed = 161;
        Random random = new Random(seed);
        for (int round = 0; round < 500; round++) {
            StateDiff one = diff(random);
            StateDiff two = diff(random);
            StateDiff three = diff(random);
            StateDiff joined = one.then(two).then(three);
            assertThat(joined).as("seed %d", seed).isEqualTo(one.then(two.then(three)));
            for (long a = 0; a < 3; a++) {
                Address address = Address.ofNumber(a);
                TreeMap<UInt256, UInt256> slots = new TreeMap<>();
                slots.put(UInt256.ZERO, UInt256.valueOf(77));
                slots.put(UInt256.ONE, UInt256.valueOf(78));
                World world = new World(new Fields(1, UInt256.ONE, Hash.EMPTY), slots);
                World stepwise =
                        world.after(one.accounts().get(address))
                                .after(two.accounts().get(address))
                                .after(three.accounts().get(address));
                assertThat(world.after(joined.accounts().get(address)))
                        .as("seed %d, round %d, account %d", seed, round, a)
                        .isEqualTo(stepwise);
            }
            assertThat(joined.codes().keySet())
                    .containsAll(one.codes().keySet())
                    .containsAll(three.codes().keySet());
        }
    }

    private static StateDiff diff(Random random) {
        TreeMap<Address, AccountChange> accounts = new TreeMap<>();
        for (long a = 0; a < 3; a++) {
            if (random.nextInt(3) == 0) continue;
            boolean deleted = random.nextInt(4) == 0;
            TreeMap<UInt256, UInt256> slots = new TreeMap<>();
            for (int s = 0; s < 3 && !deleted; s++) {
                if (random.nextBoolean()) {
                    slots.put(UInt256.valueOf(s), UInt256.valueOf(random.nextInt(3)));
                }
            }
            Fields fields =
                    new Fields(random.nextInt(5), UInt256.valueOf(random.nextInt(5)), Hash.EMPTY);
            accounts.put(
                    Address.ofNumber(a),
                    new AccountChange(
                            deleted ? null : fields, deleted || random.nextInt(5) == 0, slots));
        }
        TreeMap<Hash, Bytes> codes = new TreeMap<>();
        if (random.nextBoolean()) codes.put(Samples.hash(random), Bytes.of(1));
        return new StateDiff(accounts, codes);
    }

    @Test
    void theEmptyDiffChangesNothing() {
        StateDiff diff = diff(new Random(9));
        assertThat(StateDiff.EMPTY.isEmpty()).isTrue();
        assertThat(StateDiff.EMPTY.then(diff)).isEqualTo(diff);
        assertThat(diff.then(StateDiff.EMPTY)).isEqualTo(diff);
    }
}
