/** Runs one benchmark by name against the built package; prints its table, then one line of JSON. */

import { readdirSync } from 'node:fs';
import type { Metrics } from '../bench/measure.ts';

const folder = new URL('../bench/', import.meta.url);
const suites = readdirSync(folder)
  .map((file) => file.replace(/\.ts$/, ''))
  .filter((name) => !['measure', 'datasets'].includes(name));
const suite = process.argv[2] ?? '';
if (!suites.includes(suite)) {
  console.error(`Got "${suite}" as a suite; expected one of ${suites.join(', ')}: npm run bench -- encode`);
  process.exit(1);
}
const { run } = (await import(new URL(`${suite}.ts`, folder).href)) as { readonly run: () => Promise<Metrics> };
const metrics = await run();
console.table(metrics);
console.log(JSON.stringify({ suite, metrics }));
