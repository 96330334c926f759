package dev.lockstep.consensus.core;

import dev.lockstep.types.Address;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.TreeSet;

/**
 * Who agrees on a block.
 *
 * @param addresses ascending and distinct, at least one
 */
public record ValidatorSet(List<Address> addresses) {
    /**
     * @fails IllegalArgumentException where there is none, or they are not strictly ascending
     */
    public ValidatorSet {
        addresses = List.copyOf(addresses);
        if (addresses.isEmpty()) throw new IllegalArgumentException("no validators");
        for (int i = 1; i < addresses.size(); i++) {
            if (addresses.get(i - 1).compareTo(addresses.get(i)) >= 0) {
                throw new IllegalArgumentException(
                        "validators are not strictly ascending: "
                                + addresses.get(i)
                                + " stands after "
                                + addresses.get(i - 1));
            }
        }
    }

    /** The same addresses, sorted and each once. */
    public static ValidatorSet of(Collection<Address> addresses) {
        return new ValidatorSet(List.copyOf(new TreeSet<>(addresses)));
    }

    public int size() {
        return addresses.size();
    }

    public boolean contains(Address address) {
        return indexOf(address) >= 0;
    }

    /**
     * How many must agree: ceil(2n/3). Two quorums always share an honest validator while at most
     * floor((n-1)/3) are faulty.
     *
     * @source EEA QBFT specification, section 4; dafny function quorum
     */
    public int quorum() {
        return (2 * size() + 2) / 3;
    }

    /** How many may be faulty: floor((n-1)/3). */
    public int faultyMax() {
        return (size() - 1) / 3;
    }

    /** Its place, or -(insertion point) - 1 where it is none of them. */
    int indexOf(Address address) {
        return Collections.binarySearch(addresses, address);
    }
}
