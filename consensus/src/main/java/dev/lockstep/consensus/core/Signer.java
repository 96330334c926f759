package dev.lockstep.consensus.core;

import dev.lockstep.crypto.KeyPair;
import dev.lockstep.crypto.Secp256k1;
import dev.lockstep.types.Address;
import dev.lockstep.types.Hash;
import dev.lockstep.types.Signature;

/** A validator's key, wherever it is kept. Signing the same digest twice gives the same bytes. */
public interface Signer {
    Address address();

    Signature sign(Hash digest);

    static Signer of(KeyPair keys) {
        Address address = keys.address();
        return new Signer() {
            @Override
            public Address address() {
                return address;
            }

            @Override
            public Signature sign(Hash digest) {
                return Secp256k1.sign(digest, keys);
            }
        };
    }
}
