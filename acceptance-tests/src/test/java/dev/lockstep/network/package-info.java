/** A door to the decoders of links, which nothing but links and their fuzzing may call. */
@NullMarked
package dev.lockstep.network;

import org.jspecify.annotations.NullMarked;
