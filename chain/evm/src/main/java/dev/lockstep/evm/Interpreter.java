package dev.lockstep.evm;

/** Runs a frame until it ends or waits for a call. Every engine gives the same results. */
interface Interpreter {
    void run(Frame f);
}
