/**
 * JSON-RPC over HTTP and WebSocket.
 *
 * <p>{@link dev.lockstep.rpc.RpcServer} takes bytes off a connection and hands them to {@link
 * dev.lockstep.rpc.JsonRpc}, which knows no transport: it parses, finds the row of {@link
 * dev.lockstep.rpc.RpcMethods}, calls its handler with {@link dev.lockstep.rpc.Params} and turns
 * what comes back, an answer or an {@link dev.lockstep.rpc.RpcException}, into bytes. Handlers read
 * their parameters through {@link dev.lockstep.rpc.Param}, whose refusals name the parameter, its
 * value and what is allowed, and build answers with {@link dev.lockstep.rpc.Json}.
 *
 * <p>To add a method, add a row: {@code new RpcMethod("lockstep_models", params -> ...)}.
 */
@NullMarked
package dev.lockstep.rpc;

import org.jspecify.annotations.NullMarked;
