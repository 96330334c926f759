package dev.lockstep.network;

/** What a datagram is: a packet of discovery v4, or why it is none. */
sealed interface V4Reading permits V4Packet, V4Refusal {}
