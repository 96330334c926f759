/** Random transactions on several engines and on another client's EVM: none may differ. */
@NullMarked
package dev.lockstep.acceptance.fuzz;

import org.jspecify.annotations.NullMarked;
