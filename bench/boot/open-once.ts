/** One process of the boot benchmark: modules loaded, then one thing timed once; prints its milliseconds. Bundled by node.ts. */

import { readFileSync } from 'node:fs';
import { setTimeout } from 'node:timers/promises';
import { openRouter } from 'synaptoroute/node';
import Database from 'better-sqlite3';
import { DIMENSIONS, ENCODER, ROUTE_COUNT, UTTERANCES_PER_ROUTE } from './material.ts';

const REST_MS = 3_000;
// Its compiled part is a module too, and is loaded with the first database.
new Database(':memory:').close();
const [, , act, path = ''] = process.argv;

/** Until queries can be asked, and until the first is answered, which builds what is built on demand. */
async function openAndQuery(): Promise<readonly number[]> {
  const start = performance.now();
  const router = await openRouter({ encoder: ENCODER, storage: path });
  const opened = performance.now() - start;
  const { candidates } = await router.query('any text');
  const answered = performance.now() - start;
  const { utterances } = await router.status();
  if (candidates.length !== ROUTE_COUNT || utterances !== ROUTE_COUNT * UTTERANCES_PER_ROUTE) {
    throw new Error(`opened ${candidates.length} routes of ${utterances} utterances of ${DIMENSIONS}`);
  }
  await router.close();
  return [opened, answered];
}

/** Until a query is answered that comes when the router had time to make itself ready. */
async function openRestAndQuery(): Promise<readonly number[]> {
  const router = await openRouter({ encoder: ENCODER, storage: path });
  await setTimeout(REST_MS);
  const start = performance.now();
  await router.query('any text');
  const answered = performance.now() - start;
  await router.close();
  return [answered];
}

function readPlain(): readonly number[] {
  const start = performance.now();
  const { length } = readFileSync(path);
  const took = performance.now() - start;
  if (length === 0) throw new Error('read nothing');
  return [took];
}

const acts = { open: openAndQuery, rest: openRestAndQuery, read: readPlain };
process.stdout.write(JSON.stringify(await acts[act as keyof typeof acts]()));
