// Compiles the contracts with the solc of package-lock.json and writes their ABI and bytecode where the JDK finds
// them. The results are committed, so a machine with only a JDK can deploy them.
//
//     npm ci --ignore-scripts && node compile.js            write
//     node compile.js --check                               compare with what is there; exit code 1 on a difference

'use strict';
const fs = require('fs');
const path = require('path');
const solc = require('solc');

const HERE = __dirname;
const FOLDERS = ['.', 'examples', 'mock', 'test'];
const TARGETS = {
    main: ['DigitReader', 'DynamicFee', 'IInference', 'MockInference', 'ValidatorList'],
    test: ['LockstepTest'],
};

const sources = Object.fromEntries(
    FOLDERS.flatMap((folder) => fs.readdirSync(path.join(HERE, folder)).map((file) => path.posix.join(folder, file)))
        .filter((file) => file.endsWith('.sol'))
        .sort()
        .map((file) => [file, { content: fs.readFileSync(path.join(HERE, file), 'utf8') }]),
);

const settings = {
    evmVersion: 'osaka',
    optimizer: { enabled: true, runs: 200 },
    // Without the hash of the metadata, bytecode changes only where code does.
    metadata: { bytecodeHash: 'none', appendCBOR: false },
    outputSelection: { '*': { '*': ['abi', 'evm.bytecode.object', 'evm.deployedBytecode.object'] } },
};

const output = JSON.parse(solc.compile(JSON.stringify({ language: 'Solidity', sources, settings })));
const problems = output.errors ?? [];
problems.forEach((problem) => console.error(problem.formattedMessage));
if (problems.length > 0) process.exit(1);

const contracts = Object.entries(output.contracts).flatMap(([source, byName]) =>
    Object.entries(byName).map(([name, contract]) => ({ source, name, contract })),
);

let differences = 0;
for (const [target, names] of Object.entries(TARGETS)) {
    for (const name of names) emit(path.join(HERE, '..', 'src', target, 'resources', 'contracts'), name);
}
process.exit(differences > 0 ? 1 : 0);

function emit(folder, name) {
    const { source, contract } = contracts.find((candidate) => candidate.name === name);
    const artifact = {
        contractName: name,
        sourceName: source,
        compiler: solc.version(),
        evmVersion: settings.evmVersion,
        abi: contract.abi,
        bytecode: '0x' + contract.evm.bytecode.object,
        deployedBytecode: '0x' + contract.evm.deployedBytecode.object,
    };
    const text = JSON.stringify(artifact, null, 4) + '\n';
    const file = path.join(folder, name + '.json');
    if (!process.argv.includes('--check')) {
        fs.mkdirSync(folder, { recursive: true });
        fs.writeFileSync(file, text);
        console.log(`${path.relative(process.cwd(), file)}: ${contract.evm.bytecode.object.length / 2} bytes`);
    } else if (!fs.existsSync(file) || fs.readFileSync(file, 'utf8') !== text) {
        console.error(`${file} is not what ${source} compiles to: run node compile.js and commit the result`);
        differences++;
    }
}
