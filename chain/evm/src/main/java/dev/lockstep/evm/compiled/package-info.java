/**
 * Translates hot code of the EVM to classes. A room of its own: the evm knows only {@link
 * dev.lockstep.evm.CodeCompiler} and runs without anything from here. Nothing here runs code or
 * decides on a result; the classes work on the evm's own frames and call its own operators, which
 * {@link dev.lockstep.evm.compiled.Names} lists.
 */
@NullMarked
package dev.lockstep.evm.compiled;

import org.jspecify.annotations.NullMarked;
