/**
 * Runs one fuzz suite for long: `npm run fuzz -- SUITE [--runs N] [--seed N]`. Prints, last, one line of JSON.
 * Exits with 1 if there was a fault.
 */

import { readdirSync } from 'node:fs';
import { parseArgs } from 'node:util';
import type { FuzzSuite } from '../test/fuzz/suite.ts';

const folder = new URL('../test/fuzz/', import.meta.url);
const names = readdirSync(folder)
  .filter((file) => file.endsWith('.fuzz.ts'))
  .map((file) => file.replace('.fuzz.ts', ''));
const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: { runs: { type: 'string' }, seed: { type: 'string', default: '1' } },
});
const [name = ''] = positionals;
if (!names.includes(name)) {
  console.error(`Got "${name}" as a suite; expected one of ${names.join(', ')}: npm run fuzz -- http --runs 1000`);
  process.exit(1);
}
const { suite } = (await import(new URL(`${name}.fuzz.ts`, folder).href)) as { readonly suite: FuzzSuite };
const seed = Number(values.seed);
const runs = Number(values.runs ?? suite.longRuns);
const { counts, faults } = await suite.run({ seed, runs, log: (line) => console.log(line) });
console.table(counts);
for (const fault of faults.slice(0, 20)) console.log(`fault: ${fault}`);
console.log(JSON.stringify({ suite: name, seed, runs, counts, faults: faults.length }));
process.exit(faults.length > 0 ? 1 : 0);
