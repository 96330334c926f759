package dev.lockstep.network;

/** Why a datagram is not taken for a packet of discovery v4, or not answered. */
enum V4Refusal implements V4Reading {
    /** Less than a header, or more than 1280 bytes. */
    SIZE,
    /** Its first 32 bytes are not the hash of the others: another protocol, or damage. */
    HASH,
    /** Of none of the six types. */
    TYPE,
    /** Its data is no list of what its type has. */
    MALFORMED,
    /** It says that it is not valid any more. */
    EXPIRED,
    /** More than is taken from its address, or from all, in a while. */
    PACE,
    /** An answer to nothing that was asked there. */
    UNASKED,
    /** Signed by nobody, or by another than who was asked. */
    SIGNATURE,
    /** A question of somebody who has not shown that it is where it says it is. */
    UNPROVEN
}
