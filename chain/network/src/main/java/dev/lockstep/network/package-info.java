/** Authenticated, encrypted links to other nodes, and what travels on them. */
@NullMarked
package dev.lockstep.network;

import org.jspecify.annotations.NullMarked;
