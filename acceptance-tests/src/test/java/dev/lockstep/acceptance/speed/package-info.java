/** How fast Lockstep is, beside other clients in the same run. */
@NullMarked
package dev.lockstep.acceptance.speed;

import org.jspecify.annotations.NullMarked;
