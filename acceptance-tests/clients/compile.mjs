// The runtime code of every contract in a folder of Solidity: node compile.mjs FOLDER.
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import solc from 'solc';

const folder = process.argv[2];
const names = readdirSync(folder).filter(name => name.endsWith('.sol'));
const output = JSON.parse(
  solc.compile(
    JSON.stringify({
      language: 'Solidity',
      sources: Object.fromEntries(names.map(name => [name, { content: readFileSync(join(folder, name), 'utf8') }])),
      settings: {
        evmVersion: 'osaka',
        optimizer: { enabled: true, runs: 200 },
        outputSelection: { '*': { '*': ['evm.deployedBytecode.object'] } },
      },
    }),
  ),
);
const errors = (output.errors ?? []).filter(error => error.severity === 'error');
if (errors.length > 0) {
  console.error(errors.map(error => error.formattedMessage).join('\n'));
  process.exit(1);
}
const codes = {};
for (const contracts of Object.values(output.contracts)) {
  for (const [name, contract] of Object.entries(contracts)) {
    codes[name] = '0x' + contract.evm.deployedBytecode.object;
  }
}
console.log(JSON.stringify(codes));
