// What ethers makes of a Lockstep node: `node ethers.mjs URL KEY VOLATILITY DIGITS PICTURES` does what a dapp does and
// prints what it saw as one JSON object. PICTURES are hex strings joined by commas.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { Contract, ContractFactory, JsonRpcProvider, Wallet } from 'ethers';

const [url, key, volatility, digits, pictures] = process.argv.slice(2);

/** Counts the calls of each request that goes out as a batch. */
class CountingProvider extends JsonRpcProvider {
    batches = [];

    async _send(payload) {
        if (Array.isArray(payload)) this.batches.push(payload.length);
        return super._send(payload);
    }
}

const provider = new CountingProvider(url, undefined, { cacheTimeout: -1, pollingInterval: 100 });
const wallet = new Wallet(key, provider);
const inference = new Contract(
    '0x0000000000000000000000000000000000000a01',
    artifact('IInference').abi,
    provider,
);
const WILD = Array(10).fill([10_000n, 10_500n, 9_500n, 10_000n]);
const seen = {};

// ------------------------------------------------------------------ a contract that calls a model
const pool = await deploy('DynamicFee', volatility);
seen.forecastBefore = await pool.forecast(WILD);
seen.feePredicted = await pool.update.staticCall(WILD);
seen.feeBefore = await pool.fee();
seen.estimate = await pool.update.estimateGas(WILD);
const receipt = await (await pool.update(WILD)).wait();
seen.status = receipt.status;
seen.gasUsed = receipt.gasUsed;
seen.feeAfter = await pool.fee();
seen.volatilityAfter = await pool.volatility();
seen.sender = wallet.address;
seen.events = (await pool.queryFilter(pool.filters.FeeChanged(wallet.address), 0)).map((event) => ({
    transaction: event.transactionHash,
    by: event.args.by,
    volatility: event.args.volatility,
    fee: event.args.fee,
}));
seen.eventsOfOthers = (await pool.queryFilter(pool.filters.FeeChanged(await pool.getAddress()), 0)).length;
seen.transaction = receipt.hash;
seen.records = await provider.send('lockstep_getInferences', [{ transactionHash: receipt.hash }]);

// ------------------------------------------------------------------ pictures
const reader = await deploy('DigitReader', digits);
const images = pictures.split(',');
seen.digits = await Promise.all(images.map((image) => reader.look(image)));
const reading = await (await reader.read(images[0])).wait();
seen.digitRead = reader.interface.parseLog(reading.logs[0]).args.digit;
seen.scores = [...(await inference.inferInts(digits, grey(images[0])))];
seen.rawScores = await inference.infer(digits, '0x' + grey(images[0]).map(int8).join(''));
seen.rpcScores = await provider.send('lockstep_infer', [digits, '0x' + grey(images[0]).map(int8).join('')]);

// ------------------------------------------------------------------ typed errors
const stranger = '0x' + '11'.repeat(32);
seen.errors = {
    stranger: await refusal(() => inference.quote(stranger)),
    tooShort: await refusal(() => inference.inferInts(digits, [1, 2, 3])),
    tooShortRaw: await refusal(() => inference.infer(digits, '0x010203')),
    outOfRange: await refusal(() => inference.inferInts(digits, [0, 1000, ...Array(254).fill(0)])),
    tooManyDecimals: await refusal(() => inference.inferDecimals(digits, Array(256).fill(0), 78)),
    throughAContract: await refusal(() => pool.forecast.staticCall(Array(10).fill([1n, 10_000n, 1n, 1n]))),
};

// ------------------------------------------------------------------ many questions at once
provider.batches.length = 0;
const [block, balance, network, code, quote] = await Promise.all([
    provider.getBlock('latest'),
    provider.getBalance(wallet.address),
    provider.send('net_version', []),
    provider.getCode(await pool.getAddress()),
    inference.quote(volatility),
    refusal(() => inference.quote(stranger)),
]);
seen.largestBatch = Math.max(0, ...provider.batches);
seen.batch = { block: block.number, balance, network, codeBytes: (code.length - 2) / 2, quote };

provider.destroy();
console.log(JSON.stringify(seen, (_, value) => (typeof value === 'bigint' ? value.toString() : value)));

function artifact(name) {
    return JSON.parse(
        readFileSync(new URL(`../../precompiles/src/main/resources/contracts/${name}.json`, import.meta.url), 'utf8'),
    );
}

async function deploy(name, model) {
    const { abi, bytecode } = artifact(name);
    const contract = await new ContractFactory(abi, bytecode, wallet).deploy(model);
    return contract.waitForDeployment();
}

/** A picture as the digit model's integers: grey - 128. */
function grey(image) {
    return [...Buffer.from(image.slice(2), 'hex')].map((pixel) => pixel - 128);
}

function int8(value) {
    return (value & 0xff).toString(16).padStart(2, '0');
}

/** The name and the arguments of the error that a call is refused with. */
async function refusal(call) {
    try {
        await call();
    } catch (error) {
        if (error.code !== 'CALL_EXCEPTION') throw error;
        const decoded = error.revert ?? inference.interface.parseError(error.data);
        return { name: decoded.name, args: [...decoded.args] };
    }
    assert.fail('the call was answered');
}
