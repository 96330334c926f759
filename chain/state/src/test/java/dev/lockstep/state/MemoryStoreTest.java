package dev.lockstep.state;

class MemoryStoreTest extends KeyValueStoreContract {
    @Override
    KeyValueStore open() {
        return new MemoryStore();
    }
}
