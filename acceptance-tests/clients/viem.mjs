// What viem makes of a Lockstep node: `node viem.mjs URL KEY VOLATILITY` does what a dapp does and prints what it saw as
// one JSON object.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import {
    BaseError,
    ContractFunctionRevertedError,
    createPublicClient,
    createWalletClient,
    custom,
    defineChain,
    http,
} from 'viem';
import { privateKeyToAccount } from 'viem/accounts';

const [url, key, volatility] = process.argv.slice(2);
const chain = defineChain({
    id: 1337,
    name: 'Lockstep dev',
    nativeCurrency: { name: 'Ether', symbol: 'ETH', decimals: 18 },
    rpcUrls: { default: { http: [url] } },
});
const account = privateKeyToAccount(key);

// A filter sees only what comes after it, so the event waits until the node has the filter.
const node = http(url, { batch: true })({ chain });
let filterIsThere;
const filter = new Promise((resolve) => (filterIsThere = resolve));
const transport = custom({
    async request(question) {
        const answer = await node.request(question);
        if (question.method === 'eth_newFilter') filterIsThere();
        return answer;
    },
});

const reader = createPublicClient({ chain, transport, pollingInterval: 100, cacheTime: 0 });
const wallet = createWalletClient({ account, chain, transport: http(url) });
const inference = { address: '0x0000000000000000000000000000000000000a01', abi: artifact('IInference').abi };
const { abi, bytecode } = artifact('DynamicFee');
const WILD = Array(10).fill({ open: 10_000n, high: 10_500n, low: 9_500n, close: 10_000n });
const seen = {};

seen.chainId = await reader.getChainId();
seen.balance = await reader.getBalance({ address: account.address });
seen.quote = await reader.readContract({ ...inference, functionName: 'quote', args: [volatility] });
seen.model = await reader.readContract({ ...inference, functionName: 'describe', args: [volatility] });

const deployment = await mined(await wallet.deployContract({ abi, bytecode, args: [volatility] }));
const pool = { address: deployment.contractAddress, abi };
seen.forecast = await reader.readContract({ ...pool, functionName: 'forecast', args: [WILD] });

const watched = watchOnce({ ...pool, eventName: 'FeeChanged' });
await filter;
const { request, result } = await reader.simulateContract({ ...pool, account, functionName: 'update', args: [WILD] });
seen.simulated = result;
const update = await mined(await wallet.writeContract(request));
seen.status = update.status;
seen.transaction = update.transactionHash;
seen.from = account.address;
seen.watched = await watched;
seen.fee = await reader.readContract({ ...pool, functionName: 'fee' });
seen.found = await reader.getContractEvents({ ...pool, eventName: 'FeeChanged', fromBlock: 0n });
seen.found = seen.found.map((log) => log.transactionHash);

try {
    await reader.readContract({ ...inference, functionName: 'quote', args: ['0x' + '11'.repeat(32)] });
    assert.fail('the call was answered');
} catch (error) {
    if (!(error instanceof BaseError)) throw error;
    const reverted = error.walk((cause) => cause instanceof ContractFunctionRevertedError);
    seen.error = { name: reverted.data.errorName, args: reverted.data.args };
}

console.log(JSON.stringify(seen, (_, value) => (typeof value === 'bigint' ? value.toString() : value)));

/** The first logs that a watched event brings. */
function watchOnce(event) {
    return new Promise((resolve, reject) => {
        const timeout = setTimeout(() => reject(new Error('no event in 30 s')), 30_000);
        const stop = reader.watchContractEvent({
            ...event,
            onError: reject,
            onLogs: (logs) => {
                clearTimeout(timeout);
                stop();
                resolve(logs.map((log) => ({ transaction: log.transactionHash, ...log.args })));
            },
        });
    });
}

function mined(hash) {
    return reader.waitForTransactionReceipt({ hash, timeout: 30_000 });
}

function artifact(name) {
    return JSON.parse(
        readFileSync(new URL(`../../precompiles/src/main/resources/contracts/${name}.json`, import.meta.url), 'utf8'),
    );
}
